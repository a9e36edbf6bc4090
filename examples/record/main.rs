//! Records the playground as an animated SVG: the picture at the top of the README.
//!
//! ```sh
//! cargo build --release
//! cargo run --release --example record -- assets/demo.svg
//! cargo run --release --example record -- --still 3.5 still.svg
//! ```
//!
//! The real program runs in a pseudo-terminal, the keys of a script are played to it, and its screen
//! is looked at ten times a second. Every row of the screen becomes two tracks, canvas and panel,
//! that change only when the row does; what looks the same is stored once. The tracks are moved by
//! SMIL, which needs no script and so also runs within an `<img>`. `--still SECONDS` writes the
//! screen of one moment instead.

use std::error::Error;
use std::io::{Read, Write};
use std::ops::Range;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use portable_pty::{CommandBuilder, MasterPty, PtySize, native_pty_system};
use vt100::{Parser, Screen};

mod film;

use film::Film;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

const ROWS: u16 = 30;
/// The canvas and the panel beside it change at different times.
const PANES: [Range<u16>; 2] = [0..71, 71..COLUMNS];
const COLUMNS: u16 = 100;

/// From one look at the screen to the next.
const TICK: Duration = Duration::from_millis(100);
/// Nothing in the script takes longer than so many ticks.
const PATIENCE: usize = 600;
/// A key that was pressed stays in sight for so many ticks at most.
const KEY_SHOWN: usize = 9;
/// Static viewers, and people who asked for less motion, see the film as it is after so many ticks.
const POSTER: usize = 24;

/// What somebody does at the playground.
enum Cue {
    /// Presses a key: its bytes, its cap, and what it is for.
    Press(&'static str, &'static str, &'static str),
    /// Watches for so many ticks.
    Watch(usize),
    /// Watches until the screen says this.
    Until(&'static str),
}

use Cue::{Press, Until, Watch};

const RUNNING: &str = "at once";
const DONE: Cue = Until("✓ done");
const BACK: Cue = Press("\x1b[D", "←", "back in time");
const NOW: Cue = Press("\x1b[F", "end", "back to now");
const COLORS: Cue = Press("c", "c", "colours: when each word was written");

/// The opening as everybody sees it, a look back, and the order of writing.
#[rustfmt::skip]
const SCRIPT: &[Cue] = &[
    DONE, Watch(14),
    BACK, Watch(3), BACK, Watch(3), BACK, Watch(3), BACK, Watch(3), BACK, Watch(8), NOW, Watch(8),
    COLORS, Watch(2), COLORS, Watch(2), COLORS, Watch(2), COLORS, Watch(30),
];

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let (file, still) = match arguments[..] {
        [file] if !file.starts_with('-') => (file, None),
        ["--still", seconds, file] => (file, Some(seconds.parse::<f64>()?)),
        _ => return Err("usage: record [--still SECONDS] FILE.svg".into()),
    };
    let last = still.map(|seconds| (seconds / TICK.as_secs_f64()) as usize);
    let mut frames = record(last)?;
    if still.is_some() {
        frames.drain(..frames.len() - 1);
    }
    let svg = Film::of(&frames).svg();
    std::fs::write(file, &svg)?;
    println!("{file}: {} frames, {} KB", frames.len(), svg.len() / 1000);
    Ok(())
}

/// The screen at one moment, and the key that was pressed last: its cap and what it is for.
struct Frame {
    screen: Screen,
    key: Option<(&'static str, &'static str)>,
}

/// Plays the script, as far as the frame numbered `last` if it is given.
fn record(last: Option<usize>) -> Result<Vec<Frame>> {
    let mut terminal = Terminal::open()?;
    let opened = Instant::now();
    while !terminal.shows(RUNNING) {
        if opened.elapsed() > TICK * PATIENCE as u32 {
            return Err(format!("the playground never says {RUNNING:?}").into());
        }
        terminal.watch_until(Instant::now())?;
    }
    let began = Instant::now();
    let (mut frames, mut pressed, mut cue_began) = (Vec::new(), None, 0);
    let mut cues = SCRIPT.iter().peekable();
    while let Some(cue) = cues.peek() {
        let watched = frames.len() - cue_began;
        let over = match **cue {
            Press(bytes, cap, purpose) => {
                terminal.writer.write_all(bytes.as_bytes())?;
                terminal.writer.flush()?;
                pressed = Some((frames.len(), (cap, purpose)));
                true
            }
            Watch(ticks) => watched >= ticks,
            Until(text) => terminal.shows(text),
        };
        if over {
            cues.next();
            cue_began = frames.len();
            continue;
        }
        if watched >= PATIENCE {
            return Err("the playground does not get on with the script".into());
        }
        terminal.watch_until(began + TICK * frames.len() as u32)?;
        let key = pressed.filter(|(at, _)| frames.len() - at < KEY_SHOWN).map(|(_, key)| key);
        frames.push(Frame { screen: terminal.parser.screen().clone(), key });
        if last.is_some_and(|last| frames.len() > last) {
            break;
        }
    }
    Ok(frames)
}

/// A terminal with the playground in it, which leaves when the terminal is gone.
struct Terminal {
    parser: Parser,
    writer: Box<dyn Write + Send>,
    output: Receiver<Vec<u8>>,
    _master: Box<dyn MasterPty + Send>,
}

impl Terminal {
    fn open() -> Result<Self> {
        let size = PtySize { rows: ROWS, cols: COLUMNS, ..PtySize::default() };
        let pty = native_pty_system().openpty(size)?;
        pty.slave.spawn_command(playground()?)?;
        let mut reader = pty.master.try_clone_reader()?;
        let (sender, output) = channel();
        thread::spawn(move || {
            let mut buffer = [0; 65536];
            while let Ok(length @ 1..) = reader.read(&mut buffer)
                && sender.send(buffer[..length].to_vec()).is_ok()
            {}
        });
        Ok(Self {
            parser: Parser::new(ROWS, COLUMNS, 0),
            writer: pty.master.take_writer()?,
            output,
            _master: pty.master,
        })
    }

