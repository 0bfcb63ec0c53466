//! Files: the tree they come from, the cache that keeps them, the handler that answers with them.
//!
//! ```text
//!   request ──► handler ──► cache ──────► answer     found within the last second
//!                  │          ▲
//!                  └─► search ┴─► load ──► tree      on the loop if in memory, else on the pool
//! ```
//!
//! A directory without an index page has a `listing`, if it is told to.
//!
//! A [`Tree`] is a [`Disk`] or a [`Memory`]; all above it is the same code for both. Nothing here
//! knows connections or sockets: large files go into answers as [`FileSlice`]s, and how those are
//! sent is the transport's.

mod answer;
mod boundary;
mod cache;
mod disk;
mod escape;
mod handler;
mod listing;
mod load;
mod memory;
mod representation;
mod search;
mod slice;
mod target;
mod tree;
mod variants;

pub use self::disk::{Disk, DiskError};
pub use self::handler::Files;
pub use self::memory::Memory;
pub use self::slice::{DiskFile, FileSlice, FileSource};
pub use self::tree::{Entries, Entry, EntryKind, Node, OpenError, OpenFile, Patience, Stamp, Tree};
