//! The wire: TLS from files that may change, whose word on an address is taken,
//! and what an address that fails too often is told.

use crate::support::house::{House, attachment_url, shipped_channels};
use crate::support::messages::{DISCHARGE, sent};
use crate::support::service::Service;
use handoff::app::config::Settings;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

/// A certificate for 127.0.0.1, signed by itself, as people make them.
fn make_certificate(folder: &Path, serial: u32) -> Option<reqwest::Certificate> {
    let made = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "ec", "-pkeyopt"])
        .args(["ec_paramgen_curve:P-256", "-nodes", "-days", "2"])
        .args(["-subj", "/CN=127.0.0.1", "-addext"])
        .args(["subjectAltName=IP:127.0.0.1", "-addext"])
        .args(["basicConstraints=critical,CA:FALSE", "-set_serial"])
        .arg(serial.to_string())
        .arg("-keyout")
        .arg(folder.join("key.pem"))
        .arg("-out")
        .arg(folder.join("chain.pem"))
        .output();
    let Ok(made) = made else {
        crate::support::needs::needs("HANDOFF_TEST_OPENSSL");
        return None;
    };
    let said = String::from_utf8_lossy(&made.stderr);
    assert!(made.status.success(), "{said}");
    let pem = std::fs::read(folder.join("chain.pem")).unwrap();
    Some(reqwest::Certificate::from_pem(&pem).unwrap())
}

/// A client of its own, so that each look is a handshake of its own.
async fn alive(url: &str, trusted: &reqwest::Certificate) -> Result<reqwest::Version, String> {
    let web = reqwest::Client::builder()
        .tls_certs_only([trusted.clone()])
        .build()
        .unwrap();
    let answer = web.get(format!("{url}/healthz")).send().await;
    let answer = answer.map_err(|error| format!("{error:?}"))?;
    assert_eq!(
        answer.headers()["strict-transport-security"],
        "max-age=31536000"
    );
    Ok(answer.version())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_is_read_again_when_it_changes_and_a_bad_one_never_replaces_it() {
    let mut service = Service::prepare(None, None);
    let folder = service.folder.path().to_owned();
    let Some(first) = make_certificate(&folder, 1) else {
        return;
    };
    let (chain, key) = (folder.join("chain.pem"), folder.join("key.pem"));
    service.set("HANDOFF_TLS_CERTIFICATE", &chain.display().to_string());
    service.set("HANDOFF_TLS_KEY", &key.display().to_string());
    service.url = service.url.replace("http://", "https://");
    service.start(None).await;
    let version = alive(&service.url, &first).await.unwrap();
    assert_eq!(version, reqwest::Version::HTTP_2);

    std::fs::write(&chain, "-----BEGIN CERTIFICATE-----\nhalf of it").unwrap();
    crate::support::eventually("the bad file is told of", || async {
        service.log().contains("cannot be used").then_some(())
    })
    .await;
    alive(&service.url, &first).await.unwrap();

    let second = make_certificate(&folder, 2).unwrap();
    crate::support::eventually("the new certificate is shown", || async {
        alive(&service.url, &second).await.ok()
    })
    .await;
    assert!(alive(&service.url, &first).await.is_err());
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_whose_key_is_another_certificates_does_not_start() {
    let mut service = Service::prepare(None, None);
    let folder = service.folder.path().to_owned();
    if make_certificate(&folder, 1).is_none() {
        return;
    }
    std::fs::rename(folder.join("key.pem"), folder.join("old.pem")).unwrap();
    make_certificate(&folder, 2);
    service.set(
        "HANDOFF_TLS_CERTIFICATE",
        &folder.join("chain.pem").display().to_string(),
    );
    service.set(
        "HANDOFF_TLS_KEY",
        &folder.join("old.pem").display().to_string(),
    );
    let output = service.run(&["serve"]);
    assert!(!output.status.success());
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("tls-certificate and tls-key"), "{said}");
}

fn discharge() -> Vec<u8> {
    sent(DISCHARGE, "wire", crate::support::house::now())
}

async fn house(change: impl FnOnce(&mut Settings)) -> House {
    House::set(None, shipped_channels(), change).await
}

/// Who the audit says came for the first attachment, with this header.
async fn audited_visitor(house: &House, header: (&str, &str)) -> String {
    let (handoff, reference) = house.created(&discharge()).await;
    let get = house.web.get(attachment_url(&reference, 0));
    let answer = get.header(header.0, header.1).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    answer.bytes().await.unwrap();
    house.audited(&handoff, "first-access").await
}

#[tokio::test]
async fn the_audit_remembers_the_visitor_and_not_what_a_stranger_claims_to_be() {
    let forged = ("x-forwarded-for", "198.51.100.7");
    let stranger = house(|_| ()).await;
    let detail = audited_visitor(&stranger, forged).await;
    assert!(
        detail.contains("127.0.0.1") && !detail.contains("198.51"),
        "{detail}"
    );
    let proxied =
        house(|settings| settings.trusted_proxies = vec!["127.0.0.0/8".parse().unwrap()]).await;
    let detail = audited_visitor(&proxied, forged).await;
    assert!(detail.contains("198.51.100.7"), "{detail}");
}

#[tokio::test]
async fn a_link_names_the_public_url_whatever_the_host_header_says() {
    let house = house(|_| ()).await;
    let (_, reference) = house.created(&discharge()).await;
    let url = attachment_url(&reference, 0);
    assert!(url.starts_with(&house.world.settings.public_url));
    let page = house
        .web
        .get(&url)
        .header("host", "evil.example")
        .send()
        .await
        .unwrap();
    assert_eq!(page.status(), 200);
    let headers = format!("{:?}", page.headers());
    assert!(!headers.contains("evil.example"));
}

#[tokio::test]
async fn an_address_that_guesses_waits_and_a_good_visitor_beside_it_does_not() {
    let house = house(|settings| settings.failures_at_once = 20).await;
    let base = house.world.settings.public_url.clone();
    let (handoff, reference) = house.created(&discharge()).await;
    let get = async |path: &str| house.web.get(format!("{base}{path}")).send().await.unwrap();
    for _ in 0..20 {
        assert_eq!(get("/l/forged").await.status(), 404);
    }
    let page = get("/l/forged").await;
    assert_eq!(page.status(), 429);
    assert_eq!(page.headers()["retry-after"], "10");
    assert!(
        page.headers()["content-type"]
            .to_str()
            .unwrap()
            .starts_with("text/html")
    );
    let answer = get("/d/forged/1").await;
    assert_eq!(answer.status(), 429);
    let outcome: serde_json::Value = answer.json().await.unwrap();
    assert_eq!(outcome["issue"][0]["code"], "throttled");

    let landing = house.page(&handoff).await;
    assert_eq!(house.web.get(&landing).send().await.unwrap().status(), 200);
    let file = house
        .web
        .get(attachment_url(&reference, 0))
        .send()
        .await
        .unwrap();
    assert_eq!(file.status(), 200);
    file.bytes().await.unwrap();

    house.advance(Duration::from_secs(10));
    assert_eq!(get("/l/forged").await.status(), 404);
    assert_eq!(get("/l/forged").await.status(), 429);
}
