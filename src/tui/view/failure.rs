//! What went wrong, if anything did, whole, over the last lines of the text.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::widgets::{Clear, Paragraph, Wrap};

use super::panes::Pane;
use crate::tui::app::{App, Phase};
use crate::tui::hit_map::HitMap;

/// What went wrong.
pub(super) struct Failure;

impl Pane for Failure {
    fn draw(&self, frame: &mut Frame<'_>, app: &App, text: Rect, _: &mut HitMap) {
        const ROWS: u16 = 4;
        let (Phase::Failed(why) | Phase::Stopped(why)) = &app.phase else { return };
        let area = Rect::new(
            text.x + 1,
            text.bottom().saturating_sub(ROWS + 1),
            text.width.saturating_sub(2),
            ROWS,
        );
        frame.render_widget(Clear, area);
        let text = Paragraph::new(why.as_str()).style(app.theme.screen.patch(app.theme.error));
        frame.render_widget(text.wrap(Wrap { trim: true }), area);
    }
}
