//! Taking the terminal over and giving it back, whatever happens.

use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};

use crossterm::event::{
    DisableBracketedPaste, DisableMouseCapture, EnableBracketedPaste, EnableMouseCapture,
};
use crossterm::terminal::{
    EnterAlternateScreen, LeaveAlternateScreen, SetTitle, disable_raw_mode, enable_raw_mode,
};
use crossterm::{cursor, execute};

use crate::engine::on_engine_thread;
use crate::unwind::is_contained;
use crate::{Error, Result};

/// The terminal while the playground has it. Dropping it gives it back.
#[derive(Debug)]
pub struct Screen(());

impl Screen {
    /// Raw mode, alternate screen, mouse and paste on; cursor off. From now on a panic of the UI
    /// gives the terminal back before it prints, and one of the engine prints nothing: it becomes
    /// an event.
    ///
    /// # Errors
    /// When the terminal refuses.
    pub fn enter() -> Result<Self> {
        install_panic_hook();
        let screen = Self(());
        screen.take().map_err(Error::Terminal)?;
        Ok(screen)
    }

    /// Takes the terminal again, after [`Screen::give_back`].
    ///
    /// # Errors
    /// When the terminal refuses.
    pub fn take(&self) -> io::Result<()> {
        HELD.store(true, Ordering::SeqCst);
        take_keys()?;
        execute!(
            io::stdout(),
            EnterAlternateScreen,
            EnableMouseCapture,
            EnableBracketedPaste,
            SetTitle("remask"),
            cursor::Hide,
        )
    }

    /// Takes the terminal again after others had it without our giving it back: the process was stopped
    /// from outside, and goes on.
    ///
    /// # Errors
    /// When the terminal refuses.
    pub fn retake(&self) -> io::Result<()> {
        // It believes that raw mode is still on.
        disable_raw_mode()?;
        take_keys()?;
        execute!(io::stdout(), EnableMouseCapture, EnableBracketedPaste, cursor::Hide)
    }

    /// Gives the terminal back for a while.
    pub fn give_back(&self) {
        restore();
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        restore();
    }
}

/// Raw mode, but for Ctrl-C: of that the terminal makes a signal. Of an escape sequence that never ends, as a
/// torn paste may leave one, crossterm takes every key to be a part, so that none would be heard.
fn take_keys() -> io::Result<()> {
    enable_raw_mode()?;
    #[cfg(unix)]
    {
        use rustix::termios::{LocalModes, OptionalActions, SpecialCodeIndex};
        use rustix::termios::{tcgetattr, tcsetattr};
        use std::io::IsTerminal;
        use std::os::fd::AsFd;
        /// In the place of a key: there is none.
        const NO_KEY: u8 = if cfg!(target_os = "linux") { 0 } else { 0xff };
        // As crossterm finds it: a run that is replayed may come through the standard input.
        let (stdin, opened);
        let terminal = if io::stdin().is_terminal() {
            stdin = io::stdin();
            stdin.as_fd()
        } else {
            opened = std::fs::File::open("/dev/tty")?;
            opened.as_fd()
        };
        let mut modes = tcgetattr(terminal)?;
        // Without throwing away what is being drawn.
        modes.local_modes |= LocalModes::ISIG | LocalModes::NOFLSH;
        for other in [SpecialCodeIndex::VQUIT, SpecialCodeIndex::VSUSP] {
            modes.special_codes[other] = NO_KEY;
        }
        tcsetattr(terminal, OptionalActions::Now, &modes)?;
    }
    Ok(())
}

/// Signals that end a program without asking it: the terminal is given back first. Those of a program that is broken
/// (SEGV, BUS, ILL, FPE) are not among them: whoever goes on after one of them is at the same instruction again.
#[cfg(unix)]
pub(crate) const DEADLY: &[i32] = {
    use signal_hook::consts::*;
    &[
        SIGQUIT,
        SIGUSR1,
        SIGUSR2,
        SIGALRM,
        SIGVTALRM,
        SIGPROF,
        SIGIO,
        SIGSYS,
        SIGTRAP,
        SIGXCPU,
        SIGABRT,
        #[cfg(target_os = "linux")]
        rustix::process::Signal::POWER.as_raw(),
        // Not on every processor that Linux runs on.
        #[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
        rustix::process::Signal::STKFLT.as_raw(),
    ]
};

/// Does what `signal` does to a program that does not listen to it, the terminal given back.
#[cfg(unix)]
pub(crate) fn die_of(signal: i32) {
    restore();
    let _ = signal_hook::low_level::emulate_default_handler(signal);
    // It is one whose default nobody knows, or takes for harmless.
    if DEADLY.contains(&signal) {
        std::process::exit(128 + signal);
    }
}

/// Whether the terminal is ours. Leaving the alternate screen twice would put the cursor back on top
/// of what was printed in between.
static HELD: AtomicBool = AtomicBool::new(false);

/// Gives the terminal back, where it is held. Nothing can be done about a failure here: it may be gone.
pub fn restore() {
    if !HELD.swap(false, Ordering::SeqCst) {
        return;
    }
    let _ = disable_raw_mode();
    let _ = execute!(
        io::stdout(),
        DisableBracketedPaste,
        DisableMouseCapture,
        LeaveAlternateScreen,
        cursor::Show,
    );
    let _ = io::stdout().flush();
}

fn install_panic_hook() {
    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            if !on_engine_thread() && !is_contained() {
                restore();
                before(panic);
            }
        }));
    });
}
