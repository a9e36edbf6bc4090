//! A program on a real pseudo-terminal, and what that terminal shows.

use std::ffi::OsStr;
use std::io::{Read, Write};
use std::process::Command;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, ExitStatus, PtyPair, PtySize, native_pty_system};
use vt100::{MouseProtocolMode, Screen};

use crate::support::harness::PATIENCE;

pub const REMASK: &str = env!("CARGO_BIN_EXE_remask");
const POLL: Duration = Duration::from_millis(10);
/// Columns and rows, unless a test is about them.
pub const SIZE: (u16, u16) = (100, 30);
/// Names the part that is to break in [`host`]. Must not begin with `REMASK_`, which is the
/// configuration's.
pub const BROKEN_PART: &str = "TEST_BROKEN_PART";

pub const CTRL_C: &str = "\x03";
pub const UNFINISHED_PASTE: &str = "\x1b[200~";
pub const CTRL_Z: &str = "\x1a";
pub const ENTER_ALTERNATE_SCREEN: &str = "\x1b[?1049h";

/// What a terminal takes in besides its screen. It answers no queries: a program that waits for an
/// answer would hang or fail on a terminal that gives none.
#[derive(Default)]
pub struct Heard {
    pub raw: Vec<u8>,
    pub titles: Vec<String>,
    pub bells: usize,
}

impl vt100::Callbacks for Heard {
    fn set_window_title(&mut self, _: &mut Screen, title: &[u8]) {
        self.titles.push(String::from_utf8_lossy(title).into_owned());
    }

    fn audible_bell(&mut self, _: &mut Screen) {
        self.bells += 1;
    }
}

pub type Terminal = vt100::Parser<Heard>;

/// A program on a terminal of its own.
pub struct Session {
    /// Its slave side stays open, so that the modes can still be read when the program has left.
    pty: PtyPair,
    child: Box<dyn Child + Send + Sync>,
    keyboard: Box<dyn Write + Send>,
    terminal: Arc<Mutex<Terminal>>,
    modes_before: String,
}

impl Session {
    pub fn remask(arguments: &[&str], size: (u16, u16)) -> Self {
        Self::start(command(REMASK, arguments), size)
    }

    /// This test program again, as [`host`].
    pub fn host(broken_part: &str) -> Self {
        let program = std::env::current_exe().unwrap();
        let mut command = command(program, &["terminal::host", "--exact", "--nocapture"]);
        command.env(BROKEN_PART, broken_part);
        Self::start(command, SIZE)
    }

    pub fn start(command: CommandBuilder, (columns, rows): (u16, u16)) -> Self {
        let system = native_pty_system();
        let pty = system.openpty(window(columns, rows)).unwrap();
        let terminal = Terminal::new_with_callbacks(rows, columns, 0, Heard::default());
        let terminal = Arc::new(Mutex::new(terminal));
        let output = pty.master.try_clone_reader().unwrap();
        let shown = Arc::clone(&terminal);
        std::thread::spawn(move || show(output, &shown));
        Self {
            modes_before: modes(&pty),
            child: pty.slave.spawn_command(command).unwrap(),
            keyboard: pty.master.take_writer().unwrap(),
            pty,
            terminal,
        }
    }

