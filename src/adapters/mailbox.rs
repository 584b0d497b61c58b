//! The local outbox: notices as files, for machines without a mail server or
//! a broker. E-mails are `.eml` files that any mail program opens.

use anyhow::Context;
use lettre::message::{Mailbox as Address, Message, header::ContentType};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::PathBuf;
use tokio::io::AsyncWriteExt;

pub struct Mailbox {
    folder: PathBuf,
    sender: Address,
}

/// A plain-text mail.
pub struct Mail {
    /// Unique: becomes the Message-ID, so that a mail sent twice is one mail.
    pub id: String,
    pub to_name: String,
    pub to_address: String,
    pub reply_to: String,
    pub subject: String,
    pub body: String,
    pub date: jiff::Timestamp,
}

impl Mailbox {
    pub fn open(folder: PathBuf, from_name: &str, from_address: &str) -> anyhow::Result<Self> {
        let made = std::fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&folder);
        made.with_context(|| format!("making the outbox folder {}", folder.display()))?;
        let address = from_address
            .parse()
            .context("the sender's e-mail address is not valid")?;
        Ok(Self {
            folder,
            sender: Address::new(Some(from_name.to_owned()), address),
        })
    }

    pub async fn deliver(&self, mail: &Mail) -> anyhow::Result<()> {
        let name = Some(mail.to_name.clone()).filter(|name| !name.is_empty());
        let to = Address::new(name, mail.to_address.parse()?);
        let host = self.sender.email.domain();
        let message = Message::builder()
            .from(self.sender.clone())
            .to(to)
            .reply_to(mail.reply_to.parse()?)
            .subject(mail.subject.clone())
            .date(
                std::time::SystemTime::UNIX_EPOCH
                    + std::time::Duration::from_millis(
                        u64::try_from(mail.date.as_millisecond()).unwrap_or_default(),
                    ),
            )
            .message_id(Some(format!("<{}@{host}>", mail.id)))
            .header(ContentType::TEXT_PLAIN)
            .body(mail.body.clone())
            .context("composing a mail")?;
        self.write(&format!("{}.eml", mail.id), &message.formatted())
            .await
    }

    /// A notice that would have gone to an exchange.
    pub async fn drop_message(&self, id: &str, body: &[u8]) -> anyhow::Result<()> {
        self.write(&format!("{id}.json"), body).await
    }

    /// Named by its id: a second delivery of the same notice replaces the first.
    async fn write(&self, name: &str, bytes: &[u8]) -> anyhow::Result<()> {
        let draft = self.folder.join(format!(".{name}.part"));
        let mut options = std::fs::OpenOptions::new();
        options.write(true).create(true).truncate(true).mode(0o600);
        let mut file: tokio::fs::File = tokio::fs::OpenOptions::from(options).open(&draft).await?;
        file.write_all(bytes).await?;
        file.sync_all().await?;
        tokio::fs::rename(&draft, self.folder.join(name))
            .await
            .context("writing to the local outbox")
    }
}
