//! Pictures that come from outside: opened, bounded and tried before any document
//! counts on them. Nothing in them is run or followed.

use std::sync::Arc;

use krilla::image::Image;

use super::svg::Drawing;

/// A file larger than this is no picture for a page.
const MOST_BYTES: usize = 20 << 20;
/// Decoded, four bytes each: what a small file may unfold into.
const MOST_PIXELS: u64 = 24_000_000;

/// A picture that can be drawn: PNG, JPEG, or a small part of SVG.
#[derive(Debug, Clone, PartialEq)]
pub struct Picture(Form);

#[derive(Debug, Clone, PartialEq)]
enum Form {
    Png { bytes: Bytes, size: (u32, u32) },
    Jpeg { bytes: Bytes, size: (u32, u32) },
    Svg(Arc<Drawing>),
}

type Bytes = Arc<[u8]>;

/// Why a picture cannot be shown. Names no content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PictureError {
    #[error("it is neither PNG nor JPEG nor SVG")]
    Kind,
    #[error("it is larger than {MOST_BYTES} bytes or {MOST_PIXELS} points")]
    TooLarge,
    #[error("it is damaged, or of a kind that archives refuse")]
    Damaged,
    #[error("this SVG holds more than paths and simple shapes: {0}")]
    Svg(&'static str),
}

/// What `draw.rs` puts on a page.
pub enum Drawn {
    Raster(Image),
    Vector(Arc<Drawing>),
}

impl Picture {
    pub fn open(bytes: &[u8]) -> Result<Self, PictureError> {
        if bytes.len() > MOST_BYTES {
            return Err(PictureError::TooLarge);
        }
        let picture = if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
            let size = png_size(bytes).ok_or(PictureError::Damaged)?;
            let bytes = bytes.into();
            Self(Form::Png { bytes, size })
        } else if bytes.starts_with(&[0xFF, 0xD8, 0xFF]) {
            let size = jpeg_size(bytes).ok_or(PictureError::Damaged)?;
            let bytes = bytes.into();
            Self(Form::Jpeg { bytes, size })
        } else if let Some(drawing) = Drawing::read(bytes)? {
            return Ok(Self(Form::Svg(Arc::new(drawing))));
        } else {
            return Err(PictureError::Kind);
        };
        let (width, height) = picture.pixels();
        match u64::from(width) * u64::from(height) {
            0 => return Err(PictureError::Damaged),
            points if points > MOST_PIXELS => return Err(PictureError::TooLarge),
            _ => {}
        }
        super::pictures::try_picture(&picture).map_err(|_| PictureError::Damaged)?;
        Ok(picture)
    }

    fn pixels(&self) -> (u32, u32) {
        match &self.0 {
            Form::Png { size, .. } | Form::Jpeg { size, .. } => *size,
            Form::Svg(_) => (0, 0),
        }
    }

    /// Width and height in points, at 96 dots to the inch as browsers have it.
    pub fn size(&self) -> (f32, f32) {
        match &self.0 {
            Form::Svg(drawing) => (drawing.width, drawing.height),
            _ => {
                let (width, height) = self.pixels();
                (width as f32 * 0.75, height as f32 * 0.75)
            }
        }
    }

    /// The largest size within these bounds, never above its own.
    pub(super) fn fitted(&self, width: f32, height: f32) -> (f32, f32) {
        let (own_width, own_height) = self.size();
        let scale = (width / own_width).min(height / own_height).min(1.0);
        (own_width * scale, own_height * scale)
    }

    pub(super) fn drawn(&self) -> Option<Drawn> {
        // PDF/A forbids smoothing by the viewer (ISO 19005-2, 6.2.8).
        let image = match &self.0 {
            Form::Png { bytes, .. } => Image::from_png(data(bytes), false),
            Form::Jpeg { bytes, .. } => Image::from_jpeg(data(bytes), false),
            Form::Svg(drawing) => return Some(Drawn::Vector(Arc::clone(drawing))),
        };
        image.ok().map(Drawn::Raster)
    }
}

fn data(bytes: &Bytes) -> krilla::Data {
    let shared: Arc<dyn AsRef<[u8]> + Send + Sync> = Arc::new(Arc::clone(bytes));
    shared.into()
}

/// From the header chunk, which comes first (PNG, 11.2.1).
fn png_size(bytes: &[u8]) -> Option<(u32, u32)> {
    let number = |at: usize| Some(u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?));
    (bytes.get(12..16)? == b"IHDR").then_some((number(16)?, number(20)?))
}

/// From the first frame header (ITU-T T.81, B.2.2), past the segments before it.
fn jpeg_size(bytes: &[u8]) -> Option<(u32, u32)> {
    let number = |at: usize| Some(u16::from_be_bytes(bytes.get(at..at + 2)?.try_into().ok()?));
    let mut at = 2;
    loop {
        let (&mark, &kind) = (bytes.get(at)?, bytes.get(at + 1)?);
        match (mark, kind) {
            (0xFF, 0xFF) => at += 1,
            (0xFF, 0xC0..=0xCF) if !matches!(kind, 0xC4 | 0xC8 | 0xCC) => {
                return Some((number(at + 7)?.into(), number(at + 5)?.into()));
            }
            (0xFF, _) => at += 2 + usize::from(number(at + 2)?),
            _ => return None,
        }
    }
}