    pub fn terminal(&self) -> MutexGuard<'_, Terminal> {
        self.terminal.lock().unwrap()
    }

    pub fn wait_for(&self, what: &str, holds: impl Fn(&Screen) -> bool) {
        let began = Instant::now();
        while !holds(self.terminal().screen()) {
            if began.elapsed() > PATIENCE {
                let contents = self.terminal().screen().contents();
                panic!("waited in vain for {what}; the terminal shows:\n{contents}");
            }
            std::thread::sleep(POLL);
        }
    }

    pub fn wait_for_text(&self, text: &str) {
        self.wait_for(text, |screen| screen.contents().contains(text));
    }

    /// Waits until the playground has the terminal and shows `text` in it.
    pub fn wait_for_playground(&self, text: &str) {
        self.wait_for("the playground", |screen| taken_over(screen) == [true; 4]);
        // A shell that continues a job sets modes too, and may come a moment later.
        self.wait_for("raw mode", |_| modes(&self.pty) != self.modes_before);
        self.wait_for_text(text);
    }

    /// Waits until the terminal is as it was before.
    pub fn wait_for_usable_terminal(&self) {
        let what = "the terminal to be given back";
        self.wait_for(what, |screen| taken_over(screen) == [false; 4]);
        assert_eq!(modes(&self.pty), self.modes_before, "still in raw mode");
    }

    pub fn wait_for_end(&mut self) -> ExitStatus {
        let began = Instant::now();
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            assert!(began.elapsed() < PATIENCE, "the program did not end");
            std::thread::sleep(POLL);
        };
        self.wait_for_usable_terminal();
        status
    }

    /// Whether the program ever wrote `text`.
    pub fn received(&self, text: &str) -> bool {
        let terminal = self.terminal();
        let mut windows = terminal.callbacks().raw.windows(text.len());
        windows.any(|window| window == text.as_bytes())
    }

    pub fn press(&mut self, keys: &str) {
        self.keyboard.write_all(keys.as_bytes()).unwrap();
    }

    /// Resizes the window: the terminal knows first, then the program is told.
    pub fn resize(&self, columns: u16, rows: u16) {
        self.terminal().screen_mut().set_size(rows, columns);
        self.pty.master.resize(window(columns, rows)).unwrap();
    }

    /// Sends a signal to what runs in the foreground.
    pub fn signal(&self, name: &str) {
        let program = self.pty.master.process_group_leader().unwrap();
        let kill = format!("kill -s {name} {program}");
        let shell = Command::new("sh").args(["-c", &kill]).status();
        assert!(shell.unwrap().success(), "{kill}");
    }
}

impl Drop for Session {
    /// A test that failed leaves no program behind.
    fn drop(&mut self) {
        if let Ok(None) = self.child.try_wait() {
            let _ = self.child.kill();
        }
    }
}

pub fn window(cols: u16, rows: u16) -> PtySize {
    PtySize { rows, cols, ..PtySize::default() }
}

/// Echo, line editing and so on, as text: their type belongs to a crate that we don't use.
fn modes(pty: &PtyPair) -> String {
    format!("{:?}", pty.master.get_termios().unwrap())
}

/// What the playground switches besides the modes: on while it has the terminal, else off.
fn taken_over(screen: &Screen) -> [bool; 4] {
    [
        screen.alternate_screen(),
        screen.hide_cursor(),
        screen.bracketed_paste(),
        screen.mouse_protocol_mode() != MouseProtocolMode::None,
    ]
}

/// `program`, with nothing of what the person at this machine has set for it.
pub fn command(program: impl AsRef<OsStr>, arguments: &[&str]) -> CommandBuilder {
    let mut command = CommandBuilder::new(program);
    command.args(arguments);
    command.cwd(env!("CARGO_MANIFEST_DIR"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("REMASK_") {
            command.env_remove(name);
        }
    }
    command.env("REMASK_CONFIG", "/dev/null");
    command.env_remove("NO_MOTION");
    // Nor is anything left behind there.
    command.env("REMASK_HISTORY", "false");
    // All panels from the beginning, and nothing that comes by itself.
    command.env("REMASK_OPENING", "false");
    command.env("REMASK_ATTRACT", "false");
    // Nothing that is remembered of this person is read or written.
    command.env("XDG_STATE_HOME", "/dev/null");
    command.env("TERM", "xterm-256color");
    command.env("LC_ALL", "C.UTF-8");
    // A backtrace would push the message of a panic off the screen.
    command.env("RUST_BACKTRACE", "0");
    command
}

/// The terminal's side: shows whatever the program writes until the last of it has gone.
fn show(mut output: impl Read, terminal: &Mutex<Terminal>) {
    let mut buffer = [0; 4096];
    while let Ok(count @ 1..) = output.read(&mut buffer) {
        let mut terminal = terminal.lock().unwrap();
        terminal.callbacks_mut().raw.extend_from_slice(&buffer[..count]);
        terminal.process(&buffer[..count]);
    }
}
