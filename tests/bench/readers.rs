//! How long reading takes. `tests/bench/run` prints the table, and what was
//! promised beside it.

use bench::{MEGABYTE, adt, bundle, cda, oru};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use readers::domain::wishes::Wishes;
use readers::formats::read::read;
use std::hint::black_box;
use std::time::Duration;

/// What is not read would be read fast.
fn measure(criterion: &mut Criterion, name: &str, body: &[u8]) {
    let wishes = Wishes::default();
    if read(body, None, &wishes).messages.is_empty() {
        eprintln!("left out: {name} is not read");
        return;
    }
    let mut group = criterion.benchmark_group(name);
    if body.len() > MEGABYTE {
        // A few seconds are enough, and sixty megabytes take long.
        group
            .sample_size(10)
            .measurement_time(Duration::from_secs(3));
    }
    group.throughput(Throughput::Bytes(body.len() as u64));
    group.bench_function("read", |bencher| {
        bencher.iter(|| black_box(read(black_box(body), None, &wishes)));
    });
    group.finish();
}

/// The parser that our reader stands on, alone.
fn parser_alone(criterion: &mut Criterion) {
    let text = adt();
    criterion.bench_function("adt_a03_20_segments/hl7-parser alone", |bencher| {
        bencher.iter(|| {
            let parsed = hl7_parser::parse_message(black_box(&text));
            black_box(parsed.is_ok())
        });
    });
}

fn fixtures(criterion: &mut Criterion) {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures");
    for part in ["hl7v2", "fhir", "cda"] {
        let Ok(files) = std::fs::read_dir(format!("{folder}/{part}")) else {
            continue;
        };
        let files = files.flatten().map(|file| file.path());
        let mut files: Vec<_> = files.filter(|path| path.is_file()).collect();
        files.sort();
        for file in files {
            let body = std::fs::read(&file).expect("a fixture");
            let name = file.file_stem().unwrap_or_default().to_string_lossy();
            measure(criterion, &name, &body);
        }
    }
}

fn messages(criterion: &mut Criterion) {
    let text = adt();
    assert_eq!(
        text.matches('\r').count(),
        20,
        "twenty segments were promised"
    );
    measure(criterion, "adt_a03_20_segments", text.as_bytes());
    parser_alone(criterion);
    measure(criterion, "oru_5_mb_pdf", &oru(5 * MEGABYTE));
    measure(criterion, "bundle_5_mb", &bundle(5 * MEGABYTE));
    measure(criterion, "cda_2_mb", &cda(2 * MEGABYTE));
    measure(criterion, "oru_60_mb_pdf", &oru(60 * MEGABYTE));
}

criterion_group!(readers, messages, fixtures);
criterion_main!(readers);
