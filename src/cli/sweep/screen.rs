//! A plot as lines of text, with colours where they are wanted.

use ratatui::backend::IntoCrossterm;
use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::Rect;
use ratatui::style::{Color, Style};

use crate::sweep::plot::{PlotStyle, Scatter};
use crate::visible;

/// Columns and lines of a plot where the terminal says nothing.
const SIZE: (u16, u16) = (80, 22);

/// Columns of the terminal.
pub fn width() -> u16 {
    let size = ratatui::crossterm::terminal::size().ok();
    size.map(|(width, _)| width).filter(|width| *width > 0).unwrap_or(SIZE.0)
}

/// `plot` as text, as wide as the terminal, up to a point.
pub fn text(plot: &Scatter, ascii: bool, colours: bool) -> String {
    let area = Rect::new(0, 0, width().clamp(40, 120), SIZE.1);
    let mut buffer = Buffer::empty(area);
    plot.draw(area, &mut buffer, PlotStyle::printed(ascii, colours));
    let lines = buffer.content.chunks(usize::from(area.width));
    lines.map(|cells| line(cells, colours)).collect()
}

fn line(cells: &[Cell], colours: bool) -> String {
    let end = cells.iter().rposition(|cell| cell.symbol() != " ").map_or(0, |at| at + 1);
    let mut text = String::new();
    for cells in cells[..end].chunk_by(|a, b| a.style() == b.style()) {
        let run: String = cells.iter().map(Cell::symbol).collect();
        let run = visible::line(&run).into_owned();
        let style = cells[0].style();
        if colours && style != Cell::default().style() {
            let fg = style.fg.filter(|colour| *colour != Color::Reset);
            let style = Style { fg, bg: None, underline_color: None, ..style };
            text.push_str(&style.into_crossterm().apply(run).to_string());
        } else {
            text.push_str(&run);
        }
    }
    text.push('\n');
    text
}
