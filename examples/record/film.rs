//! The animated SVG: what the screen showed, as text and strokes.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

use vt100::{Cell, Color, Screen};

use super::{COLUMNS, Frame, PANES, POSTER, ROWS, TICK};

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
.window{fill:#16161e;stroke:#3b4261}
.buttons{stroke:#3b4261;stroke-width:11;stroke-linecap:round;shape-rendering:auto}
.still{display:none}
@media(prefers-reduced-motion:reduce){.film{display:none}.still{display:inline}}
";

/// Texts that are stored once, and known by their number from then on.
#[derive(Default)]
struct Once {
    numbers: HashMap<String, usize>,
    /// Their definitions.
    written: String,
}

impl Once {
    fn number(&mut self, text: String, define: impl Fn(usize, &str) -> String) -> usize {
        let next = self.numbers.len();
        *self.numbers.entry(text).or_insert_with_key(|text| {
            self.written.push_str(&define(next, text));
            next
        })
    }

    fn style(&mut self, style: String) -> String {
        let number = self.number(style, |number, style| format!(".s{number}{{{style}}}"));
        format!("class='s{number}'")
    }

    fn piece(&mut self, piece: String) -> usize {
        self.number(piece, |number, piece| format!("<g id='p{number}'>{piece}</g>\n"))
    }
}

/// The frames, each a list of pieces: the key in the title bar, then the panes of every row.
#[derive(Default)]
pub struct Film {
    styles: Once,
    pieces: Once,
    frames: Vec<Vec<usize>>,
}

impl Film {
    /// Takes every frame apart into pieces.
    pub fn of(frames: &[Frame]) -> Self {
        let mut film = Self::default();
        for frame in frames {
            let key = frame.key.map_or_else(String::new, key_cap);
            let mut pieces = vec![film.pieces.piece(key)];
            for (row, pane) in (0..ROWS).flat_map(|row| PANES.map(|pane| (row, pane))) {
                let piece = piece(&frame.screen, row, pane, &mut film.styles);
                pieces.push(film.pieces.piece(piece));
            }
            film.frames.push(pieces);
        }
        film
    }

    /// The whole file.
    pub fn svg(&self) -> String {
        let width = usize::from(COLUMNS) * WIDTH + 2 * MARGIN;
        let height = usize::from(ROWS) * HEIGHT + TITLE + MARGIN;
        let (styles, pieces) = (&self.styles.written, &self.pieces.written);
        let tracks = |moving| (0..self.frames[0].len()).map(move |at| self.track(at, moving));
        let (film, still): (String, String) = (tracks(true).collect(), tracks(false).collect());
        format!(
            "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {width} {height}' \
             width='{width}' height='{height}'>\n\
             <style>{STYLE}{styles}</style>\n<defs>\n{pieces}</defs>\n\
             <rect class='window' x='.5' y='.5' width='{}' height='{}' rx='9'/>\n\
             <path class='buttons' d='M20 17h0m18 0h0m18 0h0'/>\n\
             <g class='film'>\n{film}</g>\n<g class='still'>\n{still}</g>\n</svg>\n",
            width - 1,
            height - 1
        )
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
    let (middle, right) = (LEFT + width / 2, LEFT + width + 10);
    format!(
        "<rect class='key' x='{LEFT}.5' y='-14.5' width='{width}' height='19' rx='4'/>\
         <text class='cap' x='{middle}'>{cap}</text><text x='{right}'>{purpose}</text>"
    )
}

/// One row of a pane.
fn piece(screen: &Screen, row: u16, pane: Range<u16>, styles: &mut Once) -> String {
    let left = usize::from(pane.start);
    let cells: Vec<&Cell> = pane.filter_map(|column| screen.cell(row, column)).collect();
    // By layer, since grounds lie under everything, and style.
    let mut strokes: BTreeMap<(u8, String), String> = BTreeMap::new();
    let mut draw = |layer, (style, outline): Stroke| {
        strokes.entry((layer, style)).or_default().push_str(&outline);
    };
    let mut column = left;
    for run in cells.chunk_by(|a, b| Look::of(a).back == Look::of(b).back) {
        let back = Look::of(run[0]).back;
        if back != BACKGROUND {
            draw(0, across(&back, column, run.len(), FULL));
        }
        column += run.len();
    }
    let mut letters = Vec::new();
    column = left;
    for run in cells.chunk_by(|a, b| a == b) {
        let (sign, look) = (run[0].contents(), Look::of(run[0]));
        if let Some(stroke) = drawn(sign, &look.fore, column, run.len()) {
            draw(1, stroke);
        } else if !sign.trim().is_empty() {
            let style = look.style();
            let columns = column..column + run.len();
            letters.extend(columns.map(|column| Letter { column, sign, style: style.clone() }));
        }
        column += run.len();
    }
    let mut piece = String::new();
    for ((_, style), outline) in strokes {
        piece += &format!("<path {} d='{outline}'/>", styles.style(style));
    }
    for word in letters.chunk_by(Letter::goes_on) {
        piece += &text(word, styles);
    }
    piece
}

/// A letter in its place.
struct Letter<'a> {
    column: usize,
    sign: &'a str,
    style: String,
}

impl Letter<'_> {
    /// Whether the next one can be written along with this one. Signs outside of ASCII come from who
    /// knows which font and may be wider than a cell: they stand by themselves.
    fn goes_on(&self, next: &Self) -> bool {
        let near = next.column - self.column <= 2;
        near && self.style == next.style && self.sign.is_ascii() && next.sign.is_ascii()
    }
}

fn text(word: &[Letter<'_>], styles: &mut Once) -> String {
    let first = &word[0];
    let mut letters = String::new();
    for letter in word {
        let gap = (letter.column - first.column).saturating_sub(letters.len());
        letters.extend([&" "[..gap], letter.sign]);
    }
    let mut attributes = format!("x='{}'", first.column * WIDTH);
    // Columns line up however wide the letters of the viewer's font are.
    if word.len() > 1 {
        attributes += &format!(" textLength='{}'", letters.len() * WIDTH);
    }
    if !first.style.is_empty() {
        attributes += &format!(" {}", styles.style(first.style.clone()));
    }
    let letters = letters.replace('&', "&amp;").replace('<', "&lt;");
    format!("<text {attributes}>{letters}</text>")
}

/// What a cell looks like, apart from its letter.
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
        let color = if self.fore == FOREGROUND { "" } else { &format!("fill:{}", self.fore) };
        format!("{}{color}", self.font)
    }
}

