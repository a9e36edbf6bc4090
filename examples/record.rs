//! Records the playground as an animated SVG: the picture at the top of the README.
//!
//! ```sh
//! cargo build --release
//! cargo run --release --example record -- assets/demo.svg
//! cargo run --release --example record -- --still 3.5 still.svg
//! ```
//!
//! The real program runs in a pseudo-terminal, somebody's keys are played to it, and its screen is
//! looked at ten times a second. Every row of the screen becomes a track of its own, which changes
//! only when the row does, and rows that look the same are stored once. `--still SECONDS` writes the
//! screen of one moment instead.

use std::collections::{BTreeMap, HashMap};
use std::error::Error;
use std::fmt::Write as _;
use std::io::{Read, Write};
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use vt100::{Cell, Color, Parser, Screen};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

const COLUMNS: u16 = 100;
const ROWS: u16 = 30;
/// From one look at the screen to the next.
const TICK: Duration = Duration::from_millis(100);
/// Nothing in the script takes longer than so many ticks.
const PATIENCE: usize = 600;
/// A key that was pressed stays in sight for so many ticks at most.
const KEY_SHOWN: usize = 9;

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

const RUNNING: &str = "● denoising";
const DONE: &str = "✓ done";
const KNOB: Cue = Press("\x1b[B", "↓", "next knob");
const HOTTER: Cue = Press("+", "+", "turn it up");
const BACK: Cue = Press("\x1b[D", "←", "back in time");
const NOW: Cue = Press("\x1b[F", "end", "back to now");
const DICE: Cue = Press("n", "n", "other dice");
const COLORS: Cue = Press("c", "c", "colours: how sure it was");

#[rustfmt::skip]
const SCRIPT: &[Cue] = &[
    Watch(14), KNOB, Watch(2), KNOB, Watch(2), KNOB, Watch(2), KNOB, Watch(5), HOTTER, Watch(5), HOTTER,
    Until(DONE), Watch(26),
    BACK, Watch(4), BACK, Watch(3), BACK, Watch(3), BACK, Watch(3), BACK, Watch(3), BACK, Watch(10),
    NOW, Watch(12),
    DICE, Watch(20), COLORS, Until(DONE), Watch(34),
];

/// Static viewers, and people who asked for less motion, see the film as it is after so many ticks.
const POSTER: usize = 45;

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
    let film = Film::of(&frames)?;
    let svg = film.svg()?;
    std::fs::write(file, &svg)?;
    let (frames, rows, size) = (frames.len(), film.rows.texts.len(), svg.len() / 1000);
    println!("{file}: {frames} frames, {rows} distinct rows, {size} KB");
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
    terminal.wait_for(RUNNING)?;
    let began = Instant::now();
    let mut frames = Vec::new();
    let mut cues = SCRIPT.iter();
    let mut cue = cues.next();
    let mut cue_began = 0;
    let mut pressed = None;
    while let Some(now) = cue {
        let watched = frames.len() - cue_began;
        let over = match *now {
            Press(bytes, cap, purpose) => {
                terminal.press(bytes)?;
                pressed = Some((cap, purpose));
                true
            }
            Watch(ticks) => watched >= ticks,
            Until(text) => terminal.shows(text),
        };
        if over {
            (cue, cue_began) = (cues.next(), frames.len());
            continue;
        }
        if watched >= PATIENCE {
            return Err("the playground does not get on with the script".into());
        }
        terminal.watch_until(began + TICK * frames.len() as u32)?;
        frames.push(Frame {
            screen: terminal.parser.screen().clone(),
            key: pressed.filter(|_| watched < KEY_SHOWN),
        });
        if last.is_some_and(|last| frames.len() > last) {
            break;
        }
    }
    Ok(frames)
}

