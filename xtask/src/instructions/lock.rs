//! Locks: how often a run tried to take one.
//!
//! All locks of the standard library are taken by a compare-exchange, which nothing else on the hot
//! path needs: reference counts are added to, flags are swapped. So the executions of that one
//! instruction are the locks taken, however deep in inlined code. Those of the C library are not
//! looked at; its allocator has some, and the hot path does not allocate.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use crate::failure::Failure;

use super::count::output;

/// Where in a program's file the compare-exchanges are.
#[derive(Debug)]
pub(super) struct LockSites {
    /// The program, as callgrind names it.
    object: String,
    addresses: BTreeSet<u64>,
}

impl LockSites {
    /// Finds them in the disassembled program.
    ///
    /// # Errors
    ///
    /// When it cannot be disassembled, or has none, which no program of ours is without.
    pub(super) fn of(program: &Path) -> Result<Self, Failure> {
        let text = output(Command::new("objdump").args(["-d", "--no-show-raw-insn"]).arg(program))?;
        let object = program.display().to_string();
        let addresses: BTreeSet<u64> = text.lines().filter_map(compare_exchange).collect();
        if addresses.is_empty() {
            return Err(Failure::Failed(format!("no compare-exchange is found in {object}")));
        }
        Ok(Self { object, addresses })
    }

    /// How often they were executed, by one of callgrind's files, which must have the address of
    /// each instruction and no abbreviations.
    pub(super) fn executed(&self, text: &str) -> u64 {
        let (mut is_ours, mut is_of_callee, mut count) = (false, false, 0);
        for line in text.lines() {
            if let Some(object) = line.strip_prefix("ob=") {
                is_ours = object == self.object;
            } else if line.starts_with("calls=") {
                // The next line has what the callee took.
                is_of_callee = true;
            } else if let Some(line) = line.strip_prefix("0x")
                && !std::mem::take(&mut is_of_callee)
                && is_ours
            {
                count += self.executed_in(line).unwrap_or(0);
            }
        }
        count
    }

    /// The count in a line `ADDRESS LINE COUNT`, if it is of one of them.
    fn executed_in(&self, line: &str) -> Option<u64> {
        let mut words = line.split(' ');
        let address = u64::from_str_radix(words.next()?, 16).ok()?;
        self.addresses.contains(&address).then(|| words.nth(1)?.parse().ok()).flatten()
    }
}

/// The address in a line of a disassembly that shows a compare-exchange, on x86 or on ARM.
fn compare_exchange(line: &str) -> Option<u64> {
    let (address, code) = line.split_once(':')?;
    let mut words = code.split_whitespace();
    let is_one = words.any(|word| word.starts_with("cmpxchg") || word.starts_with("cas"));
    is_one.then(|| u64::from_str_radix(address.trim(), 16).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_compare_exchange_is_found_in_a_disassembly() {
        for (line, address) in [
            ("   1f4a0:\tlock cmpxchg %ecx,(%rdi)", Some(0x1f4a0)),
            ("   1f4a4:\tlock incq (%rax)", None),
            ("   1f4a8:\txchg   %al,0x20(%rdi)", None),
            ("   1f4ac:\tcasa\tw0, w1, [x2]", Some(0x1f4ac)),
            ("000000000001f4a0 <cmpxchg>:", None),
        ] {
            assert_eq!(compare_exchange(line), address, "{line}");
        }
    }

    #[test]
    fn executions_are_those_of_the_program_itself() {
        let sites = LockSites { object: "/a/program".to_owned(), addresses: [0x10, 0x30].into() };
        let text = "ob=/a/program\nfn=main\n0x10 5 3\n0x20 6 100\ncfn=other\ncalls=1 0x40 7\n\
                    0x30 7 1000\n0x30 8 4\nob=/lib/libc.so.6\nfn=malloc\n0x10 0 50\n";
        assert_eq!(sites.executed(text), 7);
    }
}
