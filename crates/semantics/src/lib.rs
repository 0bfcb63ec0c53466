//! What HTTP means, whatever version carries it (RFC 9110).
//!
//! The protocol crates say where a message begins and ends; this one says what its parts mean:
//! which methods are safe, which file a path names, whether a precondition holds, which bytes a
//! range asks for, which coding a client likes best. Everything here is a plain function or a small
//! value. Each module treats what a peer sent as hostile: malformed input is ignored or refused as
//! the RFC says for that field, and never panics.
//!
//! What this crate does **not** do: no I/O, no sockets, no clock (the time comes in as a
//! parameter), no async, and nothing of a wire format beyond single field values.

#![forbid(unsafe_code)]

pub mod coding;
pub mod conditional;
pub mod date;
pub mod etag;
pub mod fields;
pub mod media_type;
pub mod method;
pub mod multipart;
pub mod negotiation;
pub mod path;
mod quality;
pub mod range;
pub mod status;

pub use fields::{FieldName, Fields};
pub use method::{Method, MethodSet};
pub use status::Status;