/// A terminal with the playground in it.
struct Terminal {
    parser: Parser,
    writer: Box<dyn Write + Send>,
    output: Receiver<Vec<u8>>,
    child: Box<dyn Child + Send + Sync>,
    /// The terminal lasts as long as this does.
    _master: Box<dyn MasterPty + Send>,
}

impl Terminal {
    fn open() -> Result<Self> {
        let pty = native_pty_system().openpty(PtySize {
            rows: ROWS,
            cols: COLUMNS,
            pixel_width: 0,
            pixel_height: 0,
        })?;
        let child = pty.slave.spawn_command(playground()?)?;
        let writer = pty.master.take_writer()?;
        let mut reader = pty.master.try_clone_reader()?;
        let (sender, output) = channel();
        thread::spawn(move || {
            let mut buffer = [0; 65536];
            while let Ok(length @ 1..) = reader.read(&mut buffer) {
                if sender.send(buffer[..length].to_vec()).is_err() {
                    break;
                }
            }
        });
        Ok(Self {
            parser: Parser::new(ROWS, COLUMNS, 0),
            writer,
            output,
            child,
            _master: pty.master,
        })
    }

    fn press(&mut self, bytes: &str) -> Result<()> {
        self.writer.write_all(bytes.as_bytes())?;
        Ok(self.writer.flush()?)
    }

    fn shows(&self, text: &str) -> bool {
        self.parser.screen().contents().contains(text)
    }

