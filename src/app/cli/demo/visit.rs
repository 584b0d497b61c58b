//! What a person and a receiving system do with a link, over real HTTP: fetch
//! each file once, check it, and be refused the second time.

use super::Staged;
use anyhow::{Context, ensure};
use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use reqwest::{Client, Response, StatusCode, header, redirect};
use serde_json::Value;

#[derive(Default)]
pub(super) struct Tried {
    pub downloads: usize,
    pub bytes: usize,
    pub refused: usize,
}

pub(super) async fn try_out(staged: &Staged) -> anyhow::Result<Tried> {
    let client = Client::builder()
        .redirect(redirect::Policy::none())
        .build()?;
    let mut tried = Tried::default();
    let contents = staged.reference["content"]
        .as_array()
        .context("a reference without content")?;
    let cookie = prove(&client, staged).await?;
    for (content, ordinal) in contents.iter().zip(1..) {
        let attachment = &content["attachment"];
        let url = attachment["url"]
            .as_str()
            .context("an attachment without a URL")?;
        as_system(&client, url, attachment, &mut tried)
            .await
            .with_context(|| format!("attachment {ordinal}"))?;
        as_person(
            &client,
            &staged.page,
            &cookie,
            ordinal,
            attachment,
            &mut tried,
        )
        .await
        .with_context(|| format!("file {ordinal} of the page"))?;
    }
    Ok(tried)
}

async fn as_system(
    client: &Client,
    url: &str,
    attachment: &Value,
    tried: &mut Tried,
) -> anyhow::Result<()> {
    check(client.get(url).send().await?, attachment, tried).await?;
    refused(client.get(url).send().await?, tried)
}

/// Opens the page and types the digits that it shows: the cookie of a browser that
/// may press its buttons.
async fn prove(client: &Client, staged: &Staged) -> anyhow::Result<String> {
    let shown = client.get(&staged.page).send().await?;
    ensure!(
        shown.status() == StatusCode::OK,
        "the page answered {}",
        shown.status()
    );
    let form = [("do", "prove"), ("digits", staged.digits.as_str())];
    let form = form
        .map(|(name, value)| format!("{name}={value}"))
        .join("&");
    let proven = client
        .post(&staged.page)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(form)
        .send()
        .await?;
    ensure!(
        proven.status() == StatusCode::SEE_OTHER,
        "the form answered {}",
        proven.status()
    );
    let cookie = proven
        .headers()
        .get(header::SET_COOKIE)
        .context("the form set no cookie")?;
    Ok(cookie
        .to_str()?
        .split(';')
        .next()
        .unwrap_or_default()
        .to_owned())
}

/// Presses the button and follows to the file.
async fn as_person(
    client: &Client,
    page: &str,
    cookie: &str,
    ordinal: i32,
    attachment: &Value,
    tried: &mut Tried,
) -> anyhow::Result<()> {
    let button = format!("{page}/{ordinal}");
    let pressed = client.post(&button).header(header::COOKIE, cookie);
    let pressed = pressed.send().await?;
    ensure!(
        pressed.status() == StatusCode::SEE_OTHER,
        "the button answered {}",
        pressed.status()
    );
    let file = client.get(&button).header(header::COOKIE, cookie);
    check(file.send().await?, attachment, tried).await?;
    // Another browser: no proof, and nothing left.
    let other = client.get(&button).send().await?;
    ensure!(
        other.status() == StatusCode::SEE_OTHER,
        "another browser was answered {}",
        other.status()
    );
    tried.refused += 1;
    Ok(())
}

async fn check(response: Response, attachment: &Value, tried: &mut Tried) -> anyhow::Result<()> {
    ensure!(
        response.status() == StatusCode::OK,
        "the download answered {}",
        response.status()
    );
    let bytes = response.bytes().await?;
    ensure!(
        attachment["size"].as_u64() == Some(bytes.len() as u64),
        "the size is not the one stated"
    );
    let hash = STANDARD.encode(digest(&SHA1_FOR_LEGACY_USE_ONLY, &bytes));
    ensure!(
        attachment["hash"].as_str() == Some(hash.as_str()),
        "the digest is not the one stated"
    );
    tried.downloads += 1;
    tried.bytes += bytes.len();
    Ok(())
}

fn refused(response: Response, tried: &mut Tried) -> anyhow::Result<()> {
    ensure!(
        response.status() == StatusCode::NOT_FOUND,
        "a second attempt answered {}",
        response.status()
    );
    tried.refused += 1;
    Ok(())
}
