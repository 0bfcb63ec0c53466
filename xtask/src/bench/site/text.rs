//! Text as web sites have it, made from a seed: the same bytes on every machine.
//!
//! It has the words, the repetition and the punctuation that make such files a quarter of their
//! size when they are compressed; nobody need be able to read it.

/// What kind of text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::bench) enum Kind {
    Html,
    Css,
    Script,
    Svg,
    Json,
    /// No text at all, as an image or a font has been compressed already.
    Opaque,
}

/// Numbers that look like chance and are the same every time (SplitMix64).
#[derive(Debug)]
pub(in crate::bench) struct Chance(u64);

impl Chance {
    /// Begins the row of numbers that belongs to `seed`.
    pub(in crate::bench) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next number.
    pub(in crate::bench) const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`.
    pub(in crate::bench) fn below(&mut self, end: usize) -> usize {
        let remainder = self.next() % end.max(1) as u64;
        usize::try_from(remainder).expect("a remainder is below its divisor, which is a usize")
    }

    /// A word, the first ones more often than the last.
    fn word(&mut self) -> &'static str {
        let bound = 1 + self.below(WORDS.len());
        WORDS[self.below(bound)]
    }

    fn words(&mut self, count: usize) -> String {
        (0..count).map(|_| self.word()).collect::<Vec<_>>().join(" ")
    }
}

/// Writes a text of exactly `len` bytes.
pub(in crate::bench) fn write(kind: Kind, len: usize, seed: u64) -> Vec<u8> {
    let mut chance = Chance::new(seed);
    if kind == Kind::Opaque {
        let blocks = (0..len.div_ceil(8)).flat_map(|_| chance.next().to_le_bytes());
        return blocks.take(len).collect();
    }
    let (begin, end) = frame(kind);
    let mut text = begin.to_owned();
    let room = len.saturating_sub(end.len());
    while text.len() < room {
        text.push_str(&piece(kind, &mut chance));
    }
    // The last piece is cut: what is measured reads bytes and not documents.
    text.truncate(room);
    text.push_str(end);
    text.truncate(len);
    text.into_bytes()
}

/// How a file of a kind begins and ends.
const fn frame(kind: Kind) -> (&'static str, &'static str) {
    match kind {
        Kind::Html => (
            "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>Birds</title>\n\
             <link rel=\"stylesheet\" href=\"/assets/theme.css\">\n<body>\n",
            "</body>\n</html>\n",
        ),
        Kind::Css => ("@charset \"utf-8\";\n", "\n"),
        Kind::Script => ("\"use strict\";\n", "\n"),
        Kind::Svg => {
            ("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 1000 1000\">\n", "</svg>\n")
        }
        Kind::Json => ("[\n", "]\n"),
        Kind::Opaque => ("", ""),
    }
}

/// A rule, a paragraph, a function, a shape, a record.
fn piece(kind: Kind, chance: &mut Chance) -> String {
    match kind {
        Kind::Html => {
            let (class, heading) = (chance.word(), chance.words(3));
            let (first, name) = (chance.words(24), chance.word());
            let second = chance.words(18);
            format!(
                "<section class=\"{class}\">\n  <h2>{heading}</h2>\n  <p>{first} \
                 <a href=\"/{name}/\">{name}</a> {second}.</p>\n</section>\n"
            )
        }
        Kind::Css => {
            let (block, part) = (chance.word(), chance.word());
            let (margin, padding) = (chance.below(64), chance.below(32));
            let color = chance.below(0x0100_0000);
            format!(
                ".{block} .{part} {{\n  display: flex;\n  margin: 0 {margin}px;\n  padding: \
                 {padding}px;\n  color: #{color:06x};\n}}\n"
            )
        }
        Kind::Script => {
            let (name, other, property) = (chance.word(), chance.word(), chance.word());
            let number = chance.below(1000);
            format!(
                "function {name}{number}({other}) {{\n  const {property} = {other}.{property} ?? \
                 {number};\n  if (!{property}) return null;\n  return \
                 document.querySelector(\".{name}\").append({property});\n}}\n"
            )
        }
        Kind::Svg => {
            let mut point = || format!("{} {}", chance.below(1000), chance.below(1000));
            let points = [point(), point(), point(), point()];
            let color = chance.below(0x1000);
            format!("<path fill=\"#{color:03x}\" d=\"M{}Z\"/>\n", points.join("L"))
        }
        Kind::Json => {
            let (name, kind, number) = (chance.word(), chance.word(), chance.next());
            let text = chance.words(6);
            format!(
                "  {{\"id\": {number}, \"name\": \"{name}\", \"kind\": \"{kind}\", \"note\": \
                 \"{text}\"}},\n"
            )
        }
        Kind::Opaque => String::new(),
    }
}

/// Words of a page about birds by the water.
const WORDS: &[&str] = &[
    "the", "and", "of", "water", "bird", "in", "bill", "with", "shore", "it", "for", "long",
    "wader", "page", "list", "item", "text", "small", "head", "title", "white", "black", "wing",
    "nest", "egg", "salt", "marsh", "feed", "main", "side", "image", "button", "link", "curve",
    "sweep", "mud", "prawn", "worm", "flock", "colony", "spring", "winter", "summer", "pale",
    "leg", "blue", "grey", "island", "river", "mouth", "tide", "lagoon", "coast", "grass", "pair",
    "clutch", "chick", "adult", "voice", "call", "alarm", "display", "dance", "flight", "glide",
    "northern", "southern", "europe", "africa", "asia", "delta", "estuary", "reserve", "watch",
    "count", "record", "season", "moult", "plumage", "breast", "crown", "nape", "mantle", "scrape",
    "shell", "sand", "shallow", "swim", "upend", "plunge", "sift", "probe", "scythe", "gather",
    "roost", "dusk", "dawn", "light", "shadow", "horizon", "footer", "header", "column", "gallery",
];

#[cfg(test)]
mod tests {
    use super::*;

    const KINDS: [Kind; 6] =
        [Kind::Html, Kind::Css, Kind::Script, Kind::Svg, Kind::Json, Kind::Opaque];

    #[test]
    fn a_text_has_the_length_that_was_asked_for_and_depends_on_its_seed_alone() {
        for kind in KINDS {
            for len in [0, 1, 100, 3_000, 50_001] {
                let text = write(kind, len, 7);
                assert_eq!(text.len(), len, "{kind:?}");
                assert_eq!(text, write(kind, len, 7), "{kind:?}");
            }
            assert_ne!(write(kind, 3_000, 7), write(kind, 3_000, 8), "{kind:?}");
        }
    }

    #[test]
    fn the_bytes_are_the_same_on_every_machine() {
        assert_eq!(Chance::new(0).next(), 0xe220_a839_7b1d_cdaf);
        assert!(write(Kind::Css, 100, 1).starts_with(b"@charset \"utf-8\";\n."));
    }
}