    fn wait_for(&mut self, text: &str) -> Result<()> {
        let began = Instant::now();
        while !self.shows(text) {
            if began.elapsed() > TICK * PATIENCE as u32 {
                return Err(format!("the playground never said {text:?}").into());
            }
            self.watch_until(Instant::now() + TICK / 10)?;
        }
        Ok(())
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

impl Drop for Terminal {
    fn drop(&mut self) {
        // Nothing is left to be done about a child that is gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The release build of the program, without anything that its user has configured.
fn playground() -> Result<CommandBuilder> {
    let name = format!("remask{}", std::env::consts::EXE_SUFFIX);
    let example = std::env::current_exe()?;
    let folder = example
        .ancestors()
        .nth(2)
        .map(PathBuf::from)
        .unwrap_or_default();
    let program = folder.join(name);
    if !program.is_file() {
        let program = program.display();
        return Err(format!("no {program} yet: cargo build --release first").into());
    }
    let mut command = CommandBuilder::new(program);
    command.env_clear();
    for (name, value) in [
        ("TERM", "xterm-256color"),
        ("COLORTERM", "truecolor"),
        ("LANG", "C.UTF-8"),
        ("XDG_CONFIG_HOME", "/nonexistent"),
    ] {
        command.env(name, value);
    }
    Ok(command)
}

/// Colours of the dark theme, which need not be said for every cell.
const FOREGROUND: Rgb = Rgb(0xc0, 0xca, 0xf5);
const BACKGROUND: Rgb = Rgb(0x16, 0x16, 0x1e);
/// A cell in pixels. Whole numbers keep lines sharp and the file short.
const WIDTH: usize = 8;
const HEIGHT: usize = 17;
/// A row's own zero is where its letters stand; it begins this far above.
const ASCENT: usize = 13;
/// The window around the screen.
const MARGIN: usize = 12;
const TITLE: usize = 34;

const STYLE: &str = "\
text{font:13.3px ui-monospace,'SFMono-Regular',Menlo,Consolas,'DejaVu Sans Mono',monospace;\
fill:#c0caf5}\
path{shape-rendering:crispEdges}\
.cap{fill:#2b3150;stroke:#565f89}\
text.cap{fill:#e0af68;stroke:none;font-weight:700}\
.still{display:none}\
@media(prefers-reduced-motion:reduce){.film{display:none}.still{display:inline}}\n";

/// The frames as rows, each a number into `rows`. The first row is the key in the title bar.
#[derive(Default)]
struct Film {
    styles: Once,
    rows: Once,
    frames: Vec<Vec<usize>>,
}

/// Texts that are stored once and known by their number from then on.
#[derive(Default)]
struct Once {
    numbers: HashMap<String, usize>,
    texts: Vec<String>,
}

impl Once {
    fn number(&mut self, text: String) -> usize {
        *self.numbers.entry(text).or_insert_with_key(|text| {
            self.texts.push(text.clone());
            self.texts.len() - 1
        })
    }
}

impl Film {
    fn of(frames: &[Frame]) -> Result<Self> {
        let mut film = Self::default();
        for frame in frames {
            let mut rows = vec![frame.key.map_or_else(String::new, key_cap)];
            for row in 0..ROWS {
                rows.push(Row::of(&frame.screen, row).svg(&mut film.styles)?);
            }
            let rows = rows.into_iter().map(|row| film.rows.number(row)).collect();
            film.frames.push(rows);
        }
        Ok(film)
    }

    fn svg(&self) -> Result<String> {
        let width = usize::from(COLUMNS) * WIDTH + 2 * MARGIN;
        let height = usize::from(ROWS) * HEIGHT + TITLE + MARGIN;
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" \
             width=\"{width}\" height=\"{height}\" role=\"img\" \
             aria-label=\"remask turning noise into a story\">\n<style>{STYLE}"
        );
        for (number, style) in self.styles.texts.iter().enumerate() {
            write!(svg, ".s{number}{{{style}}}")?;
        }
        svg.push_str("</style>\n<defs>\n");
        for (number, row) in self.rows.texts.iter().enumerate() {
            writeln!(svg, "<g id=\"r{number}\">{row}</g>")?;
        }
        let (right, bottom) = (width - 1, height - 1);
        writeln!(
            svg,
            "</defs>\n<rect x=\".5\" y=\".5\" width=\"{right}\" height=\"{bottom}\" rx=\"9\" \
             fill=\"{BACKGROUND}\" stroke=\"#3b4261\"/>\n\
             <g fill=\"#3b4261\"><circle cx=\"20\" cy=\"17\" r=\"5.5\"/>\
             <circle cx=\"38\" cy=\"17\" r=\"5.5\"/><circle cx=\"56\" cy=\"17\" r=\"5.5\"/></g>"
        )?;
        for (class, moving) in [("film", true), ("still", false)] {
            writeln!(svg, "<g class=\"{class}\">")?;
            for track in 0..=usize::from(ROWS) {
                self.track(&mut svg, track, moving)?;
            }
            svg.push_str("</g>\n");
        }
        svg.push_str("</svg>\n");
        Ok(svg)
    }

    /// One row of the screen through all frames.
    fn track(&self, svg: &mut String, track: usize, moving: bool) -> Result<()> {
        let poster = &self.frames[POSTER.min(self.frames.len() - 1)];
        let top = if track == 0 {
            8
        } else {
            TITLE + (track - 1) * HEIGHT
        };
        let y = top + ASCENT;
        write!(
            svg,
            "<use href=\"#r{}\" x=\"{MARGIN}\" y=\"{y}\"",
            poster[track]
        )?;
        let mut rows: Vec<(usize, usize)> = self
            .frames
            .iter()
            .map(|frame| frame[track])
            .enumerate()
            .collect();
        rows.dedup_by_key(|(_, row)| *row);
        if !moving || rows.len() == 1 {
            svg.push_str("/>\n");
            return Ok(());
        }
        let count = self.frames.len();
        let seconds = TICK.as_secs_f64() * count as f64;
        let ids: Vec<String> = rows.iter().map(|(_, row)| format!("#r{row}")).collect();
        let times: Vec<String> = rows
            .iter()
            .map(|(frame, _)| format!("{:.4}", *frame as f64 / count as f64))
            .collect();
        writeln!(
            svg,
            "><animate attributeName=\"href\" calcMode=\"discrete\" repeatCount=\"indefinite\" \
             dur=\"{seconds:.1}s\" keyTimes=\"{}\" values=\"{}\"/></use>",
            times.join(";"),
            ids.join(";")
        )?;
        Ok(())
    }
}

/// The key that was pressed, in the title bar.
fn key_cap((cap, purpose): (&str, &str)) -> String {
    let width = cap.chars().count() * WIDTH + 14;
    let middle = width / 2;
    format!(
        "<rect class=\"cap\" x=\"76.5\" y=\"-13.5\" width=\"{width}\" height=\"19\" rx=\"4\"/>\
         <text class=\"cap\" x=\"{}\" text-anchor=\"middle\">{cap}</text>\
         <text x=\"{}\">{purpose}</text>",
        76 + middle,
        76 + width + 10
    )
}

/// What one row of the screen is made of.
#[derive(Default)]
struct Row {
    /// Outlines by their style: grounds, then the signs that are drawn rather than written, so that
    /// they look the same with any font.
    outlines: [BTreeMap<String, String>; 2],
    words: Vec<Word>,
}

/// Letters of one style, with no more than one space between them.
struct Word {
    column: usize,
    columns: usize,
    style: String,
    text: String,
}

impl Row {
    fn of(screen: &Screen, row: u16) -> Self {
        let cells = (0..COLUMNS).filter_map(|column| screen.cell(row, column));
        let cells: Vec<(&str, Look)> = cells
            .map(|cell| (cell.contents(), Look::of(cell)))
            .collect();
        let mut this = Self::default();
        let mut column = 0;
        for run in cells.chunk_by(|a, b| a.1.back == b.1.back) {
            if run[0].1.back != BACKGROUND {
                this.draw(0, run[0].1.back.fill(), &block(column, run.len(), HEIGHT));
            }
            column += run.len();
        }
        column = 0;
        for run in cells.chunk_by(|a, b| a == b) {
            let (sign, look) = run[0];
            if let Some((style, outline)) = drawn(sign, look.fore, column, run.len()) {
                this.draw(1, style, &outline);
            } else {
                (column..)
                    .zip(run)
                    .for_each(|(column, _)| this.write(sign, column, look));
            }
            column += run.len();
        }
        this
    }

    fn draw(&mut self, layer: usize, style: String, outline: &str) {
        self.outlines[layer]
            .entry(style)
            .or_default()
            .push_str(outline);
    }

    /// Adds a sign to the last word, or begins another. Signs outside of ASCII come from who knows
    /// which font and may be wider than a cell: they are words of their own, which nothing follows.
    fn write(&mut self, sign: &str, column: usize, look: Look) {
        if matches!(sign, "" | " ") {
            return;
        }
        let style = look.style();
        if let Some(word) = self.words.last_mut()
            && word.style == style
            && word.text.is_ascii()
            && sign.is_ascii()
            && column <= word.column + word.columns + 1
        {
            let gap = column - word.column - word.columns;
            word.text.extend([&" "[..gap], sign]);
            word.columns += gap + 1;
        } else {
            let text = sign.to_owned();
            self.words.push(Word {
                column,
                columns: 1,
                style,
                text,
            });
        }
    }

    fn svg(&self, styles: &mut Once) -> Result<String> {
        let mut svg = String::new();
        for (style, outline) in self.outlines.iter().flatten() {
            let class = styles.number(style.clone());
            write!(svg, "<path class=\"s{class}\" d=\"{outline}\"/>")?;
        }
        for word in &self.words {
            write!(svg, "<text x=\"{}\"", word.column * WIDTH)?;
            // Columns line up however wide the letters of the viewer's font are.
            if word.columns > 1 {
                write!(svg, " textLength=\"{}\"", word.columns * WIDTH)?;
            }
            if !word.style.is_empty() {
                write!(svg, " class=\"s{}\"", styles.number(word.style.clone()))?;
            }
            let text = word.text.replace('&', "&amp;").replace('<', "&lt;");
            write!(svg, ">{text}</text>")?;
        }
        Ok(svg)
    }
}

#[derive(Clone, Copy, PartialEq)]
struct Rgb(u8, u8, u8);

impl Rgb {
    fn fill(self) -> String {
        format!("fill:{self}")
    }
}

impl std::fmt::Display for Rgb {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "#{:02x}{:02x}{:02x}", self.0, self.1, self.2)
    }
}

/// What a cell looks like, apart from its letter.
#[derive(Clone, Copy, PartialEq)]
struct Look {
    fore: Rgb,
    back: Rgb,
    bold: bool,
    italic: bool,
    dim: bool,
}

impl Look {
    fn of(cell: &Cell) -> Self {
        // The theme gives every colour in full: there are no others to look up.
        let color = |color, default| match color {
            Color::Rgb(r, g, b) => Rgb(r, g, b),
            _ => default,
        };
        let fore = color(cell.fgcolor(), FOREGROUND);
        let back = color(cell.bgcolor(), BACKGROUND);
        let (fore, back) = if cell.inverse() {
            (back, fore)
        } else {
            (fore, back)
        };
        Self {
            fore,
            back,
            bold: cell.bold(),
            italic: cell.italic(),
            dim: cell.dim(),
        }
    }

