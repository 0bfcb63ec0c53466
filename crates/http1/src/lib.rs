//! HTTP/1.1 for a server, as pure machines (RFC 9112).
//!
//! Bytes in, facts out: [`head`] parses the head of a request into spans of the buffer it came in,
//! [`framing`] says how long its body is and decodes it ([`chunked`]), [`connection`] says what
//! becomes of the connection, [`encode`] writes the head of the answer. [`error`] has everything
//! that can be wrong with a request, and the status for it.
//!
//! There are no sockets here, no clock, no async and no policy. No input makes it panic, and no
//! verdict depends on how the bytes were cut into reads. What is lenient elsewhere is refused
//! here wherever leniency has let requests be smuggled: bare line ends, folded lines, lengths
//! given twice, codings in the wrong place.

#![forbid(unsafe_code)]
#![warn(clippy::indexing_slicing, clippy::arithmetic_side_effects)]
#![cfg_attr(test, allow(clippy::indexing_slicing, clippy::arithmetic_side_effects))]

pub mod chunked;
pub mod connection;
pub mod encode;
pub mod error;
pub mod framing;
pub mod head;
mod scan;
