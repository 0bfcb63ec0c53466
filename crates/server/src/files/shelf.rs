//! Slots for entries of one kind, in the order in which a clock's hand looks at them.

use std::sync::Arc;

use super::entry::Entry;

/// Entries, and which of them were used since the hand last came by.
#[derive(Debug, Default)]
pub(super) struct Shelf {
    slots: Vec<Option<Kept>>,
    free: Vec<usize>,
}

#[derive(Debug)]
struct Kept {
    entry: Arc<Entry>,
    is_used: bool,
}

impl Shelf {
    /// Returns the entry in a slot, and notes that it is used.
    pub(super) fn use_mut(&mut self, slot: usize) -> Option<&mut Arc<Entry>> {
        let kept = self.slots.get_mut(slot)?.as_mut()?;
        kept.is_used = true;
        Some(&mut kept.entry)
    }

    /// Returns the entry in a slot if it was not used since this was last asked; `None` behind the
    /// last slot.
    #[expect(clippy::option_option, reason = "whether there is a slot, whether something is in it")]
    pub(super) fn unused(&mut self, slot: usize) -> Option<Option<&Arc<Entry>>> {
        let kept = self.slots.get_mut(slot)?.as_mut();
        Some(kept.and_then(|kept| {
            let was_used = std::mem::take(&mut kept.is_used);
            (!was_used).then_some(&kept.entry)
        }))
    }

    /// Puts an entry in, and returns where.
    pub(super) fn put(&mut self, entry: Arc<Entry>) -> usize {
        let kept = Some(Kept { entry, is_used: false });
        match self.free.pop() {
            Some(slot) => {
                self.slots[slot] = kept;
                slot
            }
            None => {
                self.slots.push(kept);
                self.slots.len() - 1
            }
        }
    }

    /// Takes the entry in a slot out.
    pub(super) fn take(&mut self, slot: usize) -> Option<Arc<Entry>> {
        let kept = self.slots.get_mut(slot)?.take()?;
        self.free.push(slot);
        Some(kept.entry)
    }
}
