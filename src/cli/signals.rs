//! Ctrl-C, SIGTERM and a terminal that is closed: what runs then keeps what it has, and ends.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use crate::Result;
use crate::tui::terminal;

/// Set by the first of these signals. A second Ctrl-C or SIGTERM ends the program at once; a terminal that
/// is closed says so more than once, and means it once.
pub(super) fn stop_flag() -> Result<Arc<AtomicBool>> {
    let stop = Arc::new(AtomicBool::new(false));
    #[cfg(unix)]
    unix::listen(Arc::clone(&stop)).map_err(crate::Error::Terminal)?;
    Ok(stop)
}

/// Ends the program without waiting for what runs, with the terminal given back.
pub(super) fn end_now(status: i32) -> ! {
    terminal::restore();
    std::process::exit(status)
}

#[cfg(unix)]
mod unix {
    use std::io;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};

    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    use signal_hook::iterator::Signals;

    use crate::tui::terminal;

    pub(super) fn listen(stop: Arc<AtomicBool>) -> io::Result<()> {
        let hung_up = (!is_ignored(SIGHUP)).then_some(SIGHUP);
        let known = [SIGINT, SIGTERM].into_iter().chain(hung_up);
        let mut signals = Signals::new(known.chain(terminal::DEADLY.iter().copied()))?;
        let wait = move || {
            let mut asked = false;
            for signal in signals.forever() {
                if terminal::DEADLY.contains(&signal) {
                    terminal::die_of(signal);
                }
                if asked && signal != SIGHUP {
                    super::end_now(128 + signal);
                }
                asked |= signal != SIGHUP;
                stop.store(true, Ordering::Relaxed);
            }
        };
        std::thread::Builder::new().name("remask-signals".into()).spawn(wait)?;
        Ok(())
    }

    /// Whether whoever started the program has it ignore `signal`, as nohup does with SIGHUP; told from
    /// where Linux shows it, elsewhere taken for no.
    fn is_ignored(signal: i32) -> bool {
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
        let ignored = ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
        ignored.is_some_and(|mask| mask >> (signal - 1) & 1 == 1)
    }
}
