//! Test tools of Avocet.
#![forbid(unsafe_code)]

pub mod program;
pub mod raw;
pub mod sim;
