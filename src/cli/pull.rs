//! `remask models pull`: a model from the hub, and how far it has come.

use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

use remask_hub::{Environment, Hub, ModelName, PullProgress};

use crate::cancel::Cancel;
use crate::{Error, Result, memory, visible};

/// Brings the model and says where it is.
pub(super) fn run(name: &ModelName) -> Result<()> {
    let mut line = ProgressLine::new();
    let pulled = Hub::new(Environment::read())
        .pull(name, &Cancel::never(), &mut |progress| line.show(progress));
    line.clear();
    let path = pulled?;
    let shown = path.display().to_string();
    let mut out = std::io::stdout().lock();
    writeln!(out, "{}", visible::line(&shown)).map_err(Error::file("standard output"))
}

/// One line on standard error that is written over; nothing where nobody watches.
struct ProgressLine {
    began: Instant,
    shown_at: Option<Instant>,
    is_watched: bool,
}

impl ProgressLine {
    fn new() -> Self {
        let is_watched = std::io::stderr().is_terminal();
        Self { began: Instant::now(), shown_at: None, is_watched }
    }

    fn show(&mut self, progress: &PullProgress) {
        /// More often nobody can read it.
        const OFTEN: Duration = Duration::from_millis(100);
        let is_new = |at: Instant| at.elapsed() >= OFTEN || progress.is_checking;
        if !self.is_watched || !self.shown_at.is_none_or(is_new) {
            return;
        }
        self.shown_at = Some(Instant::now());
        let text = words(progress, self.began.elapsed());
        // An error of a line that is only for looking at is nobody's matter.
        let _ = write!(std::io::stderr(), "\r\x1b[K{}", visible::line(&text));
    }

    fn clear(&self) {
        if self.shown_at.is_some() {
            let _ = write!(std::io::stderr(), "\r\x1b[K");
        }
    }
}

/// How far it has come after so long.
fn words(progress: &PullProgress, elapsed: Duration) -> String {
    let PullProgress { file, files, bytes, received, is_checking } = progress;
    if file.is_empty() {
        return "asking the hub what there is".to_owned();
    }
    let place = match files.1 {
        1 => file.clone(),
        all => format!("{file} ({} of {all} files)", files.0 + 1),
    };
    let sizes = format!("{} of {}", memory::shown(bytes.0), memory::shown(bytes.1));
    if *is_checking {
        return format!("{place}: {sizes}, checking what came");
    }
    let rate = *received as f64 / elapsed.as_secs_f64().max(1e-3);
    if *received == 0 {
        return format!("{place}: {sizes}");
    }
    let left = bytes.1.saturating_sub(bytes.0) as f64 / rate;
    format!("{place}: {sizes}, {}/s, {} left", memory::shown(rate as u64), shown_time(left))
}

/// So many seconds as a person says them.
fn shown_time(seconds: f64) -> String {
    match seconds {
        ..90.0 => format!("{seconds:.0} s"),
        ..5400.0 => format!("{:.0} min", seconds / 60.0),
        _ => format!("{:.1} h", seconds / 3600.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_far_it_has_come_is_said_in_words() {
        let mut progress = PullProgress::default();
        let after =
            |progress: &PullProgress, seconds| words(progress, Duration::from_secs(seconds));
        assert_eq!(after(&progress, 1), "asking the hub what there is");
        progress.file = "q4.gguf".to_owned();
        progress.files = (0, 1);
        progress.bytes = (1_000_000_000, 4_000_000_000);
        assert_eq!(after(&progress, 1), "q4.gguf: 1.0 GB of 4.0 GB");
        progress.received = 500_000_000;
        assert_eq!(after(&progress, 10), "q4.gguf: 1.0 GB of 4.0 GB, 50 MB/s, 60 s left");
        progress.files = (1, 3);
        assert_eq!(
            after(&progress, 100),
            "q4.gguf (2 of 3 files): 1.0 GB of 4.0 GB, 5 MB/s, 10 min left"
        );
        progress.is_checking = true;
        assert!(after(&progress, 100).ends_with("checking what came"));
    }
}
