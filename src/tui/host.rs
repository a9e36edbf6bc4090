//! What the loop needs besides a terminal to draw on: who holds the terminal, and what the system asks for.

use std::future::Future;
#[cfg(unix)]
use std::task::Poll;

use crossterm::clipboard::CopyToClipboard;

use super::app::Request;
use super::terminal::Screen;
use crate::{Error, Result};

/// Who holds the terminal that the loop draws on.
pub trait Host {
    /// What is asked for by other means than the keyboard. The future may be dropped at any time, and nothing
    /// that was asked for is lost by that.
    fn request(&mut self) -> impl Future<Output = Request>;

    /// Hands the terminal to the shell, and takes it again once the job is continued.
    ///
    /// # Errors
    /// When the terminal refuses.
    fn suspend(&mut self) -> Result<()>;

    /// Takes the terminal again, which others had meanwhile.
    ///
    /// # Errors
    /// When the terminal refuses.
    fn retake(&mut self) -> Result<()>;

    /// Puts `text` into the clipboard of the terminal, where that has one.
    ///
    /// # Errors
    /// When the terminal refuses.
    fn copy(&mut self, text: &str) -> Result<()>;

    /// Gives the terminal back, and does what `signal` does to a program that does not listen to it.
    fn die(&mut self, signal: i32);
}

/// This process, which has taken its terminal over, and its signals.
pub(super) struct Process {
    screen: Screen,
    signals: Signals,
}

impl Process {
    /// Takes the terminal over. Dropping it gives it back. Needs a runtime, which hears the signals.
    ///
    /// # Errors
    /// When the terminal or the system refuses.
    pub fn enter() -> Result<Self> {
        // First: as soon as the terminal is taken, Ctrl-C is a signal.
        let signals = Signals::new()?;
        Ok(Self { screen: Screen::enter()?, signals })
    }
}

impl Host for Process {
    async fn request(&mut self) -> Request {
        self.signals.next().await
    }

    /// As the shell's job control expects it.
    fn suspend(&mut self) -> Result<()> {
        #[cfg(unix)]
        {
            self.screen.give_back();
            signal_hook::low_level::emulate_default_handler(signal_hook::consts::SIGTSTP)
                .map_err(Error::Terminal)?;
            self.screen.take().map_err(Error::Terminal)?;
        }
        Ok(())
    }

    fn retake(&mut self) -> Result<()> {
        self.screen.retake().map_err(Error::Terminal)
    }

    fn copy(&mut self, text: &str) -> Result<()> {
        let copied = CopyToClipboard::to_clipboard_from(text);
        crossterm::execute!(std::io::stdout(), copied).map_err(Error::Terminal)
    }

    fn die(&mut self, signal: i32) {
        self.screen.give_back();
        #[cfg(unix)]
        super::terminal::die_of(signal);
        #[cfg(not(unix))]
        let _ = signal;
    }
}

/// The signals that ask us to leave or to stop.
#[cfg(unix)]
struct Signals {
    terminate: tokio::signal::unix::Signal,
    hang_up: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
    stop: tokio::signal::unix::Signal,
    go_on: tokio::signal::unix::Signal,
    deadly: Vec<(i32, tokio::signal::unix::Signal)>,
}

#[cfg(unix)]
impl Signals {
    fn new() -> Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        let listen = |kind| signal(kind).map_err(Error::Terminal);
        Ok(Self {
            terminate: listen(SignalKind::terminate())?,
            hang_up: listen(SignalKind::hangup())?,
            interrupt: listen(SignalKind::interrupt())?,
            stop: listen(SignalKind::from_raw(signal_hook::consts::SIGTSTP))?,
            go_on: listen(SignalKind::from_raw(signal_hook::consts::SIGCONT))?,
            deadly: super::terminal::DEADLY
                .iter()
                .map(|signal| Ok((*signal, listen(SignalKind::from_raw(*signal))?)))
                .collect::<Result<_>>()?,
        })
    }

    async fn next(&mut self) -> Request {
        let deadly = &mut self.deadly;
        let any_deadly = std::future::poll_fn(move |context| {
            let came = |(signal, listener): &mut (i32, tokio::signal::unix::Signal)| {
                listener.poll_recv(context).is_ready().then_some(*signal)
            };
            deadly.iter_mut().find_map(came).map_or(Poll::Pending, Poll::Ready)
        });
        tokio::select! {
            signal = any_deadly => Request::Die(signal),
            _ = self.go_on.recv() => Request::Retake,
            _ = self.terminate.recv() => Request::Quit,
            _ = self.hang_up.recv() => Request::Quit,
            _ = self.interrupt.recv() => Request::Quit,
            _ = self.stop.recv() => Request::Suspend,
        }
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn new() -> Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) -> Request {
        let _ = tokio::signal::ctrl_c().await;
        Request::Quit
    }
}
