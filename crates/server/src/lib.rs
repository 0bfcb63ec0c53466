//! The Avocet web server as a library.
#![forbid(unsafe_code)]

mod conn;
pub mod files;
mod lifecycle;
pub mod service;
pub mod transport;
