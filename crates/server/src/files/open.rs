//! The files that are held open to be sent again, for all workers.
//!
//! What is too large for memory is sent from an open descriptor, and descriptors are few. So there
//! is one owner of those that are kept: this table. Whoever remembers such a file, the
//! [`store`](super::store) and the workers' maps, has a [`Weak`] to it, and asks for it when it is
//! to be sent; from then on, until that is done, the answer owns it as well. So a file can be
//! closed at any time, whoever has it in a map and sleeps, and who finds it closed opens it again.
//!
//! ```text
//!   store, maps ┄┄┄ weak ┄┄┄► file ◄─── this table: as many as may be kept
//!                              ▲  └──── answers: as long as they are being sent
//! ```
//!
//! What makes way is what was not sent since a hand last came by. It opens no file, and knows
//! nothing of paths.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use super::slice::DiskFile;

/// Files held open by whoever has this, so that nobody closes them before they are sent.
pub(super) type Pins = Vec<Arc<DiskFile>>;

/// The files that are kept open.
#[derive(Debug)]
pub(super) struct OpenFiles(Mutex<Table>);

#[derive(Debug)]
struct Table {
    slots: Vec<Option<Arc<DiskFile>>>,
    free: Vec<usize>,
    /// The next slot that is looked at for room.
    hand: usize,
    max: usize,
}

impl OpenFiles {
    /// Makes room for so many.
    pub(super) fn new(max: usize) -> Self {
        Self(Mutex::new(Table { slots: Vec::new(), free: Vec::new(), hand: 0, max }))
    }

    /// Keeps a file open, unless it is kept already; for one too many another is let go of.
    pub(super) fn keep(&self, file: &Arc<DiskFile>) {
        // Closed with the lock gone.
        let _closed = {
            let mut table = self.lock();
            if table.max == 0 || table.slot_of(file).is_some() {
                return;
            }
            let closed = if table.len() < table.max { None } else { table.make_way() };
            table.put(Arc::clone(file));
            closed
        };
    }

    /// Keeps a file open no longer, if it is: it is closed when it has been sent.
    pub(super) fn let_go(&self, file: &Weak<DiskFile>) {
        let Some(file) = file.upgrade() else { return };
        let mut table = self.lock();
        if let Some(slot) = table.slot_of(&file) {
            table.take(slot);
        }
    }

    /// Keeps none of them open any longer; tells whether there were any.
    pub(super) fn let_go_of_all(&self) -> bool {
        let files = {
            let mut table = self.lock();
            table.free.clear();
            std::mem::take(&mut table.slots)
        };
        files.iter().any(Option::is_some)
    }

    /// No code panics while it holds the lock, so that a poisoned one is as good as any.
    fn lock(&self) -> MutexGuard<'_, Table> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.lock().len()
    }
}

impl Table {
    fn len(&self) -> usize {
        self.slots.len() - self.free.len()
    }

    /// Returns the slot that a file is in.
    fn slot_of(&self, file: &Arc<DiskFile>) -> Option<usize> {
        let slot = file.slot();
        let kept = self.slots.get(slot)?.as_ref()?;
        Arc::ptr_eq(kept, file).then_some(slot)
    }

    fn put(&mut self, file: Arc<DiskFile>) {
        let slot = self.free.pop().unwrap_or(self.slots.len());
        file.note_slot(slot);
        match self.slots.get_mut(slot) {
            Some(free) => *free = Some(file),
            None => self.slots.push(Some(file)),
        }
    }

    fn take(&mut self, slot: usize) -> Option<Arc<DiskFile>> {
        let file = self.slots.get_mut(slot)?.take()?;
        self.free.push(slot);
        Some(file)
    }

    /// Takes out the next file that was not sent since the hand last came by. After a round there
    /// is one but for those that are being sent all the while; then any will do.
    fn make_way(&mut self) -> Option<Arc<DiskFile>> {
        for _ in 0..=self.slots.len() {
            let slot = self.hand;
            self.hand = (slot + 1) % self.slots.len().max(1);
            let is_spare = |file: &Arc<DiskFile>| !file.take_use();
            if self.slots.get(slot).and_then(Option::as_ref).is_some_and(is_spare) {
                return self.take(slot);
            }
        }
        self.take(self.hand)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file() -> Arc<DiskFile> {
        DiskFile::new(tempfile::tempfile().unwrap().into())
    }

    /// Keeps so many files of which nobody else has more than this.
    fn keep(files: &OpenFiles, count: usize) -> Vec<Weak<DiskFile>> {
        let keep = |_| {
            let file = file();
            files.keep(&file);
            Arc::downgrade(&file)
        };
        (0..count).map(keep).collect()
    }

    fn are_open(files: &[Weak<DiskFile>]) -> Vec<bool> {
        files.iter().map(|file| file.strong_count() > 0).collect()
    }

    #[test]
    fn files_under_at_and_over_the_limit() {
        for (max, expected) in [(0, 0), (2, 2), (3, 3), (4, 3)] {
            let files = OpenFiles::new(max);
            let kept = keep(&files, 3);
            let open = are_open(&kept).into_iter().filter(|open| *open).count();
            assert_eq!((files.len(), open), (expected, expected), "{max}");
        }
    }

    #[test]
    fn what_was_sent_since_the_hand_came_by_stays() {
        let files = OpenFiles::new(3);
        let kept = keep(&files, 3);
        for _ in 0..100 {
            kept[1].upgrade().unwrap().note_use();
            keep(&files, 1);
        }
        assert_eq!(are_open(&kept), [false, true, false]);
        keep(&files, 4);
        assert_eq!(are_open(&kept), [false; 3], "nobody has sent it");
    }

    #[test]
    fn where_all_are_sent_all_the_while_one_makes_way_nonetheless() {
        let files = OpenFiles::new(2);
        let kept = keep(&files, 2);
        kept.iter().for_each(|file| file.upgrade().unwrap().note_use());
        keep(&files, 1);
        assert_eq!(files.len(), 2);
        assert_eq!(are_open(&kept).into_iter().filter(|open| *open).count(), 1);
    }

    #[test]
    fn a_file_is_kept_once_and_let_go_of_once() {
        let files = OpenFiles::new(3);
        let (one, other) = (file(), file());
        for file in [&one, &one, &other, &one] {
            files.keep(file);
        }
        assert_eq!(files.len(), 2);
        for expected in [1, 1] {
            files.let_go(&Arc::downgrade(&one));
            assert_eq!(files.len(), expected);
        }
        files.keep(&one);
        assert_eq!((files.len(), Arc::strong_count(&other)), (2, 2));
    }

    #[test]
    fn what_is_let_go_of_is_closed_when_nobody_sends_it() {
        let files = OpenFiles::new(3);
        assert!(!files.let_go_of_all());
        let kept = keep(&files, 2);
        let sending = kept[0].upgrade().unwrap();
        assert!(files.let_go_of_all());
        assert_eq!((files.len(), are_open(&kept)), (0, vec![true, false]));
        drop(sending);
        assert_eq!(are_open(&kept), [false; 2]);
        assert!(!files.let_go_of_all());
        assert_eq!(are_open(&keep(&files, 3)), [true; 3], "there is room again");
    }
}
