//! A receiver that others wrote: the npm client kill-the-clipboard resolves our links
//! (`tests/browser/shl.mjs`).

use super::{House, PASSCODE, both};
use crate::support::needs::needs;
use handoff::app::shl::shl_view;
use serde_json::Value;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

/// What the client makes of a link: `{manifest, files}` or `{error}`.
struct Client {
    link: String,
    /// Milliseconds, as it believes: it looks at `exp` by itself.
    clock: i64,
}

impl Client {
    async fn of(house: &House, handoff: &str) -> Self {
        let link = house.peoples_link(handoff).await;
        let view = shl_view(&house.world, &link).await.unwrap();
        Self {
            link: view.expect("it is one").link,
            clock: house.world.clock.now().as_millisecond(),
        }
    }

    async fn resolve(&self, passcode: &str, most: &str) -> Value {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/browser");
        let clock = format!("data:text/javascript,Date.now=()=>{}", self.clock);
        let mut node = Command::new("node");
        node.args(["--import", &clock])
            .arg(folder.join("shl.mjs"))
            .args([&self.link, "Dr. Client", passcode, most]);
        let done = tokio::task::spawn_blocking(move || node.output()).await;
        let output = done.unwrap().expect("node starts");
        let said = String::from_utf8_lossy(&output.stderr);
        serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{said}"))
    }

    async fn error(&self, passcode: &str) -> String {
        let answer = self.resolve(passcode, "").await;
        answer["error"].as_str().expect("an error").to_owned()
    }
}

/// The types of what it decrypted: the PDF in its Bundle, the FHIR document.
fn types(answer: &Value) -> Vec<&str> {
    let files = answer["files"].as_array();
    let files = files.unwrap_or_else(|| panic!("no files: {}", answer["message"]));
    files
        .iter()
        .map(|file| file["type"].as_str().unwrap_or_default())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_of_others_resolves_a_passcode_and_files_in_both_places() {
    if needs("HANDOFF_TEST_BROWSER").is_none() {
        return;
    }
    for (most, place) in [("", "location"), ("1000000", "embedded")] {
        let (house, handoff, _) = House::offering(None, both(PASSCODE)).await;
        let client = Client::of(&house, &handoff).await;
        assert_eq!(client.error("").await, "SHLInvalidPasscodeError");
        assert_eq!(client.error("90000001").await, "SHLInvalidPasscodeError");
        let code = house.passcode(&handoff).await;
        let answer = client.resolve(&code, most).await;
        assert_eq!(types(&answer), ["collection", "document"]);
        assert!(answer["manifest"]["files"][0][place].is_string());
        house.go().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_of_others_fetches_a_direct_file() {
    if needs("HANDOFF_TEST_BROWSER").is_none() {
        return;
    }
    let rule = "max-downloads: 1, smart-health-link: direct";
    let (house, handoff, _) = House::offering(None, both(rule)).await;
    let client = Client::of(&house, &handoff).await;
    assert_eq!(types(&client.resolve("", "").await), ["collection"]);
    house.audited(&handoff, "completed").await;
    // Used up. For a file its name for it is this one.
    assert_eq!(client.error("").await, "SHLNetworkError");
    house.go().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn to_a_client_of_others_an_ended_link_is_inactive() {
    if needs("HANDOFF_TEST_BROWSER").is_none() {
        return;
    }
    let (house, handoff, _) = House::offering(None, both(PASSCODE)).await;
    let mut client = Client::of(&house, &handoff).await;
    let code = house.passcode(&handoff).await;
    house.advance(Duration::from_secs(73 * 3600));
    // By its own clock the link is alive, and it asks.
    assert_eq!(client.error(&code).await, "SHLManifestNotFoundError");
    client.clock = house.world.clock.now().as_millisecond();
    assert_eq!(client.error(&code).await, "SHLExpiredError");
    house.go().await;
}
