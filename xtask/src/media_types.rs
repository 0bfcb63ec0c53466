//! `cargo xtask media-types DB`: writes the table of media types of the crate `semantics` from a
//! `db.json` of mime-db.
//!
//! The table is committed and rewritten by hand when mime-db moves: `npm pack mime-db`, unpack, and
//! name its `db.json`; the version is read from the `package.json` beside it.
//!
//! Which type an extension gets when several claim it: one that is standard rather than of a vendor
//! or experimental; then one registered with IANA rather than known to Apache or nginx alone; then
//! one that says what it shows (video, audio, font) rather than `application` or `text`; then the
//! shorter name. [`EXPECTED`] overrules. `ts` is left to MPEG transport streams: no browser runs
//! TypeScript, and served sites with `.ts` files are mostly HLS.
//!
//! Which content is worth compressing mime-db says of most types; of the others it is what is text
//! by its name. `application/octet-stream` is left out although mime-db has it in: that type says
//! that nothing is known, and what has it is mostly archives.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use serde_json::Value;

/// Where the table goes, from the root of the workspace.
const TABLE_PATH: &str = "crates/semantics/src/media_type/table.rs";

/// Registered types that mime-db has under an older name or from its own authors alone: RFC 9639
/// and RFC 9512. What is said of them: extension, name, whether content of it is compressible.
const EXPECTED: [(&str, &str, bool); 3] = [
    ("flac", "audio/flac", false),
    ("yaml", "application/yaml", true),
    ("yml", "application/yaml", true),
];

/// Rewrites the table from the `db.json` that the only argument names.
///
/// # Errors
///
/// A sentence that names the file and what is wrong with it, or the usage.
pub(crate) fn run(args: impl IntoIterator<Item = String>) -> Result<(), String> {
    let args: Vec<String> = args.into_iter().collect();
    let [db] = args.as_slice() else {
        return Err("usage: cargo xtask media-types PATH/TO/mime-db/db.json".to_owned());
    };
    let db = Path::new(db);
    let package = read_json(&db.with_file_name("package.json"))?;
    let version = package["version"].as_str().ok_or("package.json has no version")?;
    let types = read_json(db)?;
    let types = types.as_object().ok_or("db.json is no object")?;
    let mut choices = BTreeMap::new();
    for (name, entry) in types {
        choose(&mut choices, name, entry);
    }
    choices.extend(EXPECTED.map(|(extension, name, is_compressible)| {
        (extension, Candidate { name, rank: Rank::MAX, is_compressible })
    }));
    fs::write(TABLE_PATH, render(version, &choices))
        .map_err(|error| format!("cannot write {TABLE_PATH}: {error}"))
}

fn read_json(path: &Path) -> Result<Value, String> {
    let text =
        fs::read(path).map_err(|error| format!("cannot read {}: {error}", path.display()))?;
    serde_json::from_slice(&text)
        .map_err(|error| format!("cannot parse {}: {error}", path.display()))
}

type Choices<'a> = BTreeMap<&'a str, Candidate<'a>>;

/// A type that claims an extension.
struct Candidate<'a> {
    name: &'a str,
    rank: Rank,
    is_compressible: bool,
}

/// Lets each extension of a type have it, unless a better one came before.
fn choose<'a>(choices: &mut Choices<'a>, name: &'a str, entry: &'a Value) {
    let Some(rank) = Rank::new(name, entry["source"].as_str()) else { return };
    let is_compressible = is_compressible(name, entry["compressible"].as_bool());
    let extensions = entry["extensions"].as_array().into_iter().flatten();
    for extension in extensions.filter_map(Value::as_str) {
        let is_better = choices.get(extension).is_none_or(|other| rank > other.rank);
        if is_better {
            choices.insert(extension, Candidate { name, rank, is_compressible });
        }
    }
}

/// Tells whether content of a type usually gets much smaller when it is compressed, by what is
/// stated of it.
fn is_compressible(name: &str, stated: Option<bool>) -> bool {
    let is_text = name.starts_with("text/") || name.ends_with("+xml") || name.ends_with("+json");
    name != "application/octet-stream" && stated.unwrap_or(is_text)
}

/// How good a claim is: standard or not, source, kind, and shortness, compared in this order.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Rank(u8, u8, u8, usize);

