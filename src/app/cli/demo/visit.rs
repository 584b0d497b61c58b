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
    for (content, ordinal) in contents.iter().zip(1..) {
        let attachment = &content["attachment"];
        let url = attachment["url"]
            .as_str()
            .context("an attachment without a URL")?;
        as_system(&client, url, attachment, &mut tried)
            .await
            .with_context(|| format!("attachment {ordinal}"))?;
        as_person(&client, &staged.page, ordinal, attachment, &mut tried)
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

/// Opens the page, presses the button, follows to the file with the cookie.
async fn as_person(
    client: &Client,
    page: &str,
    ordinal: i32,
    attachment: &Value,
    tried: &mut Tried,
) -> anyhow::Result<()> {
    let shown = client.get(page).send().await?;
    ensure!(
        shown.status() == StatusCode::OK,
        "the page answered {}",
        shown.status()
    );
    let button = format!("{page}/{ordinal}");
    let pressed = client.post(&button).send().await?;
    ensure!(
        pressed.status() == StatusCode::SEE_OTHER,
        "the button answered {}",
        pressed.status()
    );
    let cookie = pressed
        .headers()
        .get(header::SET_COOKIE)
        .context("the button set no cookie")?;
    let cookie = cookie
        .to_str()?
        .split(';')
        .next()
        .unwrap_or_default()
        .to_owned();
    check(
        client
            .get(&button)
            .header(header::COOKIE, cookie)
            .send()
            .await?,
        attachment,
        tried,
    )
    .await?;
    // Another browser: no cookie, and nothing left.
    refused(client.post(&button).send().await?, tried)
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
