//! The pool behind real sockets: a server in this process, and clients that say any bytes.
//!
//! Each test has a server of its own. What a job waits for is a [`Gate`](site::Gate) that the test
//! opens, so that no test depends on how fast the machine is; the times that are bounds are said
//! where they are checked.

#[cfg(test)]
mod answers;
#[cfg(test)]
mod bodies;
#[cfg(test)]
mod deadlines;
#[cfg(test)]
mod ending;
#[cfg(test)]
mod functions;
#[cfg(test)]
mod limits;
#[cfg(test)]
mod queue;
#[cfg(test)]
mod site;
#[cfg(test)]
mod spool;
