//! Where a training run is shown: on a screen of its own, or line by line.

use std::io::IsTerminal;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crossterm::event::{self, Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;

use super::Train;
use super::lines::{Line, say};
use crate::cli::signals::end_now;
use crate::tui::terminal::Screen;
use crate::tui::theme::{ColorDepth, Theme};
use crate::tui::training::{TrainingProgress, TrainingView};
use crate::{Error, Result};

/// How often the screen looks for something new.
const FRAME: Duration = Duration::from_millis(100);

/// Where the lines of a run go.
pub(super) enum TrainingOutput {
    /// To standard output.
    Lines {
        /// As JSON.
        json: bool,
    },
    /// To a screen.
    Screen(Box<Live>),
}

impl TrainingOutput {
    /// A screen where there is a terminal and nobody asked for lines. `stop` is what ends the run.
    pub(super) fn new(
        args: &Train,
        stop: &Arc<AtomicBool>,
        (theme, ascii): (Option<&str>, bool),
    ) -> Result<Self> {
        let terminal = std::io::stdout().is_terminal() && std::io::stdin().is_terminal();
        if args.json || args.lines || !terminal {
            return Ok(Self::Lines { json: args.json });
        }
        let theme = Theme::load(theme.unwrap_or(Theme::DEFAULT), ColorDepth::detect())?;
        Ok(Self::Screen(Box::new(Live::start(Arc::clone(stop), theme, ascii)?)))
    }

    /// Says that the model is being measured, or not any more.
    pub(super) fn measures(&mut self, measures: bool) {
        if let Self::Screen(live) = self {
            live.view().measures(measures);
        }
    }

    /// Shows `line`. The last ones of a run stay readable where it was started.
    pub(super) fn say(&mut self, line: Line) -> Result<()> {
        let live = match self {
            Self::Lines { json } => return say(&line, *json),
            Self::Screen(live) => live,
        };
        match line {
            Line::Begins { parameters, text, vocab, .. } => {
                let millions = parameters as f64 / 1e6;
                live.view()
                    .begins(format!("{millions:.2} M parameters, vocabulary {vocab}; {text}"));
            }
            Line::Step { step, tokens_seen, losses, tokens_per_second, seconds_left, spent } => {
                let progress = TrainingProgress {
                    step,
                    tokens: tokens_seen,
                    tokens_per_second,
                    seconds_left,
                    spent,
                };
                live.view().step(progress, losses);
            }
            Line::Report(report) => {
                live.view().report((*report).clone());
                live.last = Some(Line::Report(report));
            }
            last @ (Line::Interrupted { .. } | Line::Done { .. }) => {
                live.leave();
                if let Some(report) = live.last.take() {
                    say(&report, false)?;
                }
                say(&last, false)?;
            }
        }
        Ok(())
    }
}

/// The screen, drawn by a thread of its own, which also hears the keys.
pub(super) struct Live {
    view: Arc<Mutex<TrainingView>>,
    over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
    screen: Option<Screen>,
    last: Option<Line>,
}

impl Live {
    fn start(stop: Arc<AtomicBool>, theme: Theme, ascii: bool) -> Result<Self> {
        let screen = Screen::enter()?;
        let view = Arc::new(Mutex::new(TrainingView::default()));
        let over = Arc::new(AtomicBool::new(false));
        let (shown, ends) = (Arc::clone(&view), Arc::clone(&over));
        let thread = std::thread::Builder::new()
            .name("remask-screen".into())
            .spawn(move || show(&shown, &ends, &stop, (&theme, ascii)))
            .map_err(Error::Terminal)?;
        Ok(Self { view, over, thread: Some(thread), screen: Some(screen), last: None })
    }

    fn view(&self) -> MutexGuard<'_, TrainingView> {
        self.view.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives the terminal back. Does not wait for good: who reads from a terminal that was closed may never
    /// hear that it is over.
    fn leave(&mut self) {
        self.over.store(true, Ordering::Relaxed);
        let patience = Instant::now() + 4 * FRAME;
        while self.thread.as_ref().is_some_and(|thread| !thread.is_finished()) {
            if Instant::now() > patience {
                break;
            }
            std::thread::sleep(FRAME / 10);
        }
        self.thread = None;
        self.screen = None;
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        self.leave();
    }
}

/// Draws `view` when it has changed, and asks the run to stop when a key does, at once when it is asked
/// again; until the run is over, or the terminal is gone.
fn show(
    view: &Mutex<TrainingView>,
    over: &AtomicBool,
    stop: &AtomicBool,
    (theme, ascii): (&Theme, bool),
) {
    let Ok(mut terminal) = Terminal::new(CrosstermBackend::new(std::io::stdout())) else { return };
    let (mut drawn, mut stopping) = (None, false);
    while !over.load(Ordering::Relaxed) {
        // By a key, or by Ctrl-C, which is a signal.
        if !stopping && stop.load(Ordering::Relaxed) {
            stopping = true;
            view.lock().unwrap_or_else(PoisonError::into_inner).stopping();
        }
        let version = view.lock().unwrap_or_else(PoisonError::into_inner).version();
        if drawn != Some(version) {
            let shown = view.lock().unwrap_or_else(PoisonError::into_inner).clone();
            if terminal.draw(|frame| shown.draw(frame, theme, ascii)).is_err() {
                return;
            }
            drawn = Some(version);
        }
        match event::poll(FRAME).and_then(|ready| ready.then(event::read).transpose()) {
            Ok(Some(Event::Key(key))) if stops(key) => {
                if stop.swap(true, Ordering::Relaxed) {
                    // Asked twice: the last save is whole, and whoever asks knows what is lost.
                    end_now(130);
                }
            }
            Ok(Some(Event::Resize(..))) => drawn = None,
            Ok(_) => {}
            Err(_) => return,
        }
    }
}

fn stops(key: KeyEvent) -> bool {
    let control = key.modifiers.contains(KeyModifiers::CONTROL);
    let pressed = key.kind != KeyEventKind::Release;
    pressed
        && matches!((key.code, control), (KeyCode::Char('q'), false) | (KeyCode::Char('c'), true))
}
