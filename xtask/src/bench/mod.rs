//! x
use crate::failure::Failure;
pub(crate) const ARGUMENTS: &str = "";
pub(crate) fn run(_: &[String]) -> Result<(), Failure> {
    Ok(())
}