    fn style(self) -> String {
        let parts = [
            (self.fore != FOREGROUND, self.fore.fill()),
            (self.bold, "font-weight:700".to_owned()),
            (self.italic, "font-style:italic".to_owned()),
            (self.dim, "opacity:.6".to_owned()),
        ];
        let parts = parts.into_iter().filter(|(wanted, _)| *wanted);
        parts.map(|(_, part)| part).collect::<Vec<_>>().join(";")
    }
}

/// The style and the outline of `count` times a `sign` that is drawn: frames, bars, noise.
fn drawn(sign: &str, fore: Rgb, column: usize, count: usize) -> Option<(String, String)> {
    const BARS: &str = "▁▂▃▄▅▆▇█";
    let (left, length) = (column * WIDTH, count * WIDTH);
    let stroke = |width: f32| format!("fill:none;stroke:{fore};stroke-width:{width}");
    let shade = |opacity: f32| {
        (
            format!("fill:{fore};opacity:{opacity}"),
            block(column, count, HEIGHT),
        )
    };
    let line = |outline: String| (stroke(1.0), outline);
    Some(match sign {
        "─" => line(format!("M{left}-4.5h{length}")),
        "━" => (stroke(2.5), format!("M{left}-4.5h{length}")),
        "│" => line(
            (column..column + count)
                .map(|c| format!("M{}.5-13v17", c * WIDTH + 4))
                .collect(),
        ),
        "╭" => line(format!("M{}.5 4v-5q0-3.5 3.5-3.5", left + 4)),
        "╮" => line(format!("M{left}-4.5h1q3.5 0 3.5 3.5v5")),
        "╰" => line(format!("M{}.5-13v5q0 3.5 3.5 3.5", left + 4)),
        "╯" => line(format!("M{left}-4.5h1q3.5 0 3.5-3.5v-5")),
        "·" => (
            fore.fill(),
            (column..column + count)
                .map(|c| format!("M{}-5h2v2h-2z", c * WIDTH + 3))
                .collect(),
        ),
        "░" => shade(0.3),
        "▒" => shade(0.55),
        "▓" => shade(0.8),
        bar => {
            let level = BARS.chars().position(|level| bar.starts_with(level))?;
            (fore.fill(), block(column, count, HEIGHT * (level + 1) / 8))
        }
    })
}

/// The outline of `count` cells, filled up to `height`.
fn block(column: usize, count: usize, height: usize) -> String {
    let (left, length) = (column * WIDTH, count * WIDTH);
    let top = HEIGHT as isize - ASCENT as isize - height as isize;
    format!("M{left} {top}h{length}v{height}h-{length}z")
}
