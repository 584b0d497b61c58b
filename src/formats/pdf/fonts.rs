//! The faces a page may use: opened once, shared by every thread. Looks at no
//! folder of the system, so the same packet looks the same everywhere.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use parley::FontContext;
use parley::fontique::{
    Blob, CharmapIndex, Collection, CollectionOptions, SourceCache, SourceCacheOptions,
};

use super::PdfError;
use super::compositor::Compositor;
use super::plain::Plain;

/// Noto, under the SIL Open Font License (`fonts/OFL.txt`): Latin, Greek and
/// Cyrillic first, because a family that comes earlier wins. The mathematical
/// one has `≤` and `≥`, the two of symbols arrows and check marks.
const EMBEDDED: [&[u8]; 11] = [
    include_bytes!("fonts/NotoSans-Regular.ttf"),
    include_bytes!("fonts/NotoSans-Bold.ttf"),
    include_bytes!("fonts/NotoSansArabic-Regular.ttf"),
    include_bytes!("fonts/NotoSansArabic-Bold.ttf"),
    include_bytes!("fonts/NotoSansHebrew-Regular.ttf"),
    include_bytes!("fonts/NotoSansHebrew-Bold.ttf"),
    include_bytes!("fonts/NotoSansDevanagari-Regular.ttf"),
    include_bytes!("fonts/NotoSansDevanagari-Bold.ttf"),
    include_bytes!("fonts/NotoSansMath-Regular.ttf"),
    include_bytes!("fonts/NotoSansSymbols-Regular.ttf"),
    include_bytes!("fonts/NotoSansSymbols2-Regular.ttf"),
];

/// Regular and bold of the family that sets plain letters, among `EMBEDDED`.
const PLAIN: [usize; 2] = [0, 1];

/// Zero width space. The joiners would not do: Noto draws them as signs.
const BLANK: char = '\u{200B}';

/// Every face, opened for measuring and for drawing.
pub struct Fonts {
    faces: Vec<Face>,
    families: Vec<String>,
    collection: FontContext,
    /// By weight; opened when a text first needs it.
    plain: [OnceLock<Option<Plain>>; 2],
    /// Compositors at rest. They keep their scratch memory and shaping caches.
    idle: Mutex<Vec<Compositor>>,
}

struct Face {
    /// Identity of the bytes and the index inside a collection file.
    id: (u64, u32),
    bytes: Blob<u8>,
    characters: CharmapIndex,
    /// A glyph without ink or width.
    blank: Option<u32>,
}

impl Fonts {
    /// The faces compiled into the binary.
    pub fn embedded() -> Self {
        let collection = FontContext {
            collection: Collection::new(CollectionOptions {
                shared: false,
                system_fonts: false,
            }),
            source_cache: SourceCache::new(SourceCacheOptions::default()),
        };
        let none = Self {
            faces: Vec::new(),
            families: Vec::new(),
            collection,
            plain: Default::default(),
            idle: Mutex::new(Vec::new()),
        };
        EMBEDDED.iter().fold(none, |mut fonts, &bytes| {
            fonts
                .add(Blob::new(Arc::new(bytes)))
                .expect("a test opens every embedded font");
            fonts
        })
    }

    /// Adds the faces of one more font file, asked after those already there.
    pub fn and(mut self, file: Vec<u8>) -> Result<Self, PdfError> {
        self.add(Blob::new(Arc::new(file)))?;
        Ok(self)
    }

    fn add(&mut self, bytes: Blob<u8>) -> Result<(), PdfError> {
        let added = self
            .collection
            .collection
            .register_fonts(bytes.clone(), None);
        if added.is_empty() {
            return Err(PdfError::Font);
        }
        for (family, faces) in added {
            let name = self
                .collection
                .collection
                .family_name(family)
                .ok_or(PdfError::Font)?;
            if !self.families.iter().any(|known| known == name) {
                self.families.push(name.to_owned());
            }
            for face in faces {
                let characters = face.charmap_index();
                let blank = characters
                    .charmap(bytes.as_ref())
                    .and_then(|map| map.map(BLANK));
                self.faces.push(Face {
                    id: (bytes.id(), face.index()),
                    bytes: bytes.clone(),
                    characters,
                    blank: blank.filter(|&glyph| glyph != 0),
                });
            }
        }
        self.idle = Mutex::default();
        Ok(())
    }

    /// Does any face have a glyph for this character?
    pub(super) fn has(&self, character: char) -> bool {
        let plain = self.plain(false).map(|(_, plain)| plain);
        plain.is_some_and(|plain| plain.has(character)) || self.has_in_some_face(character)
    }

    fn has_in_some_face(&self, character: char) -> bool {
        self.faces.iter().any(|face| {
            let map = face.characters.charmap(face.bytes.as_ref());
            map.and_then(|map| map.map(character))
                .is_some_and(|glyph| glyph != 0)
        })
    }

    /// The characters of `text` that no face has, for whoever checks settings.
    pub fn covers(&self, text: &str) -> Result<(), Vec<char>> {
        let mut missing: Vec<char> = text.chars().filter(|c| !c.is_control()).collect();
        missing.retain(|character| !self.has(*character));
        missing.sort_unstable();
        missing.dedup();
        if missing.is_empty() {
            Ok(())
        } else {
            Err(missing)
        }
    }

    /// In the order in which they are asked for a character: as added, but of the
    /// faces that draw one Chinese character in five ways, the language's own first.
    pub(super) fn families(&self, language: &str) -> Vec<&str> {
        let own = own_ideographs(language);
        let mut families: Vec<&str> = self.families.iter().map(String::as_str).collect();
        families.sort_by_key(|family| match family.rsplit_once(' ') {
            Some((_, region)) if region == own => family.contains("Mono").into(),
            Some((_, "SC" | "TC" | "HK" | "JP" | "KR")) => 2_u8,
            _ => 0,
        });
        families
    }

