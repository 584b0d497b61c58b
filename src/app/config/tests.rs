use super::*;

#[test]
fn a_variable_wins_over_the_file() {
    let mut typed = SettingsFile {
        listen: Some("0.0.0.0:1".into()),
        ..SettingsFile::default()
    };
    let var = |name: &str| (name == "HANDOFF_LISTEN").then(|| "127.0.0.1:9".to_owned());
    typed.override_from(var).unwrap();
    let settings = typed.settle().unwrap();
    assert_eq!(settings.listen, "127.0.0.1:9");
    assert_eq!(settings.public_url, "http://127.0.0.1:9");
}

#[test]
fn a_misspelt_variable_is_noticed() {
    let names = [
        "HANDOFF_AMPQ_URL",
        "HANDOFF_LISTEN",
        "HANDOFF_TEST_X",
        "HOME",
    ];
    let found: Vec<String> = misspelt(names.into_iter().map(str::to_owned)).collect();
    assert_eq!(found, ["HANDOFF_AMPQ_URL"]);
}

#[test]
fn a_viewer_that_its_server_would_be_told_the_link_by_is_refused() {
    let settle = |viewer: &str| {
        let typed = SettingsFile {
            shl_viewer: Some(viewer.into()),
            ..SettingsFile::default()
        };
        typed.settle().map(|settings| settings.shl_viewer)
    };
    assert!(settle("https://viewer.example/?shl=").is_err());
    assert!(settle("viewer.example/#").is_err());
    let viewer = settle("https://viewer.example/#").unwrap();
    assert_eq!(viewer.as_deref(), Some("https://viewer.example/#"));
}

#[test]
fn a_public_url_without_a_scheme_is_refused() {
    let typed = SettingsFile {
        public_url: Some("handoff.example".into()),
        ..SettingsFile::default()
    };
    assert!(typed.settle().unwrap_err().to_string().contains("https://"));
}

#[test]
fn proxies_are_networks_or_addresses_and_never_everybody() {
    let settle = |proxies: &str| {
        let mut typed = SettingsFile::default();
        let var = |name: &str| (name == "HANDOFF_TRUSTED_PROXIES").then(|| proxies.to_owned());
        typed.override_from(var).unwrap();
        typed.settle()
    };
    let settings = settle("10.1.2.0/24, 192.0.2.1, fd00::/8").unwrap();
    let shown: Vec<String> = settings
        .trusted_proxies
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(shown, ["10.1.2.0/24", "192.0.2.1/32", "fd00::/8"]);
    for refused in ["proxy.local", "0.0.0.0/0", ""] {
        let error = settle(refused).unwrap_err().to_string();
        assert!(error.contains("trusted-proxies"), "{error}");
    }
}

#[test]
fn a_certificate_without_its_key_is_refused_and_with_it_links_are_https() {
    let typed = |key: Option<&str>| SettingsFile {
        tls_certificate: Some("chain.pem".into()),
        tls_key: key.map(PathBuf::from),
        ..SettingsFile::default()
    };
    assert!(typed(None).settle().is_err());
    let settings = typed(Some("key.pem")).settle().unwrap();
    assert_eq!(settings.public_url, "https://127.0.0.1:8080");
}

#[test]
fn a_public_url_with_a_path_is_refused() {
    for url in [
        "https://h.example/handoff",
        "https://h.example?x",
        "https://",
    ] {
        let typed = SettingsFile {
            public_url: Some(url.into()),
            ..SettingsFile::default()
        };
        assert!(typed.settle().is_err(), "{url}");
    }
}
