//! The loop of the UI thread: take in what waits, draw once, sleep until something happens.

use std::io;
use std::mem::ManuallyDrop;
use std::time::{Duration, Instant};

use crossterm::event::Event as Input;
use ratatui::Terminal;
use ratatui::backend::{Backend, CrosstermBackend};
use tokio::sync::mpsc::{Receiver, UnboundedReceiver, unbounded_channel};

use super::app::{App, Phase, Request, Setup};
use super::host::{Host, Process};
use super::view;
use crate::engine::{EngineClient, Event};
use crate::{Error, Result};

/// Frames that answer a person are no closer together than this: 60 a second.
const ANSWER: Duration = Duration::from_millis(16);
/// Frames that show what the model did: 12 a second. What draws more takes the time from the model; steps that are held
/// back to be watched are further apart.
const NEWS: Duration = Duration::from_millis(80);
/// Frames of an animation are this far apart.
const ANIMATION: Duration = Duration::from_millis(50);

/// Opens the playground on the terminal, with a model that `engine` loads, and returns when the
/// person leaves, with the text that was finished by then ([`App::last_text`]).
///
/// # Errors
/// When the terminal fails, or the engine had stopped.
pub fn run(
    engine: impl EngineClient + 'static,
    events: Receiver<Event>,
    setup: Setup,
) -> Result<Option<String>> {
    run_on(io::stdout(), engine, events, setup)
}

/// [`run`] with the drawing going to `out`, which must lead to the terminal.
///
/// # Errors
/// As [`run`].
pub fn run_on<W: io::Write>(
    out: W,
    engine: impl EngineClient + 'static,
    events: Receiver<Event>,
    setup: Setup,
) -> Result<Option<String>> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(Error::Terminal)?;
    let mut app = App::new(engine, setup);
    let _reactor = runtime.enter();
    let mut process = Process::enter()?;
    // The process shows the cursor again. Ratatui's own drop would too, and where the terminal is gone
    // it would panic on complaining that it could not.
    let terminal = Terminal::new(CrosstermBackend::new(out)).map_err(Error::Terminal)?;
    let mut terminal = ManuallyDrop::new(terminal);
    let served = serve(&mut app, &mut *terminal, &mut process, listen()?, events);
    let result = runtime.block_on(served);
    drop(process);
    result?;
    match app.phase {
        Phase::Stopped(why) => Err(Error::EngineStopped(why)),
        _ => Ok(app.last_text()),
    }
}

/// Shows `app` on `terminal` until somebody asks to leave: `input` is what the terminal says, and ends with it,
/// `events` is what the engine says.
///
/// # Errors
/// When the terminal fails, or no model could be opened.
pub async fn serve<B: Backend<Error: Send + Sync + 'static>>(
    app: &mut App,
    terminal: &mut Terminal<B>,
    host: &mut impl Host,
    mut input: UnboundedReceiver<io::Result<Input>>,
    mut events: Receiver<Event>,
) -> Result<()> {
    let began = Instant::now();
    let mut engine_lives = true;
    // How long after the last frame the next is wanted.
    let mut wanted = Some(ANSWER);
    let mut drawn: Option<Instant> = None;
    loop {
        app.advance(began.elapsed());
        let another_theme = app.follow_theme_files();
        if app.fall_silent() || another_theme {
            wanted = Some(ANSWER);
        }
        let since_drawn = drawn.map_or(Duration::MAX, |at| at.elapsed());
        let next_frame = wanted.or(app.is_animated().then_some(ANIMATION));
        if next_frame.is_some_and(|after| since_drawn >= after) {
            draw(app, terminal)?;
            drawn = Some(Instant::now());
            wanted = None;
            continue;
        }
        // Sleeps until something happens, until a frame may be drawn that is wanted, or until there may be something
        // new by itself.
        let next_frame = next_frame.map_or(Duration::from_secs(3600), |after| after - since_drawn);
        let alarms =
            [app.until_theme_look(), app.until_exhibit(), app.until_problem(), app.until_silence()];
        let asleep = alarms.into_iter().flatten().fold(next_frame, Duration::min);
        let request = tokio::select! {
            biased;
            request = host.request() => Some(request),
            event = input.recv() => match event {
                Some(Ok(event)) => {
                    wanted = Some(ANSWER);
                    // It tells keys that come at once from those that a person presses.
                    app.advance(began.elapsed());
                    app.on_input(event)
                }
                Some(Err(error)) => return Err(Error::Terminal(error)),
                None => Some(Request::Quit),
            },
            event = events.recv(), if engine_lives => {
                match event {
                    // There is nothing to look at, and the shell has the command line to correct.
                    Some(Event::Stopped(error)) if app.models.is_empty() => return Err(error),
                    Some(event) => {
                        app.on_engine(event);
                        // Who has asked for a text waits for its first step.
                        match app.lane().history.passes() {
                            1 => wanted = Some(Duration::ZERO),
                            _ => { wanted.get_or_insert(NEWS); }
                        }
                    }
                    None => engine_lives = false,
                }
                None
            }
            () = tokio::time::sleep(asleep) => None,
        };
        match request {
            Some(Request::Quit) => return Ok(()),
            Some(Request::Suspend) => {
                host.suspend()?;
                forget_screen(terminal)?;
                wanted = Some(ANSWER);
            }
            Some(Request::Copy(text)) => host.copy(&text)?,
            Some(Request::Retake) => {
                host.retake()?;
                forget_screen(terminal)?;
                wanted = Some(ANSWER);
            }
            Some(Request::Die(signal)) => {
                host.die(signal);
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

/// Draws `app`, and notes what stands where.
///
/// # Errors
/// When the terminal fails.
pub fn draw<B: Backend<Error: Send + Sync + 'static>>(
    app: &mut App,
    terminal: &mut Terminal<B>,
) -> Result<()> {
    let mut hits = None;
    terminal.draw(|frame| hits = Some(view::draw(frame, app))).map_err(terminal_error)?;
    app.on_drawn(hits.unwrap_or_default());
    Ok(())
}

/// Makes the next draw a whole one. `Terminal::clear` would ask the terminal where its cursor is and
/// wait for the answer, which the input thread reads.
fn forget_screen<B: Backend<Error: Send + Sync + 'static>>(
    terminal: &mut Terminal<B>,
) -> Result<()> {
    terminal.backend_mut().clear().map_err(terminal_error)?;
    terminal.swap_buffers();
    Ok(())
}

fn terminal_error(error: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::Terminal(io::Error::other(error))
}
