//! The part of SVG that logos are made of: paths and simple shapes in plain
//! colours. Everything else is refused by name, since a logo with a part missing is
//! worse than an error where the brand is checked. Nothing is run, looked up or
//! followed (SVG 1.1, SVG Tiny 1.2).

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::picture::PictureError;
use super::svg_path::{Affine, Op, Shapes, path_data};

/// A drawing, its top left at the origin, in points.
#[derive(Debug, Clone, PartialEq)]
pub struct Drawing {
    pub width: f32,
    pub height: f32,
    pub shapes: Vec<Shape>,
    /// What the shapes cost so far, against [`MOST_STEPS`].
    steps: usize,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Shape {
    pub path: Vec<Op>,
    pub fill: Option<[u8; 3]>,
    pub even_odd: bool,
    pub stroke: Option<([u8; 3], f32)>,
}

/// Enough for any logo; a map is none. A shape counts as one step more than it has:
/// one without any costs something too.
const MOST_STEPS: usize = 20_000;
const DEEPEST: usize = 32;

/// What elements hand down to those inside.
#[derive(Debug, Clone, Copy)]
struct Pen {
    fill: Option<[u8; 3]>,
    stroke: Option<[u8; 3]>,
    stroke_width: f32,
    even_odd: bool,
    place: Affine,
}

impl Drawing {
    /// Nothing where the bytes are no SVG at all.
    pub fn read(bytes: &[u8]) -> Result<Option<Self>, PictureError> {
        let text = std::str::from_utf8(bytes).unwrap_or_default();
        let text = text.trim_start_matches('\u{FEFF}').trim_start();
        if !text.starts_with('<') || !text.contains("<svg") {
            return Ok(None);
        }
        let mut reader = Reader::from_str(text);
        let mut pens: Vec<Pen> = Vec::new();
        let mut drawing = None;
        let mut ignored = 0_usize;
        loop {
            let event = reader.read_event().map_err(|_| PictureError::Damaged)?;
            match event {
                Event::Start(_) if ignored > 0 => ignored += 1,
                Event::End(_) if ignored > 0 => ignored -= 1,
                Event::Start(element) if is_silent(&element) => ignored = 1,
                // Programs leave empty definitions behind.
                Event::Empty(element)
                    if ignored > 0
                        || is_silent(&element)
                        || element.local_name().as_ref() == b"defs" => {}
                Event::Start(element) => {
                    let pen = enter(&element, pens.last(), &mut drawing)?;
                    pens.push(pen);
                    if pens.len() > DEEPEST {
                        return Err(PictureError::Svg("groups nested too deep"));
                    }
                }
                Event::Empty(element) => {
                    enter(&element, pens.last(), &mut drawing)?;
                }
                Event::End(_) => {
                    pens.pop();
                }
                Event::DocType(doctype) if doctype.contains(&b'[') => {
                    return Err(PictureError::Svg("declarations of entities"));
                }
                Event::Eof => break,
                _ => {}
            }
        }
        let drawing: Self = drawing.ok_or(PictureError::Damaged)?;
        if drawing.shapes.is_empty() {
            return Err(PictureError::Svg("nothing that can be drawn"));
        }
        Ok(Some(drawing))
    }
}

/// Elements that draw nothing.
fn is_silent(element: &BytesStart<'_>) -> bool {
    let silent: [&[u8]; 4] = [b"title", b"desc", b"metadata", b"namedview"];
    silent.contains(&element.local_name().as_ref())
}

fn enter(
    element: &BytesStart<'_>,
    outer: Option<&Pen>,
    drawing: &mut Option<Drawing>,
) -> Result<Pen, PictureError> {
    let attributes = attributes(element)?;
    let get = |name: &str| {
        let found = attributes.iter().rev().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str())
    };
    let name = element.local_name();
    let Some(outer) = outer else {
        if name.as_ref() != b"svg" || drawing.is_some() {
            return Err(PictureError::Damaged);
        }
        let (size, place) = viewport(get)?;
        *drawing = Some(Drawing {
            width: size.0,
            height: size.1,
            shapes: Vec::new(),
            steps: 0,
        });
        let pen = Pen {
            fill: Some([0; 3]),
            stroke: None,
            stroke_width: 1.0,
            even_odd: false,
            place,
        };
        return dipped(pen, get);
    };
    let pen = dipped(*outer, get)?;
    let number = |name: &str| get(name).and_then(length).unwrap_or(0.0);
    let mut shapes = Shapes::default();
    match name.as_ref() {
        b"g" | b"a" => return Ok(pen),
        b"path" => {
            path_data(get("d").unwrap_or_default(), &mut shapes).ok_or(PictureError::Damaged)?
        }
        b"rect" => {
            if number("rx") > 0.0 || number("ry") > 0.0 {
                let radii = (get("rx").or(get("ry")), get("ry").or(get("rx")));
                let radius = |text: Option<&str>| text.and_then(length).unwrap_or(0.0);
                let radii = (radius(radii.0), radius(radii.1));
                let at = (number("x"), number("y"));
                shapes.rounded(at, (number("width"), number("height")), radii);
            } else {
                shapes.rectangle(number("x"), number("y"), number("width"), number("height"));
            }
        }
        b"circle" => shapes.ellipse((number("cx"), number("cy")), (number("r"), number("r"))),
        b"ellipse" => shapes.ellipse((number("cx"), number("cy")), (number("rx"), number("ry"))),
        b"line" => shapes.polygon(
            &[number("x1"), number("y1"), number("x2"), number("y2")],
            false,
        ),
        b"polygon" | b"polyline" => {
            let points = super::svg_path::numbers(get("points").unwrap_or_default());
            let points = points.ok_or(PictureError::Damaged)?;
            shapes.polygon(&points, name.as_ref() == b"polygon");
        }
        b"defs" => return Err(PictureError::Svg("definitions")),
        b"style" => return Err(PictureError::Svg("a style sheet")),
        b"text" => return Err(PictureError::Svg("text: turn it into paths")),
        b"image" => return Err(PictureError::Svg("an image inside")),
        b"use" => return Err(PictureError::Svg("references")),
        _ => return Err(PictureError::Svg("an element that is not known here")),
    }
    let drawing = drawing.as_mut().ok_or(PictureError::Damaged)?;
    let path = shapes.placed(pen.place).ok_or(PictureError::Damaged)?;
    drawing.steps += path.len() + 1;
    if drawing.steps > MOST_STEPS {
        return Err(PictureError::TooLarge);
    }
    drawing.shapes.push(Shape {
        path,
        fill: pen.fill,
        even_odd: pen.even_odd,
        stroke: pen
            .stroke
            .map(|ink| (ink, pen.stroke_width * pen.place.scale())),
    });
    Ok(pen)
}

