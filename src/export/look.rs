//! What cells of a screen look like, and runs of those that look alike.

use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};
use unicode_width::UnicodeWidthStr;

/// Colours and font of a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct CellLook {
    pub fore: Option<[u8; 3]>,
    pub back: Option<[u8; 3]>,
    pub font: Modifier,
}

/// Neighbouring cells of a row that look alike.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct StyledRun {
    pub look: CellLook,
    pub text: String,
    pub column: usize,
    /// Columns that it takes.
    pub width: usize,
}

impl CellLook {
    fn of(cell: &Cell) -> Self {
        let mut look = Self { fore: rgb(cell.fg), back: rgb(cell.bg), font: cell.modifier };
        if look.font.contains(Modifier::REVERSED) {
            std::mem::swap(&mut look.fore, &mut look.back);
            look.font.remove(Modifier::REVERSED);
        }
        look
    }
}

/// The runs of each row of `screen`, each cell looking as `look` makes it.
pub(super) fn rows(screen: &Buffer, look: impl Fn(CellLook) -> CellLook) -> Vec<Vec<StyledRun>> {
    let width = usize::from(screen.area.width.max(1));
    screen.content.chunks(width).map(|row| runs(row, &look)).collect()
}

fn runs(row: &[Cell], simplified: &impl Fn(CellLook) -> CellLook) -> Vec<StyledRun> {
    let mut runs: Vec<StyledRun> = Vec::new();
    let mut column = 0;
    while let Some(cell) = row.get(column) {
        let (look, sign) = (simplified(CellLook::of(cell)), cell.symbol());
        // What stands behind a wide sign is covered by it.
        let width = sign.width().max(1);
        // Where nothing is seen of a letter, its colour is not either.
        let lines = Modifier::UNDERLINED | Modifier::CROSSED_OUT;
        let unseen = |run: &StyledRun| {
            let is_plain = look.font.is_empty() && !run.look.font.intersects(lines);
            sign == " " && is_plain && run.look.back == look.back
        };
        match runs.last_mut().filter(|run| run.look == look || unseen(run)) {
            Some(run) => {
                run.text.push_str(sign);
                run.width += width;
            }
            None => runs.push(StyledRun { look, text: sign.to_owned(), column, width }),
        }
        column += width;
    }
    runs
}

/// A colour in full; nothing for that of the terminal. Of the sixteen named ones what xterm has for them.
fn rgb(color: Color) -> Option<[u8; 3]> {
    const CUBE: [u8; 6] = [0, 95, 135, 175, 215, 255];
    Some(match color {
        Color::Reset => return None,
        Color::Rgb(r, g, b) => [r, g, b],
        Color::Black => [0, 0, 0],
        Color::Red => [205, 0, 0],
        Color::Green => [0, 205, 0],
        Color::Yellow => [205, 205, 0],
        Color::Blue => [0, 0, 238],
        Color::Magenta => [205, 0, 205],
        Color::Cyan => [0, 205, 205],
        Color::Gray => [229, 229, 229],
        Color::DarkGray => [127, 127, 127],
        Color::LightRed => [255, 0, 0],
        Color::LightGreen => [0, 255, 0],
        Color::LightYellow => [255, 255, 0],
        Color::LightBlue => [92, 92, 255],
        Color::LightMagenta => [255, 0, 255],
        Color::LightCyan => [0, 255, 255],
        Color::White => [255, 255, 255],
        Color::Indexed(grey @ 232..) => [8 + 10 * (grey - 232); 3],
        Color::Indexed(index @ 16..) => {
            let index = usize::from(index - 16);
            [CUBE[index / 36], CUBE[index / 6 % 6], CUBE[index % 6]]
        }
        Color::Indexed(named) => return rgb(NAMED[usize::from(named)]),
    })
}

const NAMED: [Color; 16] = [
    Color::Black,
    Color::Red,
    Color::Green,
    Color::Yellow,
    Color::Blue,
    Color::Magenta,
    Color::Cyan,
    Color::Gray,
    Color::DarkGray,
    Color::LightRed,
    Color::LightGreen,
    Color::LightYellow,
    Color::LightBlue,
    Color::LightMagenta,
    Color::LightCyan,
    Color::White,
];

/// The colour that most of `screen` stands on.
pub(super) fn ground(screen: &Buffer) -> [u8; 3] {
    const DARK: [u8; 3] = [22, 22, 30];
    screen.content.first().and_then(|cell| rgb(cell.bg)).unwrap_or(DARK)
}

/// What need not be told apart: of what fades the shades, and on the `ground` itself that it is one.
pub(super) fn plainer(look: CellLook, ground: [u8; 3]) -> CellLook {
    let round = |rgb: [u8; 3]| rgb.map(|part| part / 16 * 16 + 8);
    let back = look.back.filter(|back| *back != ground).map(round);
    CellLook { fore: look.fore.map(round), back, font: look.font }
}

/// `#rrggbb`.
pub(super) fn hex([r, g, b]: [u8; 3]) -> String {
    format!("#{r:02x}{g:02x}{b:02x}")
}

/// `text` within XML and HTML.
pub(super) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
