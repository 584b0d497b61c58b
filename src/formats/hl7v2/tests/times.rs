//! Times at the precision they came with.

#[test]
fn times_keep_their_precision_fraction_and_offset() {
    let read = |text| super::super::time::parse(text).when.map(|when| when.0);
    let same = [
        ("2026", "2026"),
        ("202611", "2026-11"),
        ("20261122", "2026-11-22"),
        ("2026112210", "2026-11-22T10"),
        ("202611221005", "2026-11-22T10:05"),
        ("20261122100509.1234-0500", "2026-11-22T10:05:09.1234-05:00"),
        ("2026-11-22", "2026-11-22"),
        ("2026/11/22 10:05", "2026-11-22T10:05"),
        ("2026-11-22T10:05:09Z", "2026-11-22T10:05:09+00:00"),
        ("20261122+0100", "2026-11-22"),
        ("2026-0500", "2026"),
    ];
    for (written, expected) in same {
        assert_eq!(read(written).as_deref(), Some(expected), "{written}");
        assert!(super::super::time::parse(written).complete, "{written}");
    }
    for wrong in [
        "",
        "20261301",
        "20260230",
        "00000000",
        "yesterday",
        "２０２６",
    ] {
        assert_eq!(read(wrong), None, "{wrong}");
    }
    let late = super::super::time::parse("202611222505");
    assert_eq!(
        (late.when.map(|w| w.0).as_deref(), late.complete),
        (Some("2026-11-22"), false)
    );
}

#[test]
fn every_time_we_write_names_a_moment() {
    for written in [
        "2026112210",
        "202611221005",
        "20261122100509.123456789+0100",
        "20261122100560",
    ] {
        let when = super::super::time::parse(written).when.expect("a time");
        assert!(
            when.instant(&jiff::tz::TimeZone::UTC).is_some(),
            "{written}"
        );
    }
}
