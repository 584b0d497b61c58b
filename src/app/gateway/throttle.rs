//! Guessing is slow: an address that fails too often waits. Only failures spend;
//! a good visitor is never slowed, whoever else fails at the same address.

use super::{Gateway, answer, page};
use crate::domain::link::Face;
use crate::formats::fhir::Issue;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use fhir_sdk::r4b::codes::IssueType;
use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::net::{IpAddr, SocketAddr};
use std::sync::{Mutex, PoisonError};

/// So many at once, then one in so many milliseconds.
#[derive(Debug, Clone, Copy)]
struct Rate {
    burst: f64,
    each_ms: f64,
}

/// An address, by what is set (`failures-at-once`), then six a minute: 20 are
/// the attempts of four locked links, more than a clerk's bad day has.
const ADDRESS_EACH_MS: f64 = 10_000.0;

/// A genuine link that does not open, from one address. Its page is reloaded by
/// hand, not by the dozen; for a person that is a pause of seconds.
const LINK: Rate = Rate {
    burst: 10.0,
    each_ms: 6_000.0,
};

/// Genuine links that fail, from everywhere: 50 a second are a fortieth of the
/// claims that the slower of our stores does in that time.
const ALL: Rate = Rate {
    burst: 500.0,
    each_ms: 20.0,
};

/// Addresses remembered: some 6 MB.
const MOST: usize = 65_536;

/// How much of a rate is left.
#[derive(Debug, Clone, Copy)]
struct Bucket {
    left: f64,
    at: i64,
}

impl Bucket {
    fn full(rate: Rate, now: i64) -> Self {
        Self {
            left: rate.burst,
            at: now,
        }
    }

    fn refilled(self, rate: Rate, now: i64) -> Self {
        let since = (now - self.at).max(0) as f64;
        Self {
            left: (self.left + since / rate.each_ms).min(rate.burst),
            at: now,
        }
    }

    /// Milliseconds until one is there.
    fn wait(self, rate: Rate) -> f64 {
        ((1.0 - self.left) * rate.each_ms).max(0.0)
    }
}

/// An address (IPv6 by /64, which is one customer's), alone or with a link.
type Key = (u128, u64);

pub struct Throttle {
    address: Rate,
    hashing: RandomState,
    table: Mutex<Table>,
}

struct Table {
    buckets: HashMap<Key, Bucket>,
    all: Bucket,
}

/// Who asks for what, as far as it can be told without any I/O.
#[derive(Clone, Copy)]
struct Visit {
    address: Key,
    /// Where the token is one of ours.
    link: Option<Key>,
    /// It tries an answer.
    proves: bool,
}

impl Throttle {
    /// Nothing is throttled with `failures_at_once` of zero.
    pub fn new(failures_at_once: u32, now: i64) -> Self {
        Self {
            address: Rate {
                burst: failures_at_once.into(),
                each_ms: ADDRESS_EACH_MS,
            },
            hashing: RandomState::new(),
            table: Mutex::new(Table {
                buckets: HashMap::new(),
                all: Bucket::full(ALL, now),
            }),
        }
    }

    fn off(&self) -> bool {
        self.address.burst < 1.0
    }

    fn key(&self, address: IpAddr, link: Option<&str>) -> Key {
        let network = match address.to_canonical() {
            IpAddr::V4(four) => u128::from(four.to_ipv6_mapped()),
            IpAddr::V6(six) => u128::from(six) >> 64 << 64,
        };
        (network, link.map_or(0, |link| self.hashing.hash_one(link)))
    }

    /// The buckets a failure of this visit spends from. A forged token costs no
    /// I/O, so it is nothing to all others.
    fn spends(&self, visit: Visit) -> impl Iterator<Item = (Option<Key>, Rate)> {
        let link = visit.link.map(|key| (Some(key), LINK));
        let all = visit.link.map(|_| (None, ALL));
        [Some((Some(visit.address), self.address)), link, all]
            .into_iter()
            .flatten()
    }

    /// Those that must not be empty. Who only looks, with a genuine token, is
    /// held back by nobody's failures but this link's.
    fn needs(&self, visit: Visit) -> impl Iterator<Item = (Option<Key>, Rate)> {
        let looks = visit.link.is_some() && !visit.proves;
        self.spends(visit)
            .filter(move |(key, _)| !looks || *key == visit.link)
    }

    /// Seconds this visit has to wait; `None` where it may pass. What tries an
    /// answer spends before it is heard, so that many at once gain nothing.
    fn admit(&self, visit: Visit, now: i64) -> Option<u64> {
        let mut table = self.table.lock().unwrap_or_else(PoisonError::into_inner);
        let wait = self
            .needs(visit)
            .map(|(key, rate)| table.level(key, rate, now).wait(rate))
            .fold(0.0, f64::max);
        if wait > 0.0 {
            // Whole seconds, as Retry-After counts.
            return Some((wait / 1000.0).ceil() as u64);
        }
        if visit.proves {
            self.change(&mut table, visit, -1.0, now);
        }
        None
    }

