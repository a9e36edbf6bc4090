//! Asking why: what passes cost on this machine is measured, and explains what the lanes did, in bars and in
//! sentences.

use crossterm::event::{KeyCode, KeyEvent};
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect, Size};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Paragraph, Wrap};

use super::{Answer, Overlay, beside_its_own, fitted};
use crate::engine::Command;
use crate::explain::Explanation;
use crate::tui::action::Action;
use crate::tui::app::{App, Phase};
use crate::tui::hit_map::{Hit, HitMap};
use crate::tui::lane::LaneView;
use crate::tui::mouse::{Gesture, Mouse};
use crate::tui::view::{KeyHint, draw_more, seconds};

/// Columns of the labels of the bars, and of the times behind them.
const LABEL: usize = 16;
const TIME: usize = 10;

/// What explains the result.
pub struct Why {
    /// The first line that is shown, or more than there are.
    line: u16,
}

/// Lines of a page.
const PAGE: u16 = 8;

impl Overlay for Why {
    fn title(&self) -> String {
        "why".to_owned()
    }

    fn hints(&self, _: &App) -> Vec<KeyHint> {
        vec![
            KeyHint::note("measured on this machine, on its own").or("measured here"),
            KeyHint::key(KeyCode::Esc, "closes"),
        ]
    }

    fn size(&self, app: &App, screen: Size) -> Size {
        let width = screen.width.saturating_sub(4).min(110);
        let height = match app.explanation() {
            Some(why) => {
                lines(&sentences(&why), width.saturating_sub(4)) + bars(&why, screen.height) + 2
            }
            None => 5,
        };
        fitted(screen, width, height)
    }

    fn draw(&self, frame: &mut Frame<'_>, app: &App, inside: Rect, hits: &mut HitMap) {
        let within = Rect { x: inside.x + 1, width: inside.width.saturating_sub(2), ..inside };
        let Some(why) = app.explanation() else {
            let text = "measuring for a few seconds: passes over ever more positions, and how fast this \
                        machine reads and multiplies";
            let text = Paragraph::new(text).style(app.theme.accent).wrap(Wrap { trim: true });
            frame.render_widget(text, within);
            return;
        };
        let bars = bars(&why, frame.area().height);
        let [upper, lower] =
            Layout::vertical([Constraint::Length(bars), Constraint::Fill(1)]).areas(within);
        if bars > 0 {
            frame.render_widget(Paragraph::new(bar_lines(app, &why, upper.width.into())), upper);
        }
        let sentences = sentences(&why);
        let hidden = lines(&sentences, lower.width).saturating_sub(lower.height);
        let text: Vec<Line<'_>> = sentences
            .into_iter()
            .map(|sentence| {
                let dot = Span::styled(format!("{} ", app.glyphs.dot), app.theme.key);
                Line::from(vec![dot, Span::styled(sentence, app.theme.screen)])
            })
            .collect();
        let text = Paragraph::new(text).wrap(Wrap { trim: true });
        frame.render_widget(text.scroll((self.line.min(hidden), 0)), lower);
        hits.note(lower, Hit::OverlayText { hidden: hidden.into() });
        draw_more(frame, app, inside, self.line > 0, self.line < hidden);
    }

    fn on_drawn(&mut self, hits: &HitMap) {
        self.line = self.line.min(hits.hidden_lines() as u16);
    }

    /// What scrolls, scrolls it; what does something else closes it, and does that, as long as the text stays.
    fn on_key(&mut self, key: KeyEvent, action: Option<Action>) -> Answer {
        match action {
            Some(Action::KnobPrevious) => self.line = self.line.saturating_sub(1),
            Some(Action::KnobNext) => self.line = self.line.saturating_add(1),
            Some(Action::ScrollUp) => self.line = self.line.saturating_sub(PAGE),
            Some(Action::ScrollDown) => self.line = self.line.saturating_add(PAGE),
            Some(Action::Why) => return Answer::Close,
            _ => return beside_its_own(key, action),
        }
        Answer::Stay
    }

    fn on_mouse(&mut self, mouse: Mouse) -> Answer {
        if let Gesture::Wheel(direction) = mouse.gesture {
            self.line = self.line.saturating_add_signed(-direction as i16);
        }
        Answer::Stay
    }

    fn measures(&self, app: &App) -> bool {
        app.why.is_none()
    }
}

impl App {
    /// Measures what explains the lanes, and shows it.
    pub(in crate::tui) fn ask_why(&mut self) {
        if self.why.is_some() {
            self.open(Why { line: 0 });
            return;
        }
        let (diffusion, rival) = self.protagonists();
        let (diffusion, rival) = (&self.lanes[diffusion], rival.map(|index| &self.lanes[index]));
        let positions = diffusion.history.last().map_or(0, |last| last.cells.len());
        if self.phase != Phase::Finished || positions == 0 {
            let text = "why is answered when everything is written: measuring needs the machine for itself";
            self.say(text.to_owned());
            return;
        }
        // The lane that writes from left to right, or the same model if it could.
        let can =
            |lane: &&LaneView| self.model(lane).is_some_and(|model| model.about.writes_next_token);
        let next_token = rival.filter(|lane| lane.is_autoregressive()).or(Some(diffusion));
        let next_token = next_token.filter(can).map(|lane| lane.model);
        let command = Command::Explain { diffusion: diffusion.model, next_token, positions };
        self.engine.send(command);
        // Drawing would disturb what is measured.
        self.clock.runs = false;
        self.open(Why { line: 0 });
    }
}

/// Rows of the bars. Where both do not fit, the sentences say what the bars show.
fn bars(why: &Explanation, screen: u16) -> u16 {
    if screen >= 30 { why.costs.whole.len() as u16 + 3 } else { 0 }
}

/// What decides comes first.
fn sentences(why: &Explanation) -> Vec<String> {
    let first = why.win_sentence().or_else(|| why.lane_sentences().into_iter().next());
    let mut all: Vec<String> = first.into_iter().collect();
    let rest = why.sentences().into_iter().filter(|said| Some(said) != all.first());
    all.extend(rest.collect::<Vec<_>>());
    all
}

/// Rows that the sentences take in so many columns, about: words break lines before they are full.
fn lines(sentences: &[String], width: u16) -> u16 {
    let width = width.saturating_sub(2).max(1);
    let rows = |text: &String| (text.chars().count() as u16 + 2).div_ceil(width);
    sentences.iter().map(rows).sum()
}

/// The time of a pass against the positions in it: a bar a size, then the autoregressive pass.
fn bar_lines<'a>(app: &App, why: &Explanation, width: usize) -> Vec<Line<'a>> {
    let theme = &app.theme;
    let room = width.saturating_sub(LABEL + TIME + 1);
    let longest = why.costs.canvas().time.as_secs_f64().max(f64::MIN_POSITIVE);
    let line = |label: String, time: f64, style| {
        let filled = ((time / longest * room as f64).round() as usize).clamp(1, room.max(1));
        Line::from(vec![
            Span::styled(format!("{label:<LABEL$}"), theme.quiet),
            Span::styled(app.glyphs.gauge[0].repeat(filled), style),
            Span::styled(format!(" {}", seconds(time)), theme.strong),
        ])
    };
    let mut lines = vec![Line::styled("a pass over so many positions takes", theme.title)];
    for at in &why.costs.whole {
        let label = format!("{:>5}", at.positions);
        lines.push(line(label, at.time.as_secs_f64(), theme.bars));
    }
    if let Some(next) = &why.costs.next_token {
        lines.push(line("    1, cached".to_owned(), next.time.as_secs_f64(), theme.running));
    }
    lines.push(Line::default());
    lines
}
