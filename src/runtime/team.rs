//! Threads that go through one piece of work in step.
//!
//! A pass of a small network is dozens of products that take some microseconds each. Where each is shared by
//! itself, handing it out costs more than making it: two threads took 0.22 ms for a token whose weights are
//! read in 0.09. Here every thread is called once a pass, and they only wait for each other.

use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

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
}

impl Meeting {
    fn wait(&self) {
        /// Turns before a thread that waits lets others have its core.
        const PATIENCE: usize = 4096;
        let round = self.round.load(Ordering::Acquire);
        if self.arrived.fetch_add(1, Ordering::AcqRel) + 1 == self.count {
            self.arrived.store(0, Ordering::Release);
            self.round.fetch_add(1, Ordering::Release);
            return;
        }
        let mut turns = 0;
        while self.round.load(Ordering::Acquire) == round {
            assert!(!self.broken.load(Ordering::Relaxed), "another thread of the pass panicked");
            turns += 1;
            if turns < PATIENCE {
                std::hint::spin_loop();
            } else {
                std::thread::yield_now();
            }
        }
    }
}

/// Tells the others of a panic, so that they do not wait for ever.
struct Witness<'a>(&'a Meeting);

impl Drop for Witness<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.broken.store(true, Ordering::Relaxed);
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
        let meeting = Meeting {
            count: self.count().get(),
            arrived: AtomicUsize::new(0),
            round: AtomicUsize::new(0),
            broken: AtomicBool::new(false),
        };
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