    /// What came of a visit that was admitted.
    fn settle(&self, visit: Visit, failed: bool, now: i64) {
        let change = match (visit.proves, failed) {
            (false, true) => -1.0,
            (true, false) => 1.0,
            _ => return,
        };
        let mut table = self.table.lock().unwrap_or_else(PoisonError::into_inner);
        self.change(&mut table, visit, change, now);
    }

    fn change(&self, table: &mut Table, visit: Visit, by: f64, now: i64) {
        for (key, rate) in self.spends(visit) {
            let mut bucket = table.level(key, rate, now);
            bucket.left = (bucket.left + by).clamp(0.0, rate.burst);
            match key {
                None => table.all = bucket,
                Some(key) => {
                    table.make_room(now);
                    table.buckets.insert(key, bucket);
                }
            }
        }
    }
}

impl Table {
    fn level(&self, key: Option<Key>, rate: Rate, now: i64) -> Bucket {
        match key {
            None => self.all.refilled(rate, now),
            Some(key) => match self.buckets.get(&key) {
                Some(bucket) => bucket.refilled(rate, now),
                None => Bucket::full(rate, now),
            },
        }
    }

    /// Who was quiet for ten minutes is forgotten first. Should so many keep
    /// failing that there is no room even then, all begin anew: the ceiling for
    /// all still holds.
    fn make_room(&mut self, now: i64) {
        if self.buckets.len() < MOST {
            return;
        }
        self.buckets.retain(|_, bucket| now - bucket.at < 600_000);
        if self.buckets.len() >= MOST {
            self.buckets.clear();
        }
    }
}

/// Before every handler; it minds the paths with tokens in them.
pub(super) async fn guard(
    State(gateway): State<Gateway>,
    ConnectInfo(address): ConnectInfo<SocketAddr>,
    request: Request,
    next: Next,
) -> Response {
    let throttle = &gateway.throttle;
    let now = gateway.world.clock.now();
    // What we sign needs no percent sign: a token written with one hides from us.
    if hides(request.uri().path()) {
        return match request.uri().path().starts_with("/l/") {
            true => page::dead(&gateway, request.headers()),
            false => answer::dead(),
        };
    }
    let Some((face, visit)) = visit(&gateway, &request, address.ip(), now) else {
        return next.run(request).await;
    };
    if let Some(seconds) = throttle.admit(visit, now.as_millisecond()) {
        let mut response = too_many(&gateway, request.headers(), face, seconds);
        if request.uri().path().starts_with("/shl/") {
            // Viewers in a browser must be able to read that they have to wait.
            let headers = response.headers_mut();
            let all = HeaderValue::from_static("*");
            headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, all);
            let shown = HeaderValue::from_static("retry-after");
            headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, shown);
        }
        return response;
    }
    let response = next.run(request).await;
    throttle.settle(visit, failed(&response), now.as_millisecond());
    response
}

fn hides(path: &str) -> bool {
    let ours = ["/l/", "/d/", "/shl/"];
    path.contains('%') && ours.iter().any(|face| path.starts_with(face))
}

/// `/l`, `/d` and `/shl`, and whether the token is one that we signed.
fn visit(
    gateway: &Gateway,
    request: &Request,
    address: IpAddr,
    now: jiff::Timestamp,
) -> Option<(Face, Visit)> {
    let throttle = &gateway.throttle;
    // OPTIONS looks nothing up, and a viewer's preflight must not fail for others.
    if throttle.off() || request.method() == Method::OPTIONS {
        return None;
    }
    let mut parts = request.uri().path().split('/').skip(1);
    let (face, signed) = match parts.next()? {
        "l" => (Face::People, true),
        "d" => (Face::Systems, true),
        "shl" => (Face::Systems, false),
        _ => return None,
    };
    let token = parts.next().unwrap_or_default();
    let deeper = parts.next().is_some();
    let link = signed
        .then(|| gateway.world.links.link_id(token, face, now))
        .flatten();
    let visit = Visit {
        address: throttle.key(address, None),
        link: link.map(|link| throttle.key(address, Some(&link.to_string()))),
        // A press on a file has its proof already.
        proves: request.method() == Method::POST && !(signed && deeper),
    };
    Some((face, visit))
}

fn failed(response: &Response) -> bool {
    matches!(
        response.status(),
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN | StatusCode::NOT_FOUND | StatusCode::GONE
    )
}

fn too_many(gateway: &Gateway, headers: &HeaderMap, face: Face, seconds: u64) -> Response {
    let mut response = match face {
        Face::People => page::too_many(gateway, headers, seconds),
        Face::Systems => answer::outcome(
            StatusCode::TOO_MANY_REQUESTS,
            Issue::error(
                IssueType::Throttled,
                "Too many failed requests from this address. Wait as long as Retry-After says.",
            ),
        ),
    };
    response
        .headers_mut()
        .insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    response
}

#[cfg(test)]
mod tests;