    pub(super) fn collection(&self) -> FontContext {
        self.collection.clone()
    }

    /// The number of the face that was used for measuring.
    pub(super) fn face(&self, bytes: u64, index: u32) -> Option<usize> {
        self.faces.iter().position(|face| face.id == (bytes, index))
    }

    /// Opens a face for drawing. Each compositor has its own: documents count
    /// their uses of it, and two threads must not count in one place.
    pub(super) fn open(&self, face: usize) -> Option<krilla::text::Font> {
        let Face { bytes, id, .. } = &self.faces[face];
        krilla::text::Font::new(bytes.clone().into_raw_parts().0.into(), id.1)
    }

    /// The face for plain letters, and its number.
    pub(super) fn plain(&self, bold: bool) -> Option<(usize, &Plain)> {
        let face = PLAIN[usize::from(bold)];
        let open = || Plain::open(self.faces[face].bytes.clone());
        let plain = self.plain[usize::from(bold)].get_or_init(open);
        plain.as_ref().map(|plain| (face, plain))
    }

    /// A glyph of the face that draws nothing.
    pub(super) fn blank(&self, face: usize) -> Option<u32> {
        self.faces[face].blank
    }

    /// Takes a compositor at rest, or trains a new one.
    pub(super) fn borrow_compositor(&self, language: &str) -> Compositor {
        let idle = self
            .idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop();
        let mut compositor = idle.unwrap_or_else(|| Compositor::new(self));
        compositor.speak(language, self);
        compositor
    }

    pub(super) fn give_back(&self, mut compositor: Compositor) {
        if compositor.forget() {
            let idle = self.idle.lock();
            let mut idle = idle.unwrap_or_else(PoisonError::into_inner);
            idle.push(compositor);
        }
    }
}

/// The last word of the family in Noto's (and Source Han's) Chinese, Japanese and
/// Korean collections. Text of another language names its people in simplified
/// characters more often than not.
fn own_ideographs(language: &str) -> &'static str {
    let language = language.to_ascii_lowercase().replace('_', "-");
    let is = |tags: &[&str]| tags.iter().any(|tag| language.starts_with(tag));
    if is(&["zh-hk", "zh-mo", "zh-hant-hk", "yue"]) {
        "HK"
    } else if is(&["zh-tw", "zh-hant"]) {
        "TC"
    } else if is(&["ja"]) {
        "JP"
    } else if is(&["ko"]) {
        "KR"
    } else {
        "SC"
    }
}

#[cfg(test)]
mod tests {
    use super::{EMBEDDED, Fonts};

    #[test]
    fn every_embedded_font_opens_and_threads_may_share_them() {
        fn shareable<T: Send + Sync>(_: &T) {}
        let fonts = Fonts::embedded();
        shareable(&fonts);
        assert_eq!(fonts.faces.len(), EMBEDDED.len());
        assert_eq!(fonts.families.len(), 7);
    }

    #[test]
    fn the_scripts_we_promise_are_covered_and_others_are_not() {
        let fonts = Fonts::embedded();
        for promised in "AéΩЖשעह≤≥≠≈±−×µ°‰–…•→↑↓♀♂✓☐☑■½²".chars()
        {
            assert!(fonts.has(promised), "{promised}");
        }
        assert!(!fonts.has('中') && !fonts.has('🙂') && !fonts.has('\u{FFFE}'));
    }

    /// Two files as a collection (OpenType, "Font Collections"): the tables' places
    /// are counted from the start of the whole.
    fn collected(files: [&[u8]; 2]) -> Vec<u8> {
        let number = |bytes: &[u8]| u32::from_be_bytes(bytes.try_into().unwrap());
        let mut whole = b"ttcf\0\x01\0\0\0\0\0\x02".to_vec();
        let mut start = 20;
        for file in files {
            whole.extend((start as u32).to_be_bytes());
            start += file.len();
        }
        for file in files {
            let (start, mut file) = (whole.len() as u32, file.to_vec());
            for table in 0..usize::from(file[5]) {
                let at = 12 + 16 * table + 8;
                let place = number(&file[at..at + 4]) + start;
                file[at..at + 4].copy_from_slice(&place.to_be_bytes());
            }
            whole.extend(file);
        }
        whole
    }

    #[test]
    fn every_face_of_a_collection_is_there_and_can_be_drawn() {
        let fonts = Fonts::embedded();
        let file = collected([EMBEDDED[4], EMBEDDED[6]]);
        let fonts = fonts.and(file).unwrap();
        assert_eq!(fonts.faces.len(), EMBEDDED.len() + 2);
        for face in EMBEDDED.len()..fonts.faces.len() {
            assert!(fonts.open(face).is_some());
        }
    }

    #[test]
    fn a_language_asks_its_own_ideographs_first() {
        let mut fonts = Fonts::embedded();
        let cjk = ["JP", "KR", "SC", "TC"].map(|region| format!("Noto Sans CJK {region}"));
        fonts.families.extend(cjk);
        let first = |language| fonts.families(language)[7].to_owned();
        assert_eq!(fonts.families("zh")[0], "Noto Sans");
        assert_eq!(first("zh"), "Noto Sans CJK SC");
        assert_eq!(first("zh-Hant-TW"), "Noto Sans CJK TC");
        assert_eq!(first("ja"), "Noto Sans CJK JP");
        assert_eq!(first("en"), "Noto Sans CJK SC");
    }

    #[test]
    fn bytes_that_are_no_font_are_refused() {
        assert!(Fonts::embedded().and(vec![0; 64]).is_err());
    }
}
