//! Files: the tree they come from, the cache that keeps them, the handler that answers with them.

mod slice;
mod tree;

pub use self::slice::{DiskFile, FileSlice, FileSource};
pub use self::tree::{Node, OpenError, OpenFile, Patience, Stamp, Tree};
