//! The loop of the UI thread: take in what waits, draw once, sleep until something happens.

use std::io;
use std::mem::ManuallyDrop;
#[cfg(unix)]
use std::task::Poll;
use std::time::{Duration, Instant};

use crossterm::event::Event as Input;
use ratatui::Terminal;
use ratatui::backend::{Backend, CrosstermBackend};
use tokio::sync::mpsc::{Receiver, UnboundedReceiver, unbounded_channel};

use super::app::{App, Phase, Request, Setup};
use super::terminal::Screen;
use super::view;
use crate::engine::{Engine, Event};
use crate::{Error, Result};

/// Frames that answer a person are no closer together than this: 60 a second.
const ANSWER: Duration = Duration::from_millis(16);
/// Frames that show what the model did: 30 a second. What draws more takes the time from the model.
const NEWS: Duration = Duration::from_millis(33);
/// Frames of an animation are this far apart.
const ANIMATION: Duration = Duration::from_millis(40);

/// Opens the playground on the terminal, with a model that `engine` loads, and returns when the
/// person leaves.
///
/// # Errors
/// When the terminal fails, or the engine had stopped.
pub fn run(engine: Engine, events: Receiver<Event>, setup: Setup) -> Result<()> {
    run_on(io::stdout(), engine, events, setup)
}

/// [`run`] with the drawing going to `out`, which must lead to the terminal.
///
/// # Errors
/// As [`run`].
pub fn run_on<W: io::Write>(
    out: W,
    engine: Engine,
    events: Receiver<Event>,
    setup: Setup,
) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(Error::Terminal)?;
    let mut app = App::new(engine, setup);
    // First: as soon as the terminal is taken, Ctrl-C is a signal.
    let signals = {
        let _context = runtime.enter();
        Signals::new()?
    };
    let screen = Screen::enter()?;
    // The screen shows the cursor again. Ratatui's own drop would too, and where the terminal is gone
    // it would panic on complaining that it could not.
    let terminal = Terminal::new(CrosstermBackend::new(out)).map_err(Error::Terminal)?;
    let mut terminal = ManuallyDrop::new(terminal);
    let result = runtime.block_on(serve(&mut app, &mut *terminal, &screen, signals, events));
    drop(screen);
    result?;
    match app.phase {
        Phase::Stopped(why) => Err(Error::EngineStopped(why)),
        _ => Ok(()),
    }
}

async fn serve<W: io::Write>(
    app: &mut App,
    terminal: &mut Terminal<CrosstermBackend<W>>,
    screen: &Screen,
    mut signals: Signals,
    mut events: Receiver<Event>,
) -> Result<()> {
    let began = Instant::now();
    let mut input = listen()?;
    let mut engine_lives = true;
    // How long after the last frame the next is wanted.
    let mut wanted = Some(ANSWER);
    let mut drawn: Option<Instant> = None;
    loop {
        app.advance(began.elapsed());
        let since_drawn = drawn.map_or(Duration::MAX, |at| at.elapsed());
        let next_frame = wanted.or(app.is_animated().then_some(ANIMATION));
        if next_frame.is_some_and(|after| since_drawn >= after) {
            draw(app, terminal)?;
            drawn = Some(Instant::now());
            wanted = None;
            continue;
        }
        // Sleeps until something happens, or until a frame may be drawn that is wanted.
        let next_frame = next_frame.map_or(Duration::from_secs(3600), |after| after - since_drawn);
        let request = tokio::select! {
            biased;
            signal = signals.next() => Some(signal),
            event = input.recv() => match event {
                Some(Ok(event)) => { wanted = Some(ANSWER); app.on_input(event) }
                Some(Err(error)) => return Err(Error::Terminal(error)),
                None => Some(Request::Quit),
            },
            event = events.recv(), if engine_lives => {
                match event {
                    Some(event) => { wanted.get_or_insert(NEWS); app.on_engine(event); }
                    None => engine_lives = false,
                }
                None
            }
            () = tokio::time::sleep(next_frame) => None,
        };
        match request {
            Some(Request::Quit) => return Ok(()),
            Some(Request::Suspend) => {
                suspend(screen)?;
                forget_screen(terminal)?;
                wanted = Some(ANSWER);
            }
            Some(Request::Retake) => {
                screen.retake().map_err(Error::Terminal)?;
                forget_screen(terminal)?;
                wanted = Some(ANSWER);
            }
            Some(Request::Die(signal)) => {
                screen.give_back();
                die(signal);
                return Ok(());
            }
            None => {}
        }
    }
}

/// Reads the terminal on a thread of its own. When the terminal is gone, crossterm may never return
/// from a read; the loop that has to leave then must not be waiting there.
fn listen() -> Result<UnboundedReceiver<io::Result<Input>>> {
    let (events, inbox) = unbounded_channel();
    let read = move || {
        loop {
            let event = crossterm::event::read();
            let failed = event.is_err();
            if events.send(event).is_err() || failed {
                return;
            }
        }
    };
    std::thread::Builder::new().name("remask-input".into()).spawn(read).map_err(Error::Terminal)?;
    Ok(inbox)
}

fn draw<W: io::Write>(app: &mut App, terminal: &mut Terminal<CrosstermBackend<W>>) -> Result<()> {
    let mut hits = None;
    terminal.draw(|frame| hits = Some(view::draw(frame, app))).map_err(Error::Terminal)?;
    app.hits = hits.unwrap_or_default();
    Ok(())
}

/// Makes the next draw a whole one. `Terminal::clear` would ask the terminal where its cursor is and
/// wait for the answer, which the input thread reads.
fn forget_screen<W: io::Write>(terminal: &mut Terminal<CrosstermBackend<W>>) -> Result<()> {
    terminal.backend_mut().clear().map_err(Error::Terminal)?;
    terminal.swap_buffers();
    Ok(())
}

/// Stops the process as the shell's job control expects, and comes back with `fg`.
#[cfg(unix)]
fn suspend(screen: &Screen) -> Result<()> {
    screen.give_back();
    signal_hook::low_level::emulate_default_handler(signal_hook::consts::SIGTSTP)
        .map_err(Error::Terminal)?;
    screen.take().map_err(Error::Terminal)
}

#[cfg(not(unix))]
fn suspend(_: &Screen) -> Result<()> {
    Ok(())
}

/// Does what `signal` does to a program that does not listen to it.
fn die(signal: i32) {
    #[cfg(unix)]
    let _ = signal_hook::low_level::emulate_default_handler(signal);
    #[cfg(not(unix))]
    let _ = signal;
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
                .into_iter()
                .map(|signal| Ok((signal, listen(SignalKind::from_raw(signal))?)))
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
