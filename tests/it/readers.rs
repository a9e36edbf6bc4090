//! Files that are nearly right are read or refused: a few hundred of each kind; `cargo bench --bench fuzz` bends more.

use std::time::{Duration, Instant};

use crate::support::readers::{READERS, bent};

#[test]
fn files_that_are_nearly_right_are_read_or_refused() {
    for reader in READERS {
        let room = tempfile::tempdir().unwrap();
        let seeds = (reader.seeds)();
        for seed in &seeds {
            assert!((reader.read)(seed, room.path()), "{}: a file that was not bent", reader.name);
        }
        let start = Instant::now();
        for index in 0..300 {
            (reader.read)(&bent(&seeds, index), room.path());
        }
        assert!(start.elapsed() < Duration::from_secs(60), "{} takes its time", reader.name);
    }
}
