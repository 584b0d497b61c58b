//! Counts what reading allocates: a payload is not copied more than twice. The
//! one place with `unsafe`; the house forbids it.

use bench::{MEGABYTE, cda_around_pdf, document_reference, oru};
use readers::domain::wishes::Wishes;
use readers::formats::read::read;
use std::alloc::{GlobalAlloc, Layout, System};
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// Copies allowed beside the body itself; what is left over is for the facts.
const COPIES: f64 = 2.1;

static TOTAL: AtomicUsize = AtomicUsize::new(0);
static LIVE: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

struct Counting;

fn grown(bytes: usize) {
    TOTAL.fetch_add(bytes, Relaxed);
    PEAK.fetch_max(LIVE.fetch_add(bytes, Relaxed) + bytes, Relaxed);
}

// SAFETY: every call goes to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        grown(layout.size());
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        LIVE.fetch_sub(layout.size(), Relaxed);
        unsafe { System.dealloc(at, layout) }
    }

    /// A block that grows is copied: it counts as a new one.
    unsafe fn realloc(&self, at: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        grown(size);
        LIVE.fetch_sub(layout.size(), Relaxed);
        unsafe { System.realloc(at, layout, size) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

fn main() -> ExitCode {
    let bodies = [
        ("ORU", oru(5 * MEGABYTE)),
        ("FHIR", document_reference(5 * MEGABYTE)),
        ("CDA", cda_around_pdf(5 * MEGABYTE)),
    ];
    let mut status = ExitCode::SUCCESS;
    for (name, body) in bodies {
        if let Err(why) = measure(name, &body) {
            eprintln!("{name}: {why}");
            status = ExitCode::FAILURE;
        }
    }
    status
}

fn measure(name: &str, body: &[u8]) -> Result<(), &'static str> {
    let before = LIVE.load(Relaxed);
    TOTAL.store(0, Relaxed);
    PEAK.store(before, Relaxed);
    let reading = read(body, None, &Wishes::default());
    let of_body = |bytes: usize| bytes as f64 / body.len() as f64;
    let total = of_body(TOTAL.load(Relaxed));
    let peak = of_body(PEAK.load(Relaxed) - before);
    let document = reading
        .messages
        .first()
        .and_then(|facts| facts.documents.first());
    let kept = of_body(document.map_or(0, |document| document.content.len()));
    println!(
        "{name:<4} of 5 MB: {total:.2} times the body allocated, {peak:.2} at once; its document is {kept:.2} of it"
    );
    if kept < 0.7 {
        return Err("the document was not kept, so nothing was measured");
    }
    if total > COPIES || peak > COPIES {
        return Err("more than twice the body: somebody copies it once too often");
    }
    Ok(())
}