/// The theme gives every colour in full: there are no others to look up. What fades goes through so
/// many shades that the file would grow by a third: colours are rounded, but for the usual one.
fn hex(color: Color, usual: &str) -> String {
    let Color::Rgb(r, g, b) = color else { return usual.to_owned() };
    let exact = format!("#{r:02x}{g:02x}{b:02x}");
    if exact == usual {
        return exact;
    }
    let [r, g, b] = [r, g, b].map(|part| part / 8 * 8 + 4);
    format!("#{r:02x}{g:02x}{b:02x}")
}

/// A style, and what is to be drawn in it.
type Stroke = (String, String);

/// How a stroke goes through a row of cells: its thickness, its middle, and what else there is.
type Band = (f64, f64, &'static str);

const FULL: Band = (17.0, -4.5, "");

/// A stroke through `count` cells.
fn across(color: &str, column: usize, count: usize, (thick, middle, more): Band) -> Stroke {
    let outline = format!("M{}{middle:+}h{}", column * WIDTH, count * WIDTH);
    (format!("stroke:{color};stroke-width:{thick}{more}"), outline)
}

/// `count` times a `sign` that is drawn rather than written, so that it looks the same with any
/// font: frames, bars, noise.
fn drawn(sign: &str, color: &str, column: usize, count: usize) -> Option<Stroke> {
    let band = match sign {
        "─" => (1.0, -4.5, ""),
        "━" => (3.0, -4.5, ""),
        "░" => (17.0, -4.5, ";opacity:.3"),
        "▒" => (17.0, -4.5, ";opacity:.55"),
        "▓" => (17.0, -4.5, ";opacity:.8"),
        "·" => (2.0, -4.0, ";stroke-dasharray:0 3 2 3"),
        "│" | "╭" | "╮" | "╰" | "╯" => {
            let outline = match sign {
                "│" => "m4.5 0v17",
                "╭" => "m4.5 17v-5q0-3.5 3.5-3.5",
                "╮" => "m0 8.5h1q3.5 0 3.5 3.5v5",
                "╰" => "m4.5 0v5q0 3.5 3.5 3.5",
                _ => "m0 8.5h1q3.5 0 3.5-3.5v-5",
            };
            let outline = format!("M{}-13{outline}", column * WIDTH);
            return Some((format!("stroke:{color};shape-rendering:auto"), outline));
        }
        bar => {
            let level = "▁▂▃▄▅▆▇█".chars().position(|level| bar.starts_with(level))?;
            let height = (level + 1) as f64 * 17.0 / 8.0;
            (height, 4.0 - height / 2.0, "")
        }
    };
    Some(across(color, column, count, band))
}
