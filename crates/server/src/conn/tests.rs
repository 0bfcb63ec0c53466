//! What a connection weighs while it waits (rule 5), and what it does about handlers of all kinds.

mod answers;
mod handlers;
mod shortage;

use super::*;
use crate::transport::Plain;

const fn size_of_future<A, F>(_make: fn(A) -> F) -> usize {
    size_of::<F>()
}

#[test]
fn the_idle_future_and_its_connection_are_small() {
    assert!(size_of_future(h1::serve::<Plain>) <= 96, "what lives across the idle await has grown");
    assert!(size_of::<Conn<Plain>>() <= 176, "a connection has grown");
}