    fn shows(&self, text: &str) -> bool {
        self.parser.screen().contents().contains(text)
    }

    /// Takes in what is drawn until `moment`, and then what is being drawn at that moment: a screen
    /// that is half new must not be seen.
    fn watch_until(&mut self, moment: Instant) -> Result<()> {
        const PAUSE: Duration = Duration::from_millis(4);
        loop {
            let left = moment.saturating_duration_since(Instant::now());
            match self.output.recv_timeout(left.max(PAUSE)) {
                Ok(bytes) => self.parser.process(&bytes),
                Err(RecvTimeoutError::Timeout) => return Ok(()),
                Err(RecvTimeoutError::Disconnected) => {
                    let screen = self.parser.screen().contents();
                    return Err(format!("the playground ended early: {screen}").into());
                }
            }
        }
    }
}

/// The release build of the program, without anything that its user has configured.
fn playground() -> Result<CommandBuilder> {
    let example = std::env::current_exe()?;
    let folder = example.ancestors().nth(2).ok_or("no folder to look for remask in")?;
    let program = folder.join(format!("remask{}", std::env::consts::EXE_SUFFIX));
    if !program.is_file() {
        return Err(format!("no {}: cargo build --release first", program.display()).into());
    }
    let mut command = CommandBuilder::new(program);
    command.env_clear();
    command.env("TERM", "xterm-256color");
    command.env("COLORTERM", "truecolor");
    command.env("LANG", "C.UTF-8");
    command.env("XDG_CONFIG_HOME", "/nonexistent");
    command.env("REMASK_HISTORY", "false");
    command.env("REMASK_ATTRACT", "false");
    Ok(command)
}
