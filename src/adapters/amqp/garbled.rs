//! A message whose properties break the rules of AMQP: a short string that is not
//! UTF-8. The client library ends its connection over one, so it is fetched here by
//! hand, frame by frame (AMQP 0-9-1, §2.3 and §4.2), and read as far as it goes.

use super::letters::Envelope;
use anyhow::{Context, bail, ensure};
use lapin::tcp::{AMQPUriTcpExt, TcpStream};
use lapin::uri::AMQPUri;
use std::io::{Read, Write};
use std::time::Duration;

/// Each step of the conversation.
const WITHIN: Duration = Duration::from_secs(30);
/// A frame never has more: what the broker offers, and we accept, is less.
const LARGEST_FRAME: usize = 16 << 20;
/// RabbitMQ takes no message that is larger.
const LARGEST_BODY: u64 = 512 << 20;

const METHOD: u8 = 1;
const HEADER: u8 = 2;
const BODY: u8 = 3;
const HEARTBEAT: u8 = 8;
const FRAME_END: u8 = 0xCE;

const START: (u16, u16) = (10, 10);
const TUNE: (u16, u16) = (10, 30);
const OPEN_OK: (u16, u16) = (10, 41);
const CHANNEL_OPEN_OK: (u16, u16) = (20, 11);
const GET_OK: (u16, u16) = (60, 71);
const GET_EMPTY: (u16, u16) = (60, 72);

/// The first message of a queue, not acked yet. Dropped, it goes back.
pub struct Fetched {
    wire: Wire<TcpStream>,
    tag: u64,
    /// Whether somebody had it before: the one that ended a connection was delivered.
    pub redelivered: bool,
    pub envelope: Envelope,
    pub body: Vec<u8>,
}

impl Fetched {
    /// Its record is committed. Waits for the broker to say goodbye, after which the
    /// ack has been taken.
    pub async fn ack(mut self) -> anyhow::Result<()> {
        let acking = tokio::task::spawn_blocking(move || self.wire.ack_and_leave(self.tag));
        acking.await.context("acking by hand")?
    }
}

/// Takes the first message of a queue; `None` where it is empty.
pub(super) async fn fetch(url: &str, queue: &str) -> anyhow::Result<Option<Fetched>> {
    let uri: AMQPUri = url.parse().map_err(anyhow::Error::msg)?;
    let queue = queue.to_owned();
    let fetching = tokio::task::spawn_blocking(move || fetch_by_hand(&uri, &queue));
    fetching.await.context("fetching by hand")?
}

fn fetch_by_hand(uri: &AMQPUri, queue: &str) -> anyhow::Result<Option<Fetched>> {
    let mut connecting = uri.connect();
    let stream = loop {
        match connecting {
            Ok(stream) => break stream,
            Err(lapin::tcp::HandshakeError::WouldBlock(mid)) => connecting = mid.handshake(),
            Err(lapin::tcp::HandshakeError::Failure(error)) => {
                return Err(error).context("connecting to the broker");
            }
        }
    };
    stream.set_nonblocking(false)?;
    stream.set_read_timeout(Some(WITHIN))?;
    stream.set_write_timeout(Some(WITHIN))?;
    let mut wire = Wire { stream };
    wire.open(uri)?;
    let got = wire.get(queue)?;
    Ok(got.map(|got| Fetched {
        wire,
        tag: got.tag,
        redelivered: got.redelivered,
        envelope: got.envelope,
        body: got.body,
    }))
}

/// A message as it came over the wire.
struct Got {
    tag: u64,
    redelivered: bool,
    envelope: Envelope,
    body: Vec<u8>,
}

/// The conversation.
struct Wire<S> {
    stream: S,
}

