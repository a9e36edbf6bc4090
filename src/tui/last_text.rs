//! What is left of a playground once it is closed: the text that was last finished in it.

use super::app::App;
use crate::trace::CellState;
use crate::visible;

impl App {
    /// The text of the lane under the cursor, up to its end and fit for a terminal; nothing while some of it is
    /// noise, or where nothing was written.
    pub fn last_text(&self) -> Option<String> {
        let about = &self.model(self.lane())?.about;
        let frame = self.lane().history.last().filter(|frame| frame.open() == 0)?;
        let given = |state: CellState| matches!(state, CellState::Prompt | CellState::Fixed);
        let behind = frame.cells.iter().rposition(|cell| given(cell.state));
        let behind = behind.map_or(0, |last| last + 1);
        let ids: Vec<u32> = frame.cells.iter().map(|cell| cell.id).collect();
        let end = behind + about.vocabulary.emitted(&ids[behind..]);
        let text = about.tokenizer.decode(&ids[..end]);
        let text = visible::text(text.trim_end()).into_owned();
        let text = if self.glyphs.ascii_only {
            text.replace(|c: char| !c.is_ascii(), self.glyphs.broken)
        } else {
            text
        };
        Some(text).filter(|text| !text.is_empty())
    }
}
