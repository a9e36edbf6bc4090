//! The prompt editor.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout};
use ratatui::text::Line;
use ratatui::widgets::{Clear, Paragraph, Wrap};
use ratatui_textarea::TextArea;

use super::help::centred;
use super::pane;
use crate::tui::app::App;

pub fn draw(frame: &mut Frame<'_>, app: &App, editor: &TextArea<'_>) {
    let whole = frame.area();
    let area = centred(whole, (whole.width * 3 / 4).max(60), 10);
    frame.render_widget(Clear, area);
    let block = pane(app, "prompt").style(app.theme.screen).title_bottom(Line::styled(
        " enter denoises it, ctrl-u clears, esc keeps the old ",
        app.theme.quiet,
    ));
    let inner = block.inner(area);
    frame.render_widget(block, area);
    let [text, help] = Layout::vertical([Constraint::Fill(1), Constraint::Length(2)]).areas(inner);
    let mut editor = editor.clone();
    editor.set_style(app.theme.screen);
    editor.set_cursor_style(app.theme.cursor);
    editor.set_cursor_line_style(app.theme.screen);
    frame.render_widget(&editor, text);
    let hint =
        "what the text begins with. [[12]] is a hole of 12 tokens: Tom had a [[8]] and was happy.";
    let hint = Paragraph::new(hint).style(app.theme.quiet).wrap(Wrap { trim: true });
    frame.render_widget(hint, help);
}
