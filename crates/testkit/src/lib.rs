//! Test tools of Avocet.
#![forbid(unsafe_code)]

pub mod pipe;
pub mod program;
pub mod raw;
pub mod sim;