impl Rank {
    const MAX: Self = Self(u8::MAX, u8::MAX, u8::MAX, usize::MAX);

    /// Ranks a type; `None` if only the authors of mime-db vouch for it.
    fn new(name: &str, source: Option<&str>) -> Option<Self> {
        let (kind, subtype) = name.split_once('/')?;
        let standard = match subtype {
            _ if subtype.starts_with("x-") || subtype.starts_with("x.") => 0,
            _ if subtype.starts_with("prs.") => 1,
            _ if subtype.starts_with("vnd.") => 2,
            _ => 3,
        };
        let source = match source? {
            "iana" => 2,
            "apache" => 1,
            "nginx" => 0,
            _ => return None,
        };
        let kind = match kind {
            "video" => 3,
            "audio" | "font" => 2,
            "application" => 1,
            _ => 0,
        };
        Some(Self(standard, source, kind, usize::MAX - name.len()))
    }
}

/// Writes the table as rustfmt would, sorted by extension.
fn render(version: &str, choices: &Choices<'_>) -> String {
    let mut text = format!(
        "//! The table of extensions and media types, sorted by extension.\n\
         //!\n\
         //! @generated by `cargo xtask media-types` from mime-db {version}; not to be edited.\n\n\
         /// Extension in lower case, media type as it is sent, whether it is worth compressing.\n\
         pub(super) const TABLE: &[(&str, &str, bool)] = &[\n"
    );
    for (extension, Candidate { name, is_compressible, .. }) in choices {
        let charset = if name.starts_with("text/") { "; charset=utf-8" } else { "" };
        writeln!(text, "    (\"{extension}\", \"{name}{charset}\", {is_compressible}),")
            .expect("writing to a string does not fail");
    }
    text.push_str("];\n");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conflicts_are_settled_by_rank() {
        let db = serde_json::json!({
            "application/xml": { "source": "iana", "extensions": ["xml"] },
            "text/xml": { "source": "iana", "extensions": ["xml"] },
            "application/javascript": { "source": "apache", "extensions": ["js"] },
            "text/javascript": { "source": "iana", "extensions": ["js", "mjs"] },
            "application/mp4": { "source": "iana", "extensions": ["mp4"] },
            "video/mp4": { "source": "iana", "extensions": ["mp4"] },
            "image/x-icon": { "source": "apache", "extensions": ["ico"] },
            "image/vnd.microsoft.icon": { "source": "iana", "extensions": ["ico"] },
            "text/jsx": { "compressible": true, "extensions": ["jsx"] },
            "application/nothing": { "source": "iana" },
        });
        let mut choices = BTreeMap::new();
        for (name, entry) in db.as_object().expect("written as an object above") {
            choose(&mut choices, name, entry);
        }
        let chosen: Vec<_> =
            choices.iter().map(|(extension, choice)| (*extension, choice.name)).collect();
        let expected = [
            ("ico", "image/vnd.microsoft.icon"),
            ("js", "text/javascript"),
            ("mjs", "text/javascript"),
            ("mp4", "video/mp4"),
            ("xml", "application/xml"),
        ];
        assert_eq!(chosen, expected);
    }

    #[test]
    fn the_table_is_written_sorted_and_with_charset() {
        let mut choices = Choices::new();
        for (extension, name, is_compressible) in
            [("txt", "text/plain", true), ("png", "image/png", false)]
        {
            choices.insert(extension, Candidate { name, rank: Rank::MAX, is_compressible });
        }
        let text = render("1.2.3", &choices);
        assert!(text.contains("from mime-db 1.2.3;"));
        let rows = "[\n    (\"png\", \"image/png\", false),\n    \
                    (\"txt\", \"text/plain; charset=utf-8\", true),\n];\n";
        assert!(text.ends_with(rows), "{text}");
    }
    #[test]
    fn what_is_worth_compressing() {
        for (name, stated, expected) in [
            ("application/wasm", Some(true), true),
            ("text/x-c", None, true),
            ("text/odd", Some(false), false),
            ("application/geo+json", None, true),
            ("image/svg+xml", None, true),
            ("image/png", Some(false), false),
            ("video/mp4", None, false),
            ("application/octet-stream", Some(true), false),
        ] {
            assert_eq!(is_compressible(name, stated), expected, "{name}");
        }
    }
}
