//! Every limit and deadline of a connection, under, at and over it, on a clock that jumps; and how
//! long an answer is given again.
//!
//! The shipped worker, connection and router; a pipe in place of the socket, and a client that the
//! test plays itself. What limits a server rather than one of its connections is tested beside the
//! pool and the descriptors; the same limits with short values on sockets are tested with the
//! program.

#[cfg(test)]
mod bodies;
#[cfg(test)]
mod clock;
#[cfg(test)]
mod endings;
#[cfg(test)]
mod heads;
#[cfg(test)]
mod line;
#[cfg(test)]
mod repeats;
#[cfg(test)]
mod responses;
#[cfg(test)]
mod routes;
