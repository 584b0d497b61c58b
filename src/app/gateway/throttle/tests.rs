//! What an address may fail, and who is not touched by it.

use super::*;

const PLACE: &str = "203.0.113.5";

fn visit(throttle: &Throttle, address: &str, link: Option<&str>, proves: bool) -> Visit {
    let address = address.parse().unwrap();
    Visit {
        address: throttle.key(address, None),
        link: link.map(|link| throttle.key(address, Some(link))),
        proves,
    }
}

/// How many of `tries` were admitted, all of them failing.
fn fails(throttle: &Throttle, visit: Visit, tries: usize, now: i64) -> usize {
    let admitted = (0..tries).filter(|_| {
        let admitted = throttle.admit(visit, now).is_none();
        if admitted {
            throttle.settle(visit, true, now);
        }
        admitted
    });
    admitted.count()
}

#[test]
fn an_address_that_fails_waits_and_is_told_how_long() {
    let throttle = Throttle::new(20, 0);
    let forged = visit(&throttle, PLACE, None, false);
    assert_eq!(fails(&throttle, forged, 100, 0), 20);
    assert_eq!(throttle.admit(forged, 0), Some(10));
    assert_eq!(throttle.admit(forged, 9_001), Some(1));
    assert_eq!(throttle.admit(forged, 10_000), None);
    let elsewhere = visit(&throttle, "203.0.113.6", None, false);
    assert_eq!(throttle.admit(elsewhere, 0), None);
}

#[test]
fn a_customer_of_ipv6_is_one_address() {
    let throttle = Throttle::new(20, 0);
    let one = visit(&throttle, "2001:db8:0:1::1", None, false);
    fails(&throttle, one, 20, 0);
    let next = visit(&throttle, "2001:db8:0:1:ffff::2", None, false);
    assert!(throttle.admit(next, 0).is_some());
    let other = visit(&throttle, "2001:db8:0:2::1", None, false);
    assert_eq!(throttle.admit(other, 0), None);
}

#[test]
fn a_good_visitor_is_not_slowed_by_a_bad_neighbour() {
    let throttle = Throttle::new(20, 0);
    fails(&throttle, visit(&throttle, PLACE, None, false), 100, 0);
    let good = visit(&throttle, PLACE, Some("mine"), false);
    for _ in 0..1_000 {
        assert_eq!(throttle.admit(good, 0), None);
        throttle.settle(good, false, 0);
    }
    let proof = visit(&throttle, PLACE, Some("mine"), true);
    assert!(throttle.admit(proof, 0).is_some(), "a guess waits");
}

#[test]
fn right_answers_spend_nothing_and_wrong_ones_before_they_are_heard() {
    let throttle = Throttle::new(3, 0);
    let proof = visit(&throttle, PLACE, Some("mine"), true);
    for _ in 0..100 {
        assert_eq!(throttle.admit(proof, 0), None);
        throttle.settle(proof, false, 0);
    }
    let at_once = (0..100).filter(|_| throttle.admit(proof, 0).is_none());
    assert_eq!(at_once.count(), 3, "none of them answered yet");
}

#[test]
fn a_dead_link_that_is_hammered_costs_no_look_ups() {
    let throttle = Throttle::new(20, 0);
    let dead = visit(&throttle, PLACE, Some("dead"), false);
    assert_eq!(fails(&throttle, dead, 100, 0), 10);
    assert_eq!(throttle.admit(dead, 0), Some(6));
}

#[test]
fn guesses_from_everywhere_meet_the_ceiling_and_the_memory_stays_bounded() {
    let throttle = Throttle::new(20, 0);
    let guesses: usize = (0..100_000_u32)
        .map(|n| {
            let address = std::net::Ipv4Addr::from(n).to_string();
            let guess = visit(&throttle, &address, Some("theirs"), true);
            fails(&throttle, guess, 1, 0)
        })
        .sum();
    assert_eq!(guesses, 500);
    for n in 0..100_000_u32 {
        let address = std::net::Ipv4Addr::from(n).to_string();
        fails(&throttle, visit(&throttle, &address, None, false), 1, 0);
    }
    assert!(throttle.table.lock().unwrap().buckets.len() <= MOST);
}
