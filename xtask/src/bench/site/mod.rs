//! The site that is asked for: a folder of files, made from nothing and removed at the end.
//!
//! Its parts are made when a load first needs them, because a look at one load should not wait for
//! a hundred thousand files. All of it comes from seeds, so that every machine has the same bytes.

mod sibling;
pub(super) mod text;

use std::collections::BTreeSet;
use std::fs::{self, File, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

use rustix::fs::Advice;

use self::text::Kind;

/// A part of the site.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Area {
    /// One file of so many bytes.
    File(FileSize),
    /// The assets of a site, the texts among them with siblings.
    Assets,
    /// Texts without siblings.
    Texts,
    /// Ten files in a folder of their own.
    Ten,
    /// [`MANY`] files, a thousand to a folder.
    Many,
    /// Sixteen large files, to be read from the disk.
    Downloads,
}

/// The sizes of single files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum FileSize {
    /// nginx's own welcome page.
    B612,
    KiB4,
    KiB100,
    MiB1,
    MiB200,
}

/// An asset: its name, its kind, its length.
type Asset = (&'static str, Kind, usize);

/// Files in [`Area::Many`].
pub(super) const MANY: usize = 100_000;

/// Files in [`Area::Ten`], and the same number of those in [`Area::Many`].
pub(super) const FEW: usize = 10;

/// When all files were changed last: in November 2023.
const CHANGED: Duration = Duration::from_secs(1_700_000_000);

const PER_FOLDER: usize = 1_000;
const SMALL_LEN: usize = 612;
const DOWNLOAD_LEN: usize = 16 * MIB;
const DOWNLOADS: usize = 16;
const KIB: usize = 1024;
const MIB: usize = 1024 * KIB;

/// Twenty assets of 3 to 300 KiB.
const ASSETS: [Asset; 20] = [
    ("index.html", Kind::Html, 24 * KIB),
    ("about.html", Kind::Html, 12 * KIB),
    ("guide.html", Kind::Html, 58 * KIB),
    ("theme.css", Kind::Css, 38 * KIB),
    ("print.css", Kind::Css, 3 * KIB),
    ("icons.css", Kind::Css, 9 * KIB),
    ("vendor.js", Kind::Script, 300 * KIB),
    ("app.js", Kind::Script, 180 * KIB),
    ("chart.js", Kind::Script, 96 * KIB),
    ("router.js", Kind::Script, 21 * KIB),
    ("search.js", Kind::Script, 14 * KIB),
    ("map.svg", Kind::Svg, 72 * KIB),
    ("sprite.svg", Kind::Svg, 18 * KIB),
    ("logo.svg", Kind::Svg, 4 * KIB),
    ("birds.json", Kind::Json, 130 * KIB),
    ("menu.json", Kind::Json, 6 * KIB),
    ("shore.jpg", Kind::Opaque, 240 * KIB),
    ("flock.jpg", Kind::Opaque, 85 * KIB),
    ("nest.png", Kind::Opaque, 44 * KIB),
    ("text.woff2", Kind::Opaque, 32 * KIB),
];

/// The folder, and which parts of it are there.
#[derive(Debug)]
pub(super) struct Site {
    root: PathBuf,
    made: BTreeSet<Area>,
}

impl FileSize {
    pub(super) const fn bytes(self) -> usize {
        match self {
            Self::B612 => SMALL_LEN,
            Self::KiB4 => 4 * KIB,
            Self::KiB100 => 100 * KIB,
            Self::MiB1 => MIB,
            Self::MiB200 => 200 * MIB,
        }
    }

    /// The two small ones are pages, the others what nobody would compress.
    const fn name(self) -> &'static str {
        match self {
            Self::B612 => "welcome.html",
            Self::KiB4 => "article.html",
            Self::KiB100 => "photo.jpg",
            Self::MiB1 => "clip.mp4",
            Self::MiB200 => "film.mp4",
        }
    }

    const fn kind(self) -> Kind {
        match self {
            Self::B612 | Self::KiB4 => Kind::Html,
            Self::KiB100 | Self::MiB1 | Self::MiB200 => Kind::Opaque,
        }
    }
}

impl Area {
    /// The paths of its files, in the order in which they are asked for.
    pub(super) fn paths(self) -> Vec<String> {
        match self {
            Self::File(size) => vec![format!("/{}", size.name())],
            Self::Assets => ASSETS.iter().map(|(name, ..)| format!("/assets/{name}")).collect(),
            Self::Texts => texts().map(|(name, ..)| format!("/texts/{name}")).collect(),
            Self::Ten => (0..FEW).map(|number| format!("/ten/{number:03}.html")).collect(),
            Self::Many => (0..MANY).map(many_path).collect(),
            Self::Downloads => (0..DOWNLOADS).map(|n| format!("/downloads/{n:02}.bin")).collect(),
        }
    }

