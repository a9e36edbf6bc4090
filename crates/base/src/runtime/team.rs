//! Threads that go through one piece of work in step.
//!
//! A pass of a small network is dozens of products that take some microseconds each. Where each is shared by
//! itself, handing it out costs more than making it: two threads took 0.22 ms for a token whose weights are
//! read in 0.09. Here every thread is called once a pass, and they only wait for each other.

use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, PoisonError};

use super::Threads;

/// One of the threads, and how it knows the others.
pub struct Member<'a> {
    /// Which it is, from 0.
    pub index: usize,
    meeting: &'a Meeting,
}

/// Where the threads wait for each other.
struct Meeting {
    count: usize,
    arrived: AtomicUsize,
    /// How often they met.
    round: AtomicUsize,
    /// Whether one of them panicked, and will not come.
    broken: AtomicBool,
    /// How many sleep until the others are here.
    sleepers: Mutex<usize>,
    all_here: Condvar,
}

impl Meeting {
    fn new(count: usize) -> Self {
        Self {
            count,
            arrived: AtomicUsize::new(0),
            round: AtomicUsize::new(0),
            broken: AtomicBool::new(false),
            sleepers: Mutex::new(0),
            all_here: Condvar::new(),
        }
    }

    fn wait(&self) {
        /// Turns before a thread that waits falls asleep: some microseconds, longer than the others need where each
        /// has a core. Where they have none, spinning takes from them what they would come with.
        const PATIENCE: usize = 600;
        let round = self.round.load(Ordering::Acquire);
        if self.arrived.fetch_add(1, Ordering::AcqRel) + 1 == self.count {
            self.arrived.store(0, Ordering::Release);
            self.round.fetch_add(1, Ordering::Release);
            self.wake();
            return;
        }
        for _ in 0..PATIENCE {
            if self.is_over(round) {
                return;
            }
            std::hint::spin_loop();
        }
        let mut sleepers = self.sleepers.lock().unwrap_or_else(PoisonError::into_inner);
        *sleepers += 1;
        while !self.is_over(round) {
            sleepers = self.all_here.wait(sleepers).unwrap_or_else(PoisonError::into_inner);
        }
        *sleepers -= 1;
    }

    /// Whether the meeting of `round` is.
    fn is_over(&self, round: usize) -> bool {
        assert!(!self.broken.load(Ordering::Relaxed), "another thread of the pass panicked");
        self.round.load(Ordering::Acquire) != round
    }

    fn wake(&self) {
        let sleepers = self.sleepers.lock().unwrap_or_else(PoisonError::into_inner);
        if *sleepers > 0 {
            self.all_here.notify_all();
        }
    }
}

/// Tells the others of a panic, so that they do not wait for ever.
struct Witness<'a>(&'a Meeting);

impl Drop for Witness<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.broken.store(true, Ordering::Relaxed);
            self.0.wake();
        }
    }
}

impl Member<'_> {
    /// Waits until all of them are here.
    pub fn meet(&self) {
        if self.meeting.count > 1 {
            self.meeting.wait();
        }
    }

    /// Runs `work` on the thread that asks, which has nobody to wait for.
    pub fn alone<R>(work: impl FnOnce(&Member<'_>) -> R) -> R {
        work(&Member { index: 0, meeting: &Meeting::new(1) })
    }

    /// Its share of `count` things: neighbouring ones, as many as the others' or one fewer.
    pub fn share(&self, count: usize) -> Range<usize> {
        share(count, self.index, self.meeting.count)
    }
}

/// The share of the `index`-th of `members` in `count` things.
pub fn share(count: usize, index: usize, members: usize) -> Range<usize> {
    count * index / members..count * (index + 1) / members
}

impl Threads {
    /// Runs `work` on every thread at once, and waits for all of them: what each came to, in their order.
    pub fn together<R: Send>(&self, work: impl Fn(&Member<'_>) -> R + Sync) -> Vec<R> {
        let meeting = Meeting::new(self.count().get());
        self.broadcast(|index| {
            let _witness = Witness(&meeting);
            work(&Member { index, meeting: &meeting })
        })
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroUsize;
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::sync::Mutex;

    use super::*;

    fn threads(count: usize) -> Threads {
        Threads::new(NonZeroUsize::new(count)).unwrap()
    }

    #[test]
    fn they_meet_as_often_as_they_like() {
        for count in [1, 2, 5] {
            let lines: Vec<Mutex<usize>> = (0..count).map(|_| Mutex::new(0)).collect();
            let sums = threads(count).together(|member| {
                let mut sum = 0;
                for round in 1..200 {
                    *lines[member.index].lock().unwrap() = round;
                    member.meet();
                    sum += lines.iter().map(|line| *line.lock().unwrap()).sum::<usize>();
                    member.meet();
                }
                sum
            });
            assert_eq!(sums, vec![count * 199 * 200 / 2; count]);
        }
    }

    #[test]
    fn shares_are_all_there_is() {
        for (count, members) in [(0, 2), (1, 2), (7, 3), (64, 5)] {
            let all: Vec<usize> = (0..members).flat_map(|i| share(count, i, members)).collect();
            assert_eq!(all, (0..count).collect::<Vec<_>>());
        }
    }

    #[test]
    fn a_panic_of_one_ends_the_wait_of_the_others() {
        let threads = threads(3);
        let work = || {
            threads.together(|member| {
                assert!(member.index != 1, "one of three");
                member.meet();
            })
        };
        assert!(catch_unwind(AssertUnwindSafe(work)).is_err());
        assert_eq!(threads.together(|member| member.index), [0, 1, 2]);
    }
}
