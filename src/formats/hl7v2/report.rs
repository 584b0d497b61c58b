//! A report that comes one line in an OBX → one value.

use super::{observed, tree::Segment, walk::Walk};

/// The report that is open.
pub struct Lines {
    /// OBX-3, OBX-11 and OBX-14 as written.
    same: [String; 3],
    /// OBX-6 to OBX-8 as written.
    measured: [String; 3],
    sub_id: String,
    text: bool,
    /// The result, and empty lines since its last one.
    result: usize,
    blank: usize,
}

impl Lines {
    pub fn begin(kind: &str, segment: &Segment, result: usize) -> Option<Self> {
        let raw = |field: usize| segment.raw(field).trim().to_owned();
        let named = segment.has(3) && matches!(kind, "TX" | "FT" | "ST");
        named.then(|| Self {
            same: [3, 11, 14].map(raw),
            measured: [6, 7, 8].map(raw),
            sub_id: raw(4),
            text: kind != "ST",
            result,
            blank: 0,
        })
    }

    /// Text goes on under the next sub-id; a string only where nothing tells it
    /// from another result.
    fn is_followed_by(&self, next: &Self) -> bool {
        let number = |text: &str| text.parse::<u32>().ok();
        let rises = match (number(&self.sub_id), number(&next.sub_id)) {
            (Some(one), Some(other)) => one < other,
            _ => false,
        };
        let measured = |lines: &Self| lines.measured.iter().any(|field| !field.is_empty());
        // A line may leave to the first what it has in common with it.
        let alike =
            |(nth, said): (usize, &String)| *said == self.same[nth] || (nth > 0 && said.is_empty());
        next.same.iter().enumerate().all(alike)
            && if self.text && next.text {
                let plain = !measured(next) || self.measured == next.measured;
                plain && (self.sub_id == next.sub_id || rises)
            } else {
                let bare = self.sub_id.is_empty() && next.sub_id.is_empty();
                bare && !measured(self) && !measured(next)
            }
    }

    /// Adds an OBX to the report that is open, if it goes on with it.
    pub fn go_on(kind: &str, segment: &Segment, walk: &mut Walk) -> bool {
        let Some(open) = walk.results.lines.take() else {
            return false;
        };
        let next = Self::begin(kind, segment, open.result);
        let Some(mut next) = next.filter(|next| open.is_followed_by(next)) else {
            return false;
        };
        let Some(result) = walk.facts.results.get_mut(open.result) else {
            return false;
        };
        let (line, _) = observed::value(kind, segment, &mut walk.facts.doubts);
        match (line, &mut result.value) {
            (Some(line), Some(value)) => {
                value.extend(std::iter::repeat_n('\n', open.blank + 1));
                value.push_str(&line);
            }
            (Some(line), none) => *none = Some(line),
            (None, _) => next.blank = open.blank + 1,
        }
        result.at.also("value", segment.at(5));
        walk.results.commented(open.result);
        next.same = open.same;
        walk.results.lines = Some(next);
        true
    }
}