/// Attributes, with those of `style` after them, because they win.
fn attributes(element: &BytesStart<'_>) -> Result<Vec<(String, String)>, PictureError> {
    let mut found = Vec::new();
    for attribute in element.attributes() {
        let attribute = attribute.map_err(|_| PictureError::Damaged)?;
        let key = String::from_utf8_lossy(attribute.key.local_name().as_ref()).into_owned();
        let value = String::from_utf8_lossy(&attribute.value).into_owned();
        found.push((key, value));
    }
    let style = found.iter().find(|(key, _)| key == "style");
    let style = style.map(|(_, value)| value.clone()).unwrap_or_default();
    for rule in style.split(';') {
        if let Some((key, value)) = rule.split_once(':') {
            found.push((key.trim().to_owned(), value.trim().to_owned()));
        }
    }
    Ok(found)
}

/// Size in points, and what takes the drawing's units there.
fn viewport<'a>(
    get: impl Fn(&str) -> Option<&'a str>,
) -> Result<((f32, f32), Affine), PictureError> {
    let view = get("viewBox").and_then(super::svg_path::numbers);
    let view = view.filter(|view| view.len() == 4 && view[2] > 0.0 && view[3] > 0.0);
    let own = |name: &str| get(name).and_then(length).filter(|length| *length > 0.0);
    let (width, height) = match (own("width"), own("height"), &view) {
        (Some(width), Some(height), _) => (width, height),
        (_, _, Some(view)) => (view[2], view[3]),
        _ => return Err(PictureError::Svg("no size")),
    };
    let view = view.unwrap_or_else(|| vec![0.0, 0.0, width, height]);
    // As large as fits, in the middle: xMidYMid meet.
    let scale = (width / view[2]).min(height / view[3]);
    let x = (width - view[2] * scale) / 2.0 - view[0] * scale;
    let y = (height - view[3] * scale) / 2.0 - view[1] * scale;
    let place = Affine([scale, 0.0, 0.0, scale, x, y]);
    Ok((
        (width * 0.75, height * 0.75),
        Affine([0.75, 0.0, 0.0, 0.75, 0.0, 0.0]).after(place),
    ))
}