impl<S: Read + Write> Wire<S> {
    fn open(&mut self, uri: &AMQPUri) -> anyhow::Result<()> {
        self.stream.write_all(b"AMQP\x00\x00\x09\x01")?;
        self.expect(START)?;
        let user = &uri.authority.userinfo;
        let response = format!("\0{}\0{}", user.username, user.password);
        let mut start_ok = Arguments::of((10, 11));
        start_ok.long(0);
        start_ok.short_string("PLAIN")?;
        start_ok.long(u32::try_from(response.len())?);
        start_ok.bytes(response.as_bytes());
        start_ok.short_string("en_US")?;
        self.send(0, &start_ok)?;
        let tune = self.expect(TUNE)?;
        let offered = tune.get(..6).context("the broker's offer is too short")?;
        let mut tune_ok = Arguments::of((10, 31));
        tune_ok.bytes(offered);
        // No heartbeat: each read has its own end.
        tune_ok.bytes(&[0, 0]);
        self.send(0, &tune_ok)?;
        let mut open = Arguments::of((10, 40));
        open.short_string(&uri.vhost)?;
        open.bytes(&[0, 0]);
        self.send(0, &open)?;
        self.expect(OPEN_OK)?;
        let mut channel = Arguments::of((20, 10));
        channel.bytes(&[0]);
        self.send(1, &channel)?;
        self.expect(CHANNEL_OPEN_OK).map(|_| ())
    }

    fn get(&mut self, queue: &str) -> anyhow::Result<Option<Got>> {
        let mut get = Arguments::of((60, 70));
        get.bytes(&[0, 0]);
        get.short_string(queue)?;
        // To be acked.
        get.bytes(&[0]);
        self.send(1, &get)?;
        let (method, arguments) = self.method()?;
        match method {
            GET_EMPTY => return Ok(None),
            GET_OK => {}
            other => bail!("the broker answered with method {other:?}"),
        }
        let (tag, rest) = arguments
            .split_first_chunk()
            .context("a delivery without its tag")?;
        let header = self.frame(HEADER)?;
        let size = header.get(4..12).and_then(<[u8]>::first_chunk);
        let size = u64::from_be_bytes(*size.context("a header that is too short")?);
        ensure!(
            size <= LARGEST_BODY,
            "a message larger than any broker takes"
        );
        let envelope = envelope(header.get(12..).unwrap_or_default());
        let mut body = Vec::new();
        while (body.len() as u64) < size {
            body.extend(self.frame(BODY)?);
        }
        Ok(Some(Got {
            tag: u64::from_be_bytes(*tag),
            redelivered: rest.first() == Some(&1),
            envelope,
            body,
        }))
    }

    fn ack_and_leave(&mut self, tag: u64) -> anyhow::Result<()> {
        let mut ack = Arguments::of((60, 80));
        ack.bytes(&tag.to_be_bytes());
        ack.bytes(&[0]);
        self.send(1, &ack)?;
        // In order on one channel: when this is answered, the ack was heard.
        let mut close = Arguments::of((20, 40));
        close.bytes(&200_u16.to_be_bytes());
        close.short_string("done")?;
        close.long(0);
        self.send(1, &close)?;
        self.expect((20, 41)).map(|_| ())
    }

    fn send(&mut self, channel: u16, arguments: &Arguments) -> anyhow::Result<()> {
        let payload = &arguments.0;
        let mut frame = vec![METHOD];
        frame.extend(channel.to_be_bytes());
        frame.extend(u32::try_from(payload.len())?.to_be_bytes());
        frame.extend(payload);
        frame.push(FRAME_END);
        self.stream.write_all(&frame)?;
        Ok(self.stream.flush()?)
    }

    fn expect(&mut self, wanted: (u16, u16)) -> anyhow::Result<Vec<u8>> {
        let (method, arguments) = self.method()?;
        ensure!(
            method == wanted,
            "the broker answered with method {method:?}, not {wanted:?}"
        );
        Ok(arguments)
    }

    fn method(&mut self) -> anyhow::Result<((u16, u16), Vec<u8>)> {
        let payload = self.frame(METHOD)?;
        let (method, arguments) = payload
            .split_first_chunk::<4>()
            .context("a method that is too short")?;
        let [a, b, c, d] = *method;
        let method = (u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d]));
        Ok((method, arguments.to_vec()))
    }

    fn frame(&mut self, wanted: u8) -> anyhow::Result<Vec<u8>> {
        loop {
            let mut start = [0; 7];
            self.stream.read_exact(&mut start)?;
            let [kind, _, _, size @ ..] = start;
            let size = u32::from_be_bytes(size) as usize;
            ensure!(
                size <= LARGEST_FRAME,
                "a frame larger than any broker sends"
            );
            let mut payload = vec![0; size + 1];
            self.stream.read_exact(&mut payload)?;
            ensure!(payload.pop() == Some(FRAME_END), "a frame without its end");
            match kind {
                HEARTBEAT => {}
                kind if kind == wanted => return Ok(payload),
                kind => bail!("the broker sent a frame of type {kind}, not {wanted}"),
            }
        }
    }
}

