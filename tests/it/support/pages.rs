//! A PDF as poppler and qpdf see it, and the golden files that show it.

use super::needs::needs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Dots per inch of the pictures: text can just be read, and a page takes some
/// 40 KB.
const RESOLUTION: &str = "72";

/// Of a long packet the first pages show how it looks.
const PAGES: &str = "4";

/// A square of this many pixels is compared by its mean: two versions of poppler
/// differ in the edges of letters, not in where they stand.
const SQUARE: usize = 8;
/// Of 255. Text that is missing or moved changes its squares by more.
const TOLERANCE: i32 = 28;
/// Squares that may differ, of a thousand.
const MAY_DIFFER: usize = 4;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/it/snapshots/packets")
}

fn updating() -> bool {
    std::env::var_os("UPDATE").is_some()
}

fn has(tool: &str) -> bool {
    let there = Command::new(tool).arg("--version").output().is_ok();
    if !there {
        needs(&format!("HANDOFF_TEST_{}", tool.to_uppercase()));
    }
    there
}

fn stored(pdf: &[u8]) -> tempfile::NamedTempFile {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), pdf).unwrap();
    file
}

/// What a reader copies, in reading order; `None` where poppler is not there.
pub fn poppler_text(pdf: &[u8]) -> Option<String> {
    if !has("pdftotext") {
        return None;
    }
    let file = stored(pdf);
    let output = Command::new("pdftotext").arg(file.path()).arg("-").output();
    Some(String::from_utf8(output.unwrap().stdout).expect("poppler writes UTF-8"))
}

pub fn qpdf_check(pdf: &[u8]) {
    if !has("qpdf") {
        return;
    }
    let file = stored(pdf);
    let output = Command::new("qpdf")
        .arg("--check")
        .arg(file.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && !said.contains("WARNING"),
        "qpdf --check: {said}"
    );
}

/// The golden text to the letter, the golden pictures with tolerance.
pub fn assert_pages(name: &str, pdf: &[u8]) {
    if let Some(text) = poppler_text(pdf) {
        let golden = folder().join(format!("{name}.txt"));
        if updating() {
            std::fs::create_dir_all(folder()).unwrap();
            std::fs::write(&golden, &text).unwrap();
        }
        let expected = std::fs::read_to_string(&golden).unwrap_or_default();
        assert!(
            text == expected,
            "{}\nis not what the packet says now; look at it with UPDATE=1:\n{}",
            golden.display(),
            first_difference(&expected, &text)
        );
    }
    if has("pdftoppm") {
        assert_pictures(name, pdf);
    }
}

fn first_difference(expected: &str, text: &str) -> String {
    let mut lines = expected.lines().zip(text.lines()).enumerate();
    match lines.find(|(_, (one, other))| one != other) {
        Some((line, (one, other))) => format!("line {}: {one:?}, now {other:?}", line + 1),
        None => "one is longer than the other".into(),
    }
}

fn assert_pictures(name: &str, pdf: &[u8]) {
    let scratch = tempfile::tempdir().unwrap();
    let file = stored(pdf);
    let drawn = Command::new("pdftoppm")
        .args(["-png", "-r", RESOLUTION, "-l", PAGES])
        .arg(file.path())
        .arg(scratch.path().join("page"))
        .status()
        .unwrap();
    assert!(drawn.success(), "pdftoppm failed");
    let pages = pictures(scratch.path(), "page");
    if updating() {
        pictures(&folder(), name)
            .iter()
            .for_each(|old| std::fs::remove_file(old).unwrap());
        for (page, number) in pages.iter().zip(1..) {
            std::fs::copy(page, folder().join(format!("{name}-{number:02}.png"))).unwrap();
        }
    }
    let golden = pictures(&folder(), name);
    assert_eq!(golden.len(), pages.len(), "{name}: another number of pages");
    for (golden, page) in golden.iter().zip(&pages) {
        let (expected, now) = (gray(golden), gray(page));
        assert_eq!(expected.0, now.0, "{}: another size", golden.display());
        let differ = differing(&expected, &now);
        assert!(
            differ <= MAY_DIFFER,
            "{}: {differ} of a thousand squares look otherwise; look at it with UPDATE=1",
            golden.display()
        );
    }
}

fn pictures(folder: &Path, name: &str) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = std::fs::read_dir(folder)
        .into_iter()
        .flatten()
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            let stem = path
                .file_stem()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            let ending = path.extension().is_some_and(|ending| ending == "png");
            let number = stem.rsplit_once('-').filter(|(own, _)| *own == name);
            ending && number.is_some_and(|(_, number)| number.bytes().all(|b| b.is_ascii_digit()))
        })
        .collect();
    found.sort();
    found
}

type Gray = ((usize, usize), Vec<u8>);

fn gray(path: &Path) -> Gray {
    let file = std::io::BufReader::new(std::fs::File::open(path).unwrap());
    let mut decoder = png::Decoder::new(file);
    decoder.set_transformations(png::Transformations::EXPAND | png::Transformations::STRIP_16);
    let mut reader = decoder.read_info().unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    let frame = reader.next_frame(&mut pixels).unwrap();
    let size = (frame.width as usize, frame.height as usize);
    assert_eq!(frame.color_type, png::ColorType::Rgb);
    let luma = pixels.chunks_exact(3).map(|rgb| {
        let [red, green, blue] = [0, 1, 2].map(|channel| u32::from(rgb[channel]));
        ((299 * red + 587 * green + 114 * blue) / 1000) as u8
    });
    (size, luma.collect())
}

/// How many of a thousand squares differ by more than the tolerance.
fn differing(expected: &Gray, now: &Gray) -> usize {
    let ((width, height), _) = expected;
    let (mut differ, mut all) = (0, 0);
    for top in (0..*height).step_by(SQUARE) {
        for left in (0..*width).step_by(SQUARE) {
            all += 1;
            let difference = mean(expected, left, top) - mean(now, left, top);
            differ += usize::from(difference.abs() > TOLERANCE);
        }
    }
    (differ * 1000).div_ceil(all)
}

fn mean(picture: &Gray, left: usize, top: usize) -> i32 {
    let ((width, height), pixels) = picture;
    let (right, bottom) = ((left + SQUARE).min(*width), (top + SQUARE).min(*height));
    let rows = top..bottom;
    let sum: i32 = rows
        .flat_map(|y| &pixels[y * width + left..y * width + right])
        .map(|pixel| i32::from(*pixel))
        .sum();
    sum / ((right - left) * (bottom - top)) as i32
}
