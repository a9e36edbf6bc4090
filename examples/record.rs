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

use std::collections::{BTreeMap, HashMap};
use std::error::Error;
use std::fmt::Write as _;
use std::io::{Read, Write};
use std::ops::Range;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use vt100::{Cell, Color, Parser, Screen};

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
const POSTER: usize = 45;

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
const DONE: Cue = Until("✓ done");
const KNOB: Cue = Press("\x1b[B", "↓", "next knob");
const HOTTER: Cue = Press("+", "+", "turn it up");
const BACK: Cue = Press("\x1b[D", "←", "back in time");
const NOW: Cue = Press("\x1b[F", "end", "back to now");
const DICE: Cue = Press("n", "n", "other dice");
const COLORS: Cue = Press("c", "c", "colours: how sure it was");

#[rustfmt::skip]
const SCRIPT: &[Cue] = &[
    Watch(14), KNOB, Watch(2), KNOB, Watch(2), KNOB, Watch(2), KNOB, Watch(5),
    HOTTER, Watch(5), HOTTER, DONE, Watch(26),
    BACK, Watch(4), BACK, Watch(3), BACK, Watch(3), BACK, Watch(3), BACK, Watch(3), BACK, Watch(10),
    NOW, Watch(12),
    DICE, Watch(20), COLORS, DONE, Watch(34),
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
    let svg = Film::of(&frames)?.svg()?;
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
    while !terminal.shows(RUNNING) {
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
                pressed = Some((cap, purpose));
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
        let size = PtySize { rows: ROWS, cols: COLUMNS, ..PtySize::default() };
        let pty = native_pty_system().openpty(size)?;
        let child = pty.slave.spawn_command(playground()?)?;
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
            child,
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

impl Drop for Terminal {
    fn drop(&mut self) {
        // Nothing is left to be done about a child that is gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
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
    Ok(command)
}

/// Colours of the dark theme, which need not be said for every cell.
const FOREGROUND: &str = "#c0caf5";
const BACKGROUND: &str = "#16161e";
/// A cell in pixels. Whole numbers keep lines sharp and the file short.
const WIDTH: usize = 8;
const HEIGHT: usize = 17;
/// The letters of a row stand this far below its top. That is the row's own zero.
const ASCENT: usize = 13;
/// The window around the screen.
const MARGIN: usize = 12;
const TITLE: usize = 34;

const STYLE: &str = "
text{font:13.3px ui-monospace,'SFMono-Regular',Menlo,Consolas,'DejaVu Sans Mono',monospace;
fill:#c0caf5}
path{fill:none;shape-rendering:crispEdges}
.key{fill:#2b3150;stroke:#565f89}
.cap{fill:#e0af68;font-weight:700;text-anchor:middle}
.still{display:none}
@media(prefers-reduced-motion:reduce){.film{display:none}.still{display:inline}}
";

/// Texts that are stored once and known by their number from then on.
#[derive(Default)]
struct Once(HashMap<String, usize>);

impl Once {
    fn number(&mut self, text: String) -> usize {
        let next = self.0.len();
        *self.0.entry(text).or_insert(next)
    }

    fn in_order(&self) -> Vec<(usize, &str)> {
        let mut texts: Vec<_> = self.0.iter().map(|(text, number)| (*number, &**text)).collect();
        texts.sort_unstable();
        texts
    }
}

/// The frames, each a list of pieces: the key in the title bar, then the panes of every row. A piece
/// is a number into `pieces`.
#[derive(Default)]
struct Film {
    styles: Once,
    pieces: Once,
    frames: Vec<Vec<usize>>,
}

impl Film {
    fn of(frames: &[Frame]) -> Result<Self> {
        let mut film = Self::default();
        for frame in frames {
            let key = frame.key.map_or_else(String::new, key_cap);
            let mut pieces = vec![film.pieces.number(key)];
            for row in 0..ROWS {
                for pane in PANES {
                    let piece = Piece::of(&frame.screen, row, pane).svg(&mut film.styles)?;
                    pieces.push(film.pieces.number(piece));
                }
            }
            film.frames.push(pieces);
        }
        Ok(film)
    }

    fn svg(&self) -> Result<String> {
        let width = usize::from(COLUMNS) * WIDTH + 2 * MARGIN;
        let height = usize::from(ROWS) * HEIGHT + TITLE + MARGIN;
        let mut svg = format!(
            "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {width} {height}' \
             width='{width}' height='{height}'>\n<style>{STYLE}"
        );
        for (number, style) in self.styles.in_order() {
            write!(svg, ".s{number}{{{style}}}")?;
        }
        svg.push_str("</style>\n<defs>\n");
        for (number, piece) in self.pieces.in_order() {
            writeln!(svg, "<g id='p{number}'>{piece}</g>")?;
        }
        writeln!(
            svg,
            "</defs>\n<rect x='.5' y='.5' width='{}' height='{}' rx='9' fill='{BACKGROUND}' \
             stroke='#3b4261'/>\n\
             <path d='M20 17h0m18 0h0m18 0h0' stroke='#3b4261' stroke-width='11' \
             stroke-linecap='round' shape-rendering='auto'/>",
            width - 1,
            height - 1
        )?;
        for (class, moving) in [("film", true), ("still", false)] {
            writeln!(svg, "<g class='{class}'>")?;
            for track in 0..self.frames[0].len() {
                svg.push_str(&self.track(track, moving));
            }
            svg.push_str("</g>\n");
        }
        svg.push_str("</svg>\n");
        Ok(svg)
    }

    /// One piece of the screen through all frames.
    fn track(&self, track: usize, moving: bool) -> String {
        let y = match track.checked_sub(1) {
            None => 22,
            Some(pane) => TITLE + pane / PANES.len() * HEIGHT + ASCENT,
        };
        let count = self.frames.len();
        let poster = self.frames[POSTER.min(count - 1)][track];
        let head = format!("<use href='#p{poster}' x='{MARGIN}' y='{y}'");
        let mut pieces: Vec<_> = self.frames.iter().map(|frame| frame[track]).enumerate().collect();
        pieces.dedup_by_key(|(_, piece)| *piece);
        if !moving || pieces.len() == 1 {
            return head + "/>\n";
        }
        let seconds = TICK.as_secs_f64() * count as f64;
        let time = |(frame, _): &(usize, _)| format!("{:.4}", *frame as f64 / count as f64);
        let times: Vec<String> = pieces.iter().map(time).collect();
        let values: Vec<String> = pieces.iter().map(|(_, piece)| format!("#p{piece}")).collect();
        format!(
            "{head}><animate attributeName='href' calcMode='discrete' repeatCount='indefinite' \
             dur='{seconds:.1}s' keyTimes='{}' values='{}'/></use>\n",
            times.join(";"),
            values.join(";")
        )
    }
}

/// The key that was pressed, for the title bar.
fn key_cap((cap, purpose): (&str, &str)) -> String {
    const LEFT: usize = 66;
    let width = cap.chars().count() * WIDTH + 14;
    format!(
        "<rect class='key' x='{LEFT}.5' y='-14.5' width='{width}' height='19' rx='4'/>\
         <text class='cap' x='{}'>{cap}</text><text x='{}'>{purpose}</text>",
        LEFT + width / 2,
        LEFT + width + 10
    )
}

/// What one row of a pane is made of.
#[derive(Default)]
struct Piece {
    /// Strokes by their style: grounds, then the signs that are drawn rather than written, so that
    /// they look the same with any font.
    strokes: [BTreeMap<String, String>; 2],
    words: Vec<Word>,
}

/// Letters of one style, with no more than one space between them.
struct Word {
    column: usize,
    columns: usize,
    style: String,
    text: String,
}

impl Piece {
    fn of(screen: &Screen, row: u16, pane: Range<u16>) -> Self {
        let mut piece = Self::default();
        let first = usize::from(pane.start);
        let cells: Vec<_> = pane.filter_map(|column| screen.cell(row, column)).collect();
        let cells: Vec<_> = cells.iter().map(|cell| (cell.contents(), Look::of(cell))).collect();
        let mut column = first;
        for run in cells.chunk_by(|a, b| a.1.back == b.1.back) {
            if run[0].1.back != BACKGROUND {
                piece.draw(0, across(&run[0].1.back, column, run.len(), HEIGHT as f64, -4.5, 1.0));
            }
            column += run.len();
        }
        column = first;
        for run in cells.chunk_by(|a, b| a == b) {
            let (sign, look) = &run[0];
            match drawn(sign, &look.fore, column, run.len()) {
                Some(stroke) => piece.draw(1, stroke),
                None => (column..).zip(run).for_each(|(column, _)| piece.write(sign, column, look)),
            }
            column += run.len();
        }
        piece
    }

    fn draw(&mut self, layer: usize, (style, outline): (String, String)) {
        self.strokes[layer].entry(style).or_default().push_str(&outline);
    }

    /// Adds a sign to the last word, or begins another. Signs outside of ASCII come from who knows
    /// which font and may be wider than a cell: they are words of their own, which nothing follows.
    fn write(&mut self, sign: &str, column: usize, look: &Look) {
        if sign.trim().is_empty() {
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
            self.words.push(Word { column, columns: 1, style, text });
        }
    }

    fn svg(&self, styles: &mut Once) -> Result<String> {
        let mut svg = String::new();
        for (style, outline) in self.strokes.iter().flatten() {
            let class = styles.number(style.clone());
            write!(svg, "<path class='s{class}' d='{outline}'/>")?;
        }
        for word in &self.words {
            write!(svg, "<text x='{}'", word.column * WIDTH)?;
            // Columns line up however wide the letters of the viewer's font are.
            if word.columns > 1 {
                write!(svg, " textLength='{}'", word.columns * WIDTH)?;
            }
            if !word.style.is_empty() {
                write!(svg, " class='s{}'", styles.number(word.style.clone()))?;
            }
            let text = word.text.replace('&', "&amp;").replace('<', "&lt;");
            write!(svg, ">{text}</text>")?;
        }
        Ok(svg)
    }
}

/// What a cell looks like, apart from its letter.
#[derive(PartialEq)]
struct Look {
    fore: String,
    back: String,
    /// Styles of the letters beside their colour.
    font: String,
}

impl Look {
    fn of(cell: &Cell) -> Self {
        let mut fore = hex(cell.fgcolor(), FOREGROUND);
        let mut back = hex(cell.bgcolor(), BACKGROUND);
        if cell.inverse() {
            std::mem::swap(&mut fore, &mut back);
        }
        let styles = [
            (cell.bold(), "font-weight:700;"),
            (cell.italic(), "font-style:italic;"),
            (cell.dim(), "opacity:.6;"),
        ];
        let font = styles.iter().filter(|(on, _)| *on).map(|(_, style)| *style).collect();
        Self { fore, back, font }
    }

    fn style(&self) -> String {
        match &*self.fore {
            FOREGROUND => self.font.clone(),
            fore => format!("{}fill:{fore}", self.font),
        }
    }
}

/// The theme gives every colour in full: there are no others to look up.
fn hex(color: Color, default: &str) -> String {
    match color {
        Color::Rgb(r, g, b) => format!("#{r:02x}{g:02x}{b:02x}"),
        _ => default.to_owned(),
    }
}

/// The style and the outline of `count` times a `sign` that is drawn: frames, bars, noise.
fn drawn(sign: &str, color: &str, column: usize, count: usize) -> Option<(String, String)> {
    const MIDDLE: f64 = -4.5;
    let full = HEIGHT as f64;
    let across = |thick, middle, opacity| across(color, column, count, thick, middle, opacity);
    let each = |outline: &str| {
        let columns = column..column + count;
        let outline = columns.map(|column| format!("M{}-13{outline}", column * WIDTH)).collect();
        (format!("stroke:{color};shape-rendering:auto"), outline)
    };
    Some(match sign {
        "─" => across(1.0, MIDDLE, 1.0),
        "━" => across(3.0, MIDDLE, 1.0),
        "░" => across(full, MIDDLE, 0.3),
        "▒" => across(full, MIDDLE, 0.55),
        "▓" => across(full, MIDDLE, 0.8),
        "│" => each("m4.5 0v17"),
        "╭" => each("m4.5 17v-5q0-3.5 3.5-3.5"),
        "╮" => each("m0 8.5h1q3.5 0 3.5 3.5v5"),
        "╰" => each("m4.5 0v5q0 3.5 3.5 3.5"),
        "╯" => each("m0 8.5h1q3.5 0 3.5-3.5v-5"),
        "·" => each("m3 9h1.6"),
        bar => {
            let level = "▁▂▃▄▅▆▇█".chars().position(|level| bar.starts_with(level))?;
            let height = full * (level + 1) as f64 / 8.0;
            across(height, (HEIGHT - ASCENT) as f64 - height / 2.0, 1.0)
        }
    })
}

/// A stroke through `count` cells.
fn across(
    color: &str,
    column: usize,
    count: usize,
    thick: f64,
    middle: f64,
    opacity: f64,
) -> (String, String) {
    let style = format!("stroke:{color};stroke-width:{thick};opacity:{opacity}");
    let outline = format!("M{} {middle}h{}", column * WIDTH, count * WIDTH);
    (style, outline)
}
