//! The server in the simulator: every seed passes, and every planted bug is caught.
//!
//! `AVOCET_SIM_SEEDS` says how many seeds are run (256 if it is not set); `AVOCET_SIM_SEED` replays
//! one, as the report of a failure says.

#[cfg(test)]
mod planted_bugs;
#[cfg(test)]
mod seeds;