/// The pen that this element's attributes make of the outer one.
fn dipped<'a>(mut pen: Pen, get: impl Fn(&str) -> Option<&'a str>) -> Result<Pen, PictureError> {
    let unknown = PictureError::Svg("a colour that is not plain");
    if let Some(fill) = get("fill") {
        pen.fill = colour(fill).ok_or(unknown)?;
    }
    if let Some(stroke) = get("stroke") {
        pen.stroke = colour(stroke).ok_or(unknown)?;
    }
    if let Some(width) = get("stroke-width") {
        pen.stroke_width = length(width).ok_or(PictureError::Damaged)?;
    }
    if let Some(rule) = get("fill-rule") {
        pen.even_odd = rule == "evenodd";
    }
    for opacity in ["opacity", "fill-opacity", "stroke-opacity"] {
        if get(opacity).is_some_and(|value| value.parse() != Ok(1.0_f32)) {
            return Err(PictureError::Svg("transparency"));
        }
    }
    for unknown in ["clip-path", "mask", "filter", "marker-start", "marker-end"] {
        if get(unknown).is_some_and(|value| value != "none") {
            return Err(PictureError::Svg("clipping, masks, filters or markers"));
        }
    }
    for (name, hiding) in [
        ("display", &["none"][..]),
        ("visibility", &["hidden", "collapse"]),
    ] {
        let value = get(name).unwrap_or_default().to_ascii_lowercase();
        let word = value.trim_start();
        if hiding.iter().any(|hides| word.starts_with(hides)) {
            return Err(PictureError::Svg("something hidden"));
        }
    }
    if let Some(transform) = get("transform") {
        let inner = Affine::read(transform);
        let inner = inner.ok_or(PictureError::Svg("a transformation that is not known here"))?;
        pen.place = pen.place.after(inner);
    }
    Ok(pen)
}

/// `12`, `12px`, `9pt`; a percentage says nothing here.
fn length(text: &str) -> Option<f32> {
    let text = text.trim();
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let value: f32 = digits
        .parse()
        .ok()
        .filter(|value: &f32| value.is_finite())?;
    match &text[digits.len()..] {
        "" | "px" => Some(value),
        "pt" => Some(value / 0.75),
        "mm" => Some(value * 96.0 / 25.4),
        "cm" => Some(value * 96.0 / 2.54),
        "in" => Some(value * 96.0),
        _ => None,
    }
}

/// `none`, `#RGB`, `#RRGGBB`, and a few names; the outer nothing where not known.
fn colour(text: &str) -> Option<Option<[u8; 3]>> {
    let text = text.trim();
    if let Some(digits) = text.strip_prefix('#').filter(|digits| digits.is_ascii()) {
        let pair = |at: usize| u8::from_str_radix(&digits[at..at + 2], 16).ok();
        let one = |at: usize| {
            u8::from_str_radix(&digits[at..=at], 16)
                .ok()
                .map(|d| d * 17)
        };
        return match digits.len() {
            6 => Some(Some([pair(0)?, pair(2)?, pair(4)?])),
            3 => Some(Some([one(0)?, one(1)?, one(2)?])),
            _ => None,
        };
    }
    match text {
        "none" | "transparent" => Some(None),
        "black" => Some(Some([0; 3])),
        "white" => Some(Some([255; 3])),
        "red" => Some(Some([255, 0, 0])),
        "blue" => Some(Some([0, 0, 255])),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(inside: &str) -> Result<Option<Drawing>, PictureError> {
        Drawing::read(format!("<svg viewBox='0 0 9 9'>{inside}</svg>").as_bytes())
    }

    #[test]
    fn shapes_without_steps_count_and_too_many_are_refused() {
        assert!(read(&"<path/>".repeat(MOST_STEPS)).is_ok());
        for inside in ["<path/>", "<rect width='1' height='1'/>"] {
            let many = read(&inside.repeat(MOST_STEPS + 1));
            assert!(matches!(many, Err(PictureError::TooLarge)), "{inside}");
        }
    }

    #[test]
    fn what_hides_something_is_refused_by_name() {
        let with = |look: &str| read(&format!("<g {look}><path d='M0 0L1 1'/></g>"));
        for look in [
            "display='none'",
            "style='fill:red; display: none !important'",
            "visibility='hidden'",
            "style='visibility:Collapse'",
        ] {
            let refused = with(look);
            let by_name = matches!(refused, Err(PictureError::Svg("something hidden")));
            assert!(by_name, "{look}");
        }
        for look in ["display='inline'", "visibility='visible'", ""] {
            assert!(with(look).is_ok(), "{look}");
        }
    }
}
