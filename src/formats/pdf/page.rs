//! A page after layout and before drawing: filled areas and lines of text, each
//! with its place and its role. Pure geometry.

use std::ops::Range;
use std::rc::Rc;

use super::form::{HAIRLINE, Ink};
use super::picture::Picture;
use super::shape::SetText;
use super::tree::ElementId;

#[derive(Debug, Default)]
pub struct Page {
    /// Painted before any text, in the order of their inks.
    pub fills: Vec<(Ink, Area)>,
    pub pieces: Vec<Piece>,
    pub pictures: Vec<(Picture, Area, Role)>,
}

/// Measured in points from the corner of the page where text starts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Area {
    pub x: f32,
    pub y: f32,
    pub width: f32,
    pub height: f32,
}

/// Some lines of a text, drawn with the first of them at `y`.
#[derive(Debug, Clone)]
pub struct Piece {
    pub text: Rc<SetText>,
    pub lines: Range<usize>,
    pub x: f32,
    pub y: f32,
    pub ink: Ink,
    pub role: Role,
}

/// What a piece is to a screen reader: content, or something the page repeats.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    Content(ElementId),
    PageHeader,
    PageFooter,
    /// A table's header row on the pages after its first.
    Repeated,
}

/// A heading in the list of bookmarks.
#[derive(Debug)]
pub struct Bookmark {
    pub level: u8,
    pub title: String,
    pub page: usize,
    pub y: f32,
}

impl Page {
    /// Draws all lines of `text`.
    pub fn text(&mut self, text: &Rc<SetText>, at: (f32, f32), ink: Ink, role: Role) {
        self.lines(text, 0..text.lines.len(), at, ink, role);
    }

    pub fn lines(
        &mut self,
        text: &Rc<SetText>,
        lines: Range<usize>,
        (x, y): (f32, f32),
        ink: Ink,
        role: Role,
    ) {
        if !lines.is_empty() {
            self.pieces.push(Piece {
                text: Rc::clone(text),
                lines,
                x,
                y,
                ink,
                role,
            });
        }
    }

    pub fn fill(&mut self, ink: Ink, area: Area) {
        self.fills.push((ink, area));
    }

    pub fn rule(&mut self, ink: Ink, (x, y): (f32, f32), width: f32) {
        self.fill(
            ink,
            Area {
                x,
                y: y - HAIRLINE / 2.0,
                width,
                height: HAIRLINE,
            },
        );
    }
}
