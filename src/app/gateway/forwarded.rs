//! Whose address a visitor has where proxies stand before us. What a stranger
//! writes into a header is believed of nobody but the proxies we were told of.

use axum::http::{HeaderMap, HeaderName, header};
use ipnet::IpNet;
use std::net::{IpAddr, SocketAddr};

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The visitor's address: the peer, or what trusted proxies say of it.
///
/// A proxy appends to the one header it knows and lets the other through as the
/// visitor wrote it. Where both are there and disagree, one is forged and we
/// cannot tell which: the peer is all that is certain.
pub(super) fn visitor(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    let peer = peer.to_canonical();
    if !trusts(trusted, peer) {
        return peer;
    }
    let plain = walk(peer, trusted, &x_forwarded_for(headers));
    let standard = walk(peer, trusted, &forwarded(headers));
    match (plain, standard) {
        (Some(one), Some(other)) if one != other => peer,
        (one, other) => one.or(other).unwrap_or(peer),
    }
}

fn trusts(trusted: &[IpNet], address: IpAddr) -> bool {
    trusted.iter().any(|network| network.contains(&address))
}

/// From the right, the nearest to us: each trusted hop vouches for the one
/// before it, and the first that is not trusted is the visitor.
fn walk(peer: IpAddr, trusted: &[IpNet], hops: &[Option<IpAddr>]) -> Option<IpAddr> {
    if hops.is_empty() {
        return None;
    }
    let mut nearest = peer;
    for hop in hops.iter().rev() {
        // A hop that names no address ends what we can know.
        let Some(hop) = hop else { break };
        nearest = *hop;
        if !trusts(trusted, nearest) {
            break;
        }
    }
    Some(nearest)
}

fn x_forwarded_for(headers: &HeaderMap) -> Vec<Option<IpAddr>> {
    let values = headers.get_all(X_FORWARDED_FOR).iter();
    values
        .flat_map(|value| value.to_str().unwrap_or_default().split(','))
        .map(address)
        .collect()
}

/// RFC 7239: `for=192.0.2.43;proto=https, for="[2001:db8::17]:4711"`. An
/// element without `for` is a hop that hides whom it serves.
fn forwarded(headers: &HeaderMap) -> Vec<Option<IpAddr>> {
    let values = headers.get_all(header::FORWARDED).iter();
    values
        .flat_map(|value| unquoted_split(value.to_str().unwrap_or_default(), ','))
        .map(|element| {
            unquoted_split(element, ';').find_map(|pair| {
                let (name, value) = pair.split_once('=')?;
                let named = name.trim().eq_ignore_ascii_case("for");
                named.then(|| address(value.trim().trim_matches('"')))?
            })
        })
        .collect()
}

/// Splits where the separator stands outside quotes.
fn unquoted_split(text: &str, separator: char) -> impl Iterator<Item = &str> {
    let mut quoted = false;
    text.split(move |c| {
        quoted ^= c == '"';
        c == separator && !quoted
    })
}

/// With a port or without; IPv6 in brackets or not.
fn address(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let bare = text.strip_prefix('[').and_then(|t| t.strip_suffix(']'));
    let address = bare.unwrap_or(text).parse().ok();
    let address = address.or_else(|| Some(text.parse::<SocketAddr>().ok()?.ip()));
    address.map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(peer: &str, headers: &[(&'static str, &str)]) -> String {
        let trusted = ["10.0.0.0/8".parse().unwrap(), "fd00::/8".parse().unwrap()];
        let map = headers
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), value.parse().unwrap()))
            .collect();
        visitor(peer.parse().unwrap(), &map, &trusted).to_string()
    }

    #[test]
    fn a_stranger_is_not_believed() {
        let forged = [
            ("x-forwarded-for", "198.51.100.7"),
            ("forwarded", "for=198.51.100.8"),
        ];
        assert_eq!(seen("203.0.113.5", &forged), "203.0.113.5");
        assert_eq!(seen("::ffff:203.0.113.5", &forged), "203.0.113.5");
    }

    #[test]
    fn the_rightmost_address_that_is_not_trusted_is_the_visitor() {
        let chain = [("x-forwarded-for", "1.1.1.1, 198.51.100.7:5000, 10.0.0.9")];
        assert_eq!(seen("10.0.0.1", &chain), "198.51.100.7");
        let lines = [
            ("x-forwarded-for", "1.1.1.1"),
            ("x-forwarded-for", "198.51.100.7"),
        ];
        assert_eq!(seen("10.0.0.1", &lines[1..]), "198.51.100.7");
        let chain = [(
            "forwarded",
            "for=1.1.1.1, for=\"[2001:db8::17]:4711\";by=\"a,b\", for=10.0.0.9",
        )];
        assert_eq!(seen("fd00::1", &chain), "2001:db8::17");
    }

    #[test]
    fn a_hop_without_an_address_ends_what_is_known() {
        assert_eq!(
            seen("10.0.0.1", &[("forwarded", "for=1.1.1.1, for=_hidden")]),
            "10.0.0.1"
        );
        assert_eq!(
            seen(
                "10.0.0.1",
                &[("x-forwarded-for", "1.1.1.1, unknown, 10.0.0.3")]
            ),
            "10.0.0.3"
        );
        assert_eq!(seen("10.0.0.1", &[]), "10.0.0.1");
    }

    #[test]
    fn two_headers_that_disagree_are_both_in_doubt() {
        let both = [
            ("x-forwarded-for", "198.51.100.7"),
            ("forwarded", "for=198.51.100.8"),
        ];
        assert_eq!(seen("10.0.0.1", &both), "10.0.0.1");
        let same = [
            ("x-forwarded-for", "198.51.100.7"),
            ("forwarded", "For=198.51.100.7"),
        ];
        assert_eq!(seen("10.0.0.1", &same), "198.51.100.7");
    }
}