    /// What is in the file of a path; empty for a path that is none of its own.
    pub(super) fn content(self, path: &str) -> Vec<u8> {
        let asset = |name: &str| {
            let at = ASSETS.iter().position(|(known, ..)| *known == name);
            at.map_or_else(Vec::new, |at| text::write(ASSETS[at].1, ASSETS[at].2, at as u64))
        };
        match self {
            Self::File(size) => text::write(size.kind(), size.bytes(), 612),
            Self::Assets => asset(path.trim_start_matches("/assets/")),
            Self::Texts => asset(path.trim_start_matches("/texts/")),
            Self::Ten | Self::Many => text::write(Kind::Html, SMALL_LEN, 612),
            Self::Downloads => text::write(Kind::Opaque, DOWNLOAD_LEN, 16),
        }
    }
}

/// The assets that are texts: all but the images and the font.
fn texts() -> impl Iterator<Item = &'static Asset> {
    ASSETS.iter().filter(|(_, kind, _)| *kind != Kind::Opaque)
}

fn many_path(number: usize) -> String {
    format!("/many/{:02}/{:03}.html", number / PER_FOLDER, number % PER_FOLDER)
}

impl Site {
    /// Makes an empty site.
    ///
    /// # Errors
    ///
    /// When the folder cannot be made.
    pub(super) fn new(root: PathBuf) -> io::Result<Self> {
        fs::create_dir_all(&root)?;
        readable(&root)?;
        Ok(Self { root, made: BTreeSet::new() })
    }

    /// Makes a part, if it is not there.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    pub(super) fn provide(&mut self, area: Area) -> io::Result<()> {
        if !self.made.insert(area) {
            return Ok(());
        }
        let same = matches!(area, Area::Ten | Area::Many | Area::Downloads);
        let mut content = None;
        for path in area.paths() {
            let content = match &mut content {
                Some(content) if same => content,
                content => content.insert(area.content(&path)),
            };
            self.write(&path, content, area)?;
        }
        // What has been written goes to the disk now and not while something is measured.
        rustix::fs::sync();
        Ok(())
    }

    fn write(&self, path: &str, content: &[u8], area: Area) -> io::Result<()> {
        let file = self.file(path);
        let folder = file.parent().expect("a file of the site lies in its root or deeper");
        if !folder.is_dir() {
            fs::create_dir_all(folder)?;
            // Both levels that there can be, when they are new.
            folder.ancestors().take_while(|above| *above != self.root).try_for_each(readable)?;
        }
        fs::write(&file, content)?;
        finish(&file)?;
        let is_text = texts().any(|(name, ..)| path.ends_with(name));
        if area == Area::Assets && is_text {
            sibling::write(&file, content)?.iter().try_for_each(|sibling| finish(sibling))?;
        }
        Ok(())
    }

    /// Has the kernel forget what it holds of a file, so that the disk is asked again.
    ///
    /// # Errors
    ///
    /// When the file is not there.
    pub(super) fn chill(&self, path: &str) -> io::Result<()> {
        let file = File::open(self.file(path))?;
        // A page that is not on the disk yet would stay.
        file.sync_all()?;
        Ok(rustix::fs::fadvise(&file, 0, None, Advice::DontNeed)?)
    }

    /// Where the file of a path lies.
    pub(super) fn file(&self, path: &str) -> PathBuf {
        self.root.join(path.trim_start_matches('/'))
    }
}

/// Gives a file its date, which is not that of today: servers are careful with files that were just
/// changed, and those of a site were not.
fn finish(path: &Path) -> io::Result<()> {
    File::options().write(true).open(path)?.set_modified(UNIX_EPOCH + CHANGED)?;
    readable(path)
}

/// Lets everybody read it: a server that was started by root works as another user.
fn readable(path: &Path) -> io::Result<()> {
    let mode = if path.is_dir() { 0o755 } else { 0o644 };
    fs::set_permissions(path, Permissions::from_mode(mode))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn assets_are_twenty_of_3_to_300_kib() {
        let sizes: Vec<usize> = ASSETS.iter().map(|&(.., len)| len).collect();
        assert_eq!(sizes.iter().min(), Some(&(3 * KIB)));
        assert_eq!(sizes.iter().max(), Some(&(300 * KIB)));
        assert_eq!(Area::Assets.paths().len(), 20);
        for path in Area::Assets.paths() {
            assert!(sizes.contains(&Area::Assets.content(&path).len()), "{path}");
        }
    }

    #[test]
    fn a_walk_has_as_many_paths_as_files() {
        let paths: BTreeSet<String> = Area::Many.paths().into_iter().collect();
        assert_eq!(paths.len(), MANY);
        assert!(paths.contains("/many/00/000.html") && paths.contains("/many/99/999.html"));
    }

    #[test]
    fn a_part_is_made_once_with_siblings_for_texts_alone() {
        let root = std::env::temp_dir().join(format!("avocet-bench-site-{}", std::process::id()));
        let mut site = Site::new(root.clone()).unwrap();
        site.provide(Area::File(FileSize::B612)).unwrap();
        site.provide(Area::Assets).unwrap();
        site.provide(Area::Assets).unwrap();
        let is_there = |name: &str| root.join(name).is_file();
        assert_eq!(fs::read(root.join("welcome.html")).unwrap().len(), 612);
        assert!(is_there("assets/app.js.br") && is_there("assets/app.js.gz"));
        assert!(!is_there("assets/shore.jpg.gz") && !is_there("film.mp4"));
        site.chill("/welcome.html").unwrap();
        fs::remove_dir_all(root).unwrap();
    }
}
