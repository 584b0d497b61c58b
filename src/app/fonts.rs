//! The fonts of a running Handoff: those in the binary, and those that the
//! settings name. `formats` opens no file, so they are opened here.

use crate::domain::channel::Channel;
use crate::formats::pdf::Fonts;
use crate::formats::words::words;
use anyhow::Context;
use std::path::{Path, PathBuf};

/// Those in the binary first, then each named file, and the files of each named
/// folder in the order of their names.
pub fn load(named: &[PathBuf]) -> anyhow::Result<Fonts> {
    let mut fonts = Fonts::embedded();
    for path in named {
        let files = match path.is_dir() {
            true => font_files(path)?,
            false => vec![path.clone()],
        };
        for file in files {
            let bytes = std::fs::read(&file);
            let bytes = bytes.with_context(|| format!("fonts: reading {}", file.display()))?;
            let added = fonts.and(bytes);
            fonts = added.with_context(|| format!("fonts: {} is no font", file.display()))?;
        }
    }
    Ok(fonts)
}

/// Whether every reader of a channel can be printed for: labels of a language
/// without a font would be a page of code points.
pub fn cover(fonts: &Fonts, channel: &Channel) -> Result<(), String> {
    for language in channel.languages() {
        let words = words(language);
        let titles = channel.packet.sections.iter();
        let said: String = titles
            .map(|s| words.section(*s, channel.packet.kind))
            .collect();
        if fonts.covers(&said).is_err() {
            return Err(format!(
                "a recipient reads `{}`, and no font has its letters: name one in the setting `fonts`, such as NotoSansCJK-Regular.ttc",
                language.tag()
            ));
        }
    }
    Ok(())
}

fn font_files(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let listed = std::fs::read_dir(folder)
        .with_context(|| format!("fonts: reading the folder {}", folder.display()))?;
    let mut files = Vec::new();
    for entry in listed {
        let path = entry?.path();
        let ending = path.extension().unwrap_or_default().to_ascii_lowercase();
        if ["ttf", "otf", "ttc"].iter().any(|font| ending == *font) {
            files.push(path);
        }
    }
    anyhow::ensure!(
        !files.is_empty(),
        "fonts: {} holds no .ttf, .otf or .ttc file",
        folder.display()
    );
    files.sort();
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::load;

    #[test]
    fn a_folder_without_fonts_and_a_file_that_is_none_are_named() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().to_path_buf();
        let said = |named: &std::path::PathBuf| match load(std::slice::from_ref(named)) {
            Ok(_) => panic!("these are no fonts"),
            Err(error) => format!("{error:#}"),
        };
        assert!(said(&path).contains("holds no .ttf"));
        let file = path.join("odd.ttf");
        std::fs::write(&file, [0; 64]).expect("a file");
        assert!(said(&file).contains("odd.ttf is no font"));
        assert!(said(&path).contains("odd.ttf is no font"));
    }
}
