//! Files: the tree they come from, the store that keeps them, the handler that answers with them.
//!
//! ```text
//!   request ──► handler ──► map ───────────► answer   the worker has it, found within a second
//!                  ├──────► store ────────► answer   another worker has it, or it is seldom used
//!                  │          ▲
//!                  └─► search ┴─► load ──► tree      on the loop if in memory, else on the pool
//! ```
//!
//! A directory without an index page has a `listing`, if it is told to.
//!
//! A [`Tree`] is a [`Disk`] or a [`Memory`]; all above it is the same code for both. Nothing here
//! knows connections or sockets: large files go into answers as [`FileSlice`]s, and how those are
//! sent is the transport's. Whether the disk must be waited for first is known here (`chunk`, by
//! the record in `recency`).

mod absence;
mod answer;
mod boundary;
mod chunk;
mod coder;
mod compress;
mod content;
mod description;
mod disk;
mod entry;
mod escape;
mod finder;
mod flight;
mod handler;
mod listing;
mod load;
mod making;
mod map;
mod memory;
mod nowhere;
mod open;
mod recency;
mod representation;
mod search;
mod shelf;
mod simulated;
mod slice;
mod stand_in;
mod store;
mod target;
mod tree;
mod variants;

pub(crate) use self::chunk::{ColdChunk, Front, Unreadable};
pub use self::disk::{Disk, DiskError};
pub use self::handler::Files;
pub use self::memory::Memory;
pub use self::simulated::SimulatedFile;
pub use self::slice::{DiskFile, FileSlice, FileSource};
pub use self::tree::{Entries, Entry, EntryKind, Node, OpenError, OpenFile, Patience, Stamp, Tree};