/// A method on its way out.
struct Arguments(Vec<u8>);

impl Arguments {
    fn of((class, method): (u16, u16)) -> Self {
        let mut bytes = class.to_be_bytes().to_vec();
        bytes.extend(method.to_be_bytes());
        Self(bytes)
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    fn long(&mut self, number: u32) {
        self.bytes(&number.to_be_bytes());
    }

    fn short_string(&mut self, text: &str) -> anyhow::Result<()> {
        self.0.push(u8::try_from(text.len())?);
        self.bytes(text.as_bytes());
        Ok(())
    }
}

/// What can be read of properties that break the rules; what comes after the first
/// that ends too early is not known. Their table of headers is left out: it may be
/// what is wrong.
fn envelope(properties: &[u8]) -> Envelope {
    let mut envelope = Envelope::default();
    let Some((flags, rest)) = properties.split_first_chunk::<2>() else {
        return envelope;
    };
    let flags = u16::from_be_bytes(*flags);
    let mut rest = rest;
    // From the highest bit on, in the order of the standard's table.
    for bit in (2..16).rev().filter(|bit| flags >> bit & 1 == 1) {
        let took = match bit {
            13 => skip_table(&mut rest),
            12 | 11 => skip(&mut rest, 1),
            6 => timestamp(&mut rest).map(|at| envelope.timestamp = Some(at)),
            bit => short_text(&mut rest).map(|text| {
                let place = match bit {
                    15 => &mut envelope.content_type,
                    14 => &mut envelope.content_encoding,
                    10 => &mut envelope.correlation_id,
                    9 => &mut envelope.reply_to,
                    7 => &mut envelope.message_id,
                    5 => &mut envelope.kind,
                    3 => &mut envelope.app_id,
                    // Expiration, user and cluster are not kept.
                    _ => return,
                };
                *place = Some(text);
            }),
        };
        if took.is_none() {
            break;
        }
    }
    envelope
}

fn skip(rest: &mut &[u8], many: usize) -> Option<()> {
    *rest = rest.get(many..)?;
    Some(())
}

fn skip_table(rest: &mut &[u8]) -> Option<()> {
    let size = u32::from_be_bytes(*rest.first_chunk()?);
    skip(rest, usize::try_from(size).ok()?.checked_add(4)?)
}

fn timestamp(rest: &mut &[u8]) -> Option<u64> {
    let at = u64::from_be_bytes(*rest.first_chunk()?);
    skip(rest, 8)?;
    Some(at)
}

/// Bytes that are no UTF-8 become replacement characters, cut to what a short string
/// holds, so that it can be sent again.
fn short_text(rest: &mut &[u8]) -> Option<String> {
    let (length, text) = rest.split_first()?;
    let text = text.get(..usize::from(*length))?;
    *rest = &rest[1 + text.len()..];
    let mut text = String::from_utf8_lossy(text).into_owned();
    while text.len() > usize::from(u8::MAX) {
        text.pop();
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn properties_that_break_the_rules_are_read_as_far_as_they_go() {
        // content-type, headers, delivery mode, correlation id, message id, timestamp
        let flags: u16 = 1 << 15 | 1 << 13 | 1 << 12 | 1 << 10 | 1 << 7 | 1 << 6;
        let mut bytes = flags.to_be_bytes().to_vec();
        bytes.extend(b"\x01x\x00\x00\x00\x03abc\x02\x02\xff\xfe\x03m-1");
        bytes.extend(7_u64.to_be_bytes());
        let whole = envelope(&bytes);
        assert_eq!(whole.content_type.as_deref(), Some("x"));
        assert_eq!(whole.correlation_id.as_deref(), Some("\u{fffd}\u{fffd}"));
        assert_eq!(whole.message_id.as_deref(), Some("m-1"));
        assert_eq!(whole.timestamp, Some(7));
        for cut in 0..bytes.len() {
            let part = envelope(&bytes[..cut]);
            assert!(part == Envelope::default() || part.content_type.is_some());
        }
    }

    #[test]
    fn a_text_of_no_utf8_still_fits_a_short_string() {
        let mut bytes = vec![255];
        bytes.extend([0xff; 255]);
        let text = short_text(&mut &bytes[..]).unwrap();
        assert!(text.len() <= 255 && text.starts_with('\u{fffd}'));
    }
}
