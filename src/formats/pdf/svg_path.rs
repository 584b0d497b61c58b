//! Outlines of SVG shapes as moves, lines and curves: path data (SVG 1.1, 8.3),
//! basic shapes, and where transformations take them.

/// One step of an outline. Curves are cubic.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Op {
    Move(f32, f32),
    Line(f32, f32),
    Cubic([f32; 6]),
    Close,
}

/// `[a b c d e f]` of SVG's `matrix()`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Affine(pub [f32; 6]);

impl Affine {
    /// First `inner`, then this one.
    pub fn after(self, inner: Self) -> Self {
        let ([a, b, c, d, e, f], i) = (self.0, inner.0);
        Self([
            a * i[0] + c * i[1],
            b * i[0] + d * i[1],
            a * i[2] + c * i[3],
            b * i[2] + d * i[3],
            a * i[4] + c * i[5] + e,
            b * i[4] + d * i[5] + f,
        ])
    }

    fn at(self, x: f32, y: f32) -> (f32, f32) {
        let [a, b, c, d, e, f] = self.0;
        (a * x + c * y + e, b * x + d * y + f)
    }

    /// How much wider a stroke becomes.
    pub fn scale(self) -> f32 {
        let [a, b, c, d, ..] = self.0;
        (a * d - b * c).abs().sqrt()
    }

    /// A list of transformations, the outermost first.
    pub fn read(text: &str) -> Option<Self> {
        let mut all = Self([1.0, 0.0, 0.0, 1.0, 0.0, 0.0]);
        for one in text.split_inclusive(')') {
            let one = one.trim_matches([' ', ',', '\n', '\r', '\t']);
            if one.is_empty() {
                continue;
            }
            let (name, given) = one.strip_suffix(')')?.split_once('(')?;
            let given = numbers(given)?;
            let next = match (name.trim(), given.as_slice()) {
                ("matrix", [a, b, c, d, e, f]) => [*a, *b, *c, *d, *e, *f],
                ("translate", [x]) => [1.0, 0.0, 0.0, 1.0, *x, 0.0],
                ("translate", [x, y]) => [1.0, 0.0, 0.0, 1.0, *x, *y],
                ("scale", [both]) => [*both, 0.0, 0.0, *both, 0.0, 0.0],
                ("scale", [x, y]) => [*x, 0.0, 0.0, *y, 0.0, 0.0],
                ("rotate", [angle, around @ ..]) => {
                    let (sin, cos) = angle.to_radians().sin_cos();
                    let (x, y) = match around {
                        [] => (0.0, 0.0),
                        [x, y] => (*x, *y),
                        _ => return None,
                    };
                    let (e, f) = (x - cos * x + sin * y, y - sin * x - cos * y);
                    [cos, sin, -sin, cos, e, f]
                }
                _ => return None,
            };
            all = all.after(Self(next));
        }
        Some(all)
    }
}

/// Numbers as path data writes them: `1-2.5.5e1` are four.
pub fn numbers(text: &str) -> Option<Vec<f32>> {
    let mut rest = text;
    let mut found = Vec::new();
    loop {
        rest = rest.trim_start_matches([' ', ',', '\n', '\r', '\t']);
        if rest.is_empty() {
            return Some(found);
        }
        found.push(next_number(&mut rest)?);
    }
}

fn next_number(rest: &mut &str) -> Option<f32> {
    *rest = rest.trim_start_matches([' ', ',', '\n', '\r', '\t']);
    let (mut end, mut point, mut exponent) = (0, false, false);
    let bytes = rest.as_bytes();
    while let Some(byte) = bytes.get(end) {
        let after_e = end > 0 && matches!(bytes[end - 1], b'e' | b'E');
        match byte {
            b'0'..=b'9' => {}
            b'+' | b'-' if end == 0 || after_e => {}
            b'.' if !point && !exponent => point = true,
            b'e' | b'E' if !exponent && end > 0 => exponent = true,
            _ => break,
        }
        end += 1;
    }
    let value: f32 = rest[..end].parse().ok()?;
    *rest = &rest[end..];
    value.is_finite().then_some(value)
}

/// An outline under construction.
#[derive(Debug, Default)]
pub struct Shapes {
    ops: Vec<Op>,
    at: (f32, f32),
    start: (f32, f32),
    /// The control point that a smooth curve mirrors.
    control: Option<(f32, f32)>,
}

/// Of a quarter of a circle: where its control points stand.
const KAPPA: f32 = 0.552_284_8;

impl Shapes {
    fn move_to(&mut self, to: (f32, f32)) {
        self.ops.push(Op::Move(to.0, to.1));
        (self.at, self.start, self.control) = (to, to, None);
    }

