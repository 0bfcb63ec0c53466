//! What RFC 9110 and RFC 9112 ask of an origin server, as cases that show whether a server does it.
//!
//! A [`Case`] talks to an [`Origin`] over a raw socket and asserts what must come back. The cases
//! are in [`cases`], a file for each subject, and know nothing of the server they talk to but the
//! site that it serves; so they judge Avocet and any other server alike.
//!
//! [`requirements`] lists what the RFCs ask, each with the cases that show it; [`mutants`] lists
//! ways to break Avocet, so that each case has been seen to fail.

#![expect(clippy::panic, reason = "to panic is how a case fails")]

pub mod alone;
pub mod behind;
pub mod case;
pub mod cases;
pub mod coding;
mod conditional;
pub mod document;
pub mod grammar;
pub mod multipart;
pub mod mutants;
pub mod origin;
pub mod requirement;
pub mod requirements;
pub mod results;
pub mod site;
pub mod wire;

pub use self::case::{Case, Verdict};
pub use self::origin::Origin;
pub use self::requirement::{Level, Proof, Requirement};
