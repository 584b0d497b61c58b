//! Dates in words, at the precision they came with.

use crate::domain::facts::When;

/// How a language puts day, month and year together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// `23 November 2026`.
    Plain,
    /// `1er novembre 2026`, `2 novembre 2026`.
    FirstEr,
    /// `23. November 2026`.
    Dotted,
    /// `23 de noviembre de 2026`.
    De,
    /// `2026年11月23日`; its months are written with their sign.
    YearFirst,
}

/// `comma` stands between a date and its time.
pub fn shown(at: &When, months: &[&str; 12], order: Order, comma: &str) -> String {
    let mut parts = at.date().split('-');
    let year = parts.next().unwrap_or_default();
    let month = parts.next().and_then(|month| month.parse::<usize>().ok());
    let month = month.and_then(|month| months.get(month.checked_sub(1)?));
    let day = parts.next().and_then(|day| day.parse::<u8>().ok());
    let date = match (day, month) {
        (Some(day), Some(month)) => whole(day, month, year, order),
        (None, Some(month)) => match order {
            Order::Plain | Order::FirstEr | Order::Dotted => format!("{month} {year}"),
            Order::De => format!("{month} de {year}"),
            Order::YearFirst => format!("{year}年{month}"),
        },
        _ => at.date().to_owned(),
    };
    match at.0.split_once('T').and_then(|(_, time)| time.get(..5)) {
        Some(time) if order == Order::YearFirst => format!("{date} {time}"),
        Some(time) => format!("{date}{comma}{time}"),
        None => date,
    }
}

fn whole(day: u8, month: &str, year: &str, order: Order) -> String {
    match order {
        Order::FirstEr if day == 1 => format!("1er {month} {year}"),
        Order::Plain | Order::FirstEr => format!("{day} {month} {year}"),
        Order::Dotted => format!("{day}. {month} {year}"),
        Order::De => format!("{day} de {month} de {year}"),
        Order::YearFirst => format!("{year}年{month}{day}日"),
    }
}