    fn line_to(&mut self, to: (f32, f32)) {
        self.ops.push(Op::Line(to.0, to.1));
        (self.at, self.control) = (to, None);
    }

    fn cubic_to(&mut self, one: (f32, f32), two: (f32, f32), to: (f32, f32)) {
        self.ops
            .push(Op::Cubic([one.0, one.1, two.0, two.1, to.0, to.1]));
        (self.at, self.control) = (to, Some(two));
    }

    fn quad_to(&mut self, control: (f32, f32), to: (f32, f32)) {
        let third = |end: (f32, f32)| {
            let part = |end: f32, control: f32| end + (control - end) * 2.0 / 3.0;
            (part(end.0, control.0), part(end.1, control.1))
        };
        self.cubic_to(third(self.at), third(to), to);
        self.control = Some(control);
    }

    fn close(&mut self) {
        self.ops.push(Op::Close);
        (self.at, self.control) = (self.start, None);
    }

    /// The mirror of the last control point, or the point itself.
    fn smooth(&self) -> (f32, f32) {
        let (x, y) = self.at;
        self.control
            .map_or(self.at, |(cx, cy)| (2.0 * x - cx, 2.0 * y - cy))
    }

    pub fn rectangle(&mut self, x: f32, y: f32, width: f32, height: f32) {
        self.polygon(
            &[x, y, x + width, y, x + width, y + height, x, y + height],
            true,
        );
    }

    pub fn rounded(&mut self, (x, y): (f32, f32), (w, h): (f32, f32), radii: (f32, f32)) {
        let (rx, ry) = (radii.0.min(w / 2.0), radii.1.min(h / 2.0));
        let corners = [
            (
                (x + w - rx, y),
                (x + w, y + ry),
                (KAPPA, 0.0),
                (0.0, -KAPPA),
            ),
            (
                (x + w, y + h - ry),
                (x + w - rx, y + h),
                (0.0, KAPPA),
                (KAPPA, 0.0),
            ),
            (
                (x + rx, y + h),
                (x, y + h - ry),
                (-KAPPA, 0.0),
                (0.0, KAPPA),
            ),
            ((x, y + ry), (x + rx, y), (0.0, -KAPPA), (-KAPPA, 0.0)),
        ];
        self.move_to((x + rx, y));
        for (from, to, one, two) in corners {
            self.line_to(from);
            let one = (from.0 + one.0 * rx, from.1 + one.1 * ry);
            self.cubic_to(one, (to.0 + two.0 * rx, to.1 + two.1 * ry), to);
        }
        self.close();
    }

    pub fn ellipse(&mut self, (x, y): (f32, f32), (rx, ry): (f32, f32)) {
        self.rounded((x - rx, y - ry), (2.0 * rx, 2.0 * ry), (rx, ry));
    }

    pub fn polygon(&mut self, points: &[f32], closed: bool) {
        for (index, point) in points.chunks_exact(2).enumerate() {
            let to = (point[0], point[1]);
            if index == 0 {
                self.move_to(to);
            } else {
                self.line_to(to);
            }
        }
        if closed && !self.ops.is_empty() {
            self.close();
        }
    }

    /// An elliptical arc as curves of a quarter at most (SVG 1.1, F.6).
    fn arc_to(
        &mut self,
        (rx, ry): (f32, f32),
        angle: f32,
        (large, sweep): (bool, bool),
        to: (f32, f32),
    ) {
        let (mut rx, mut ry) = (rx.abs(), ry.abs());
        let from = self.at;
        if rx == 0.0 || ry == 0.0 || from == to {
            return self.line_to(to);
        }
        let (sin, cos) = angle.to_radians().sin_cos();
        let half = ((from.0 - to.0) / 2.0, (from.1 - to.1) / 2.0);
        let (x, y) = (cos * half.0 + sin * half.1, cos * half.1 - sin * half.0);
        let grow = (x / rx).powi(2) + (y / ry).powi(2);
        if grow > 1.0 {
            (rx, ry) = (rx * grow.sqrt(), ry * grow.sqrt());
        }
        let below = (rx * y).powi(2) + (ry * x).powi(2);
        let root = (((rx * ry).powi(2) - below).max(0.0) / below).sqrt();
        let root = if large == sweep { -root } else { root };
        let centre = (root * rx * y / ry, -root * ry * x / rx);
        let first = ((y - centre.1) / ry).atan2((x - centre.0) / rx);
        let last = ((-y - centre.1) / ry).atan2((-x - centre.0) / rx);
        let full = std::f32::consts::TAU;
        let turn = match (sweep, last - first) {
            (true, turn) if turn < 0.0 => turn + full,
            (false, turn) if turn > 0.0 => turn - full,
            (_, turn) => turn,
        };
        let middle = ((from.0 + to.0) / 2.0, (from.1 + to.1) / 2.0);
        let place = |x: f32, y: f32| {
            let (x, y) = (centre.0 + rx * x, centre.1 + ry * y);
            (cos * x - sin * y + middle.0, sin * x + cos * y + middle.1)
        };
        let parts = (turn.abs() / std::f32::consts::FRAC_PI_2)
            .ceil()
            .clamp(1.0, 4.0);
        let step = turn / parts;
        let reach = 4.0 / 3.0 * (step / 4.0).tan();
        for part in 0..parts as usize {
            let (sin_a, cos_a) = (first + step * part as f32).sin_cos();
            let (sin_b, cos_b) = (first + step * (part + 1) as f32).sin_cos();
            let one = place(cos_a - reach * sin_a, sin_a + reach * cos_a);
            let two = place(cos_b + reach * sin_b, sin_b - reach * cos_b);
            self.cubic_to(one, two, place(cos_b, sin_b));
        }
        (self.at, self.control) = (to, None);
    }

