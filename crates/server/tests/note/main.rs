//! The two messages of the note that the project was started from: the request is answered by the
//! response, byte for byte, and ids reach answers wherever they are made.

#[cfg(test)]
mod ids;
#[cfg(test)]
mod message;