    /// The outline where `place` takes it; nothing where that is nowhere.
    pub fn placed(self, place: Affine) -> Option<Vec<Op>> {
        let placed = self.ops.into_iter().map(|op| match op {
            Op::Move(x, y) => {
                let (x, y) = place.at(x, y);
                Op::Move(x, y)
            }
            Op::Line(x, y) => {
                let (x, y) = place.at(x, y);
                Op::Line(x, y)
            }
            Op::Cubic([a, b, c, d, e, f]) => {
                let ((a, b), (c, d), (e, f)) = (place.at(a, b), place.at(c, d), place.at(e, f));
                Op::Cubic([a, b, c, d, e, f])
            }
            Op::Close => Op::Close,
        });
        let near = |value: &f32| value.is_finite() && value.abs() < 1e5;
        let placed: Vec<Op> = placed.collect();
        let all_near = placed.iter().all(|op| match op {
            Op::Move(x, y) | Op::Line(x, y) => near(x) && near(y),
            Op::Cubic(points) => points.iter().all(near),
            Op::Close => true,
        });
        all_near.then_some(placed)
    }
}

/// Reads path data, or nothing where it makes no sense.
pub fn path_data(data: &str, shapes: &mut Shapes) -> Option<()> {
    let mut rest = data.trim();
    let mut command = None;
    while !rest.is_empty() {
        let next = rest.chars().next().filter(char::is_ascii_alphabetic);
        if let Some(letter) = next {
            rest = &rest[1..];
            command = Some(letter);
        }
        step(command?, &mut rest, shapes)?;
        // What follows a move without a letter are lines.
        command = match command {
            Some('M') => Some('L'),
            Some('m') => Some('l'),
            Some('Z' | 'z') => None,
            other => other,
        };
        rest = rest.trim_start_matches([' ', ',', '\n', '\r', '\t']);
    }
    Some(())
}

fn step(command: char, rest: &mut &str, shapes: &mut Shapes) -> Option<()> {
    let base = if command.is_ascii_lowercase() {
        shapes.at
    } else {
        (0.0, 0.0)
    };
    let mut point = || Some((next_number(rest)? + base.0, next_number(rest)? + base.1));
    match command.to_ascii_uppercase() {
        'M' => shapes.move_to(point()?),
        'L' => shapes.line_to(point()?),
        'C' => shapes.cubic_to(point()?, point()?, point()?),
        'S' => shapes.cubic_to(shapes.smooth(), point()?, point()?),
        'Q' => shapes.quad_to(point()?, point()?),
        'T' => shapes.quad_to(shapes.smooth(), point()?),
        'H' => shapes.line_to((next_number(rest)? + base.0, shapes.at.1)),
        'V' => shapes.line_to((shapes.at.0, next_number(rest)? + base.1)),
        'A' => {
            let radii = (next_number(rest)?, next_number(rest)?);
            let angle = next_number(rest)?;
            let flags = (flag(rest)?, flag(rest)?);
            let to = (next_number(rest)? + base.0, next_number(rest)? + base.1);
            shapes.arc_to(radii, angle, flags, to);
        }
        'Z' => shapes.close(),
        _ => return None,
    }
    Some(())
}

/// One digit, which need not be kept apart from the next number.
fn flag(rest: &mut &str) -> Option<bool> {
    *rest = rest.trim_start_matches([' ', ',', '\n', '\r', '\t']);
    let set = match rest.as_bytes().first()? {
        b'0' => false,
        b'1' => true,
        _ => return None,
    };
    *rest = &rest[1..];
    Some(set)
}
