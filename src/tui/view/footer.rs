//! The last three lines: the numbers, what happens now, and what can be done about it.

use std::sync::Arc;

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span};

use super::fitting::fitted;
use super::hints::{self, Hint, signs};
use super::joined_within;
use super::loading::loading_words;
use super::panes::Pane;
use crate::diffusion::knobs;
use crate::trace::{Cell, Frame as Moment};
use crate::tui::action::Action;
use crate::tui::app::{App, Phase};
use crate::tui::hit_map::HitMap;

/// The lines below the timeline.
pub(super) struct Footer;

impl Pane for Footer {
    fn draw(&self, frame: &mut Frame<'_>, app: &App, area: Rect, hits: &mut HitMap) {
        // The keys stay to the last, then what happens now.
        let with = |rows| Constraint::Length(u16::from(area.height >= rows));
        let [numbers, caption, keys] =
            Layout::vertical([with(3), with(2), Constraint::Length(1)]).areas(area);
        if let Some(moment) = app.frame() {
            frame.render_widget(numbers_line(app, moment, area.width), numbers);
        }
        frame.render_widget(fitted(caption_line(app, area.width), area.width, app.glyphs), caption);
        hints::draw(frame, app, keys, hits);
    }

    fn hints(&self, app: &App) -> Vec<Hint> {
        let mut hints = match app.phase {
            Phase::Running => vec![Hint::new(0, &[Action::Pause], "pause")],
            Phase::Paused => vec![
                Hint::new(0, &[Action::Pause], "go on"),
                Hint::new(1, &[Action::StepOnce], "step"),
            ],
            _ => vec![Hint::new(0, &[Action::NewSeed], "new seed").or("seed")],
        };
        hints.extend([
            Hint::new(20, &[Action::Restart], "again"),
            Hint::new(21, &[Action::EditPrompt], "prompt"),
            Hint::new(22, &[Action::Race], "race"),
            Hint::new(23, &[Action::Compare], "compare"),
            Hint::new(70, &[Action::NextTask], "next task").or("task"),
            Hint::new(71, &[Action::Theme], "theme"),
        ]);
        hints.extend(hints::of_every_footer());
        hints
    }
}

/// The model's own numbers: the pace of the show is not in them.
fn numbers_line<'a>(app: &App, moment: &Moment, width: u16) -> Line<'a> {
    let theme = &app.theme;
    let decided = moment.answer() - moment.open();
    let cost = moment.cost;
    let vocabulary = app.model(app.lane()).map(|model| &model.about.vocabulary);
    let written = vocabulary.map_or(0, |vocabulary| moment.emitted(vocabulary));
    let ends = |cell: &Arc<Cell>| vocabulary.is_some_and(|known| known.is_eos(cell.id));
    let mut parts = vec![(format!(" {decided} of {} decided", moment.answer()), theme.strong)];
    // What stands behind an end token is no text.
    if moment.open() == 0 && moment.cells.iter().any(|cell| cell.written_at.is_some() && ends(cell))
    {
        parts.push((format!("{written} before the end"), theme.screen));
    }
    if cost.passes > 0 {
        parts.extend([
            (
                format!("{} of {:.1} ms", passes(cost.passes), cost.milliseconds_per_pass()),
                theme.screen,
            ),
            (format!("{:.1} tokens each", written as f64 / cost.passes as f64), theme.screen),
            (format!("{:.0} tokens/s", cost.per_second(written)), theme.screen),
        ]);
        parts.extend(app.lane().kept_drafts().map(|kept| (kept, theme.screen)));
    }
    joined_within(app, parts, width)
}

/// How many of the passes that were foreseen at the first were not needed.
fn saved(app: &App, made: usize) -> String {
    let foreseen = app.lane().history.frame(1).map_or(0, |first| first.planned);
    match foreseen.saturating_sub(made) {
        0 => String::new(),
        saved => format!(", {saved} saved"),
    }
}

fn passes(count: usize) -> String {
    if count == 1 { "1 pass".into() } else { format!("{count} passes") }
}

/// One sentence on what happens now, for whoever sees it for the first time.
fn caption_line<'a>(app: &App, width: u16) -> Line<'a> {
    let theme = &app.theme;
    let key = |action| app.keymap.key(action);
    if let Some(words) = loading_words(app, width) {
        return Line::styled(format!(" {words}"), theme.accent);
    }
    if let Some(notice) = &app.notice {
        let style = if notice.good { theme.accent } else { theme.error };
        return Line::styled(format!(" {}", notice.text), style);
    }
    if let Some(caption) = app.opened.caption(app) {
        return Line::styled(format!(" {caption}"), theme.accent);
    }
    // What is open has keys of its own: the sentences that name others wait until it is closed.
    if app.opened.get().is_some() && !matches!(app.phase, Phase::Running | Phase::Paused) {
        return Line::default();
    }
    let text = match &app.phase {
        Phase::Failed(_) => format!(
            "put it right and press {}; {} edits the prompt",
            key(Action::Restart),
            key(Action::EditPrompt)
        ),
        Phase::Stopped(_) => {
            format!("what was generated can still be looked at; {} leaves", key(Action::Quit))
        }
        Phase::Waiting if app.models.is_empty() => "loading the model".to_owned(),
        Phase::Waiting => "laying out the noise".to_owned(),
        _ if !app.following => format!(
            "looking back at {}step {} of {}: {} goes on from here, {} returns to now",
            app.frame().filter(|moment| moment.facts.by_hand).map_or("", |_| "a change after "),
            app.frame().map_or(0, |moment| moment.cost.passes),
            app.lane().history.passes(),
            key(Action::ContinueHere),
            key(Action::TimeEnd),
        ),
        Phase::Finished | Phase::Cancelled if app.recorded => format!(
            "the recording {} here: {} shows it again, {} goes back in time",
            if app.phase == Phase::Finished { "ends" } else { "was broken off" },
            key(Action::Restart),
            signs(app, &key(Action::TimeBack)),
        ),
        Phase::Finished => match app.frame() {
            Some(moment) => format!(
                "{}done in {}{}: turn a knob and press {}; {} races it, {} goes back in time",
                app.lane().shown_verdict().map_or(String::new(), |words| format!("{words}; ")),
                passes(moment.cost.passes),
                saved(app, moment.cost.passes),
                key(Action::Restart),
                key(Action::Race),
                signs(app, &key(Action::TimeBack)),
            ),
            None => "done".to_owned(),
        },
        Phase::Measuring(round, of) => {
            format!("measuring, round {round} of {of}: nothing else is done meanwhile")
        }
        Phase::Cancelled => format!("given up; {} denoises again", key(Action::Restart)),
        Phase::Running | Phase::Paused => {
            return match app.frame() {
                Some(moment) => what_the_step_did(app, moment),
                None => Line::default(),
            };
        }
    };
    Line::styled(format!(" {text}"), theme.accent)
}

fn what_the_step_did<'a>(app: &App, moment: &Moment) -> Line<'a> {
    let theme = &app.theme;
    if moment.cost.passes == 0 {
        let text =
            " all noise: every pass guesses all the tokens at once and keeps the surest guesses";
        return Line::styled(text, theme.accent);
    }
    let facts = &moment.facts;
    let tokens = |n: usize| {
        if n == 1 { "1 token".to_owned() } else { format!("{n} tokens") }
    };
    let mut spans = vec![Span::styled(
        match facts.committed {
            _ if facts.by_hand => " changed by hand".to_owned(),
            0 => " wrote nothing".to_owned(),
            n => format!(" wrote {}, {:.0}% sure", tokens(n), facts.confidence * 100.0),
        },
        theme.accent,
    )];
    if facts.overwritten > 0 {
        let text = format!(", wrote {} over", tokens(facts.overwritten));
        spans.push(Span::styled(text, theme.accent));
    }
    if facts.remasked > 0 {
        let text = format!(", remasked {}", tokens(facts.remasked));
        spans.push(Span::styled(text, theme.accent));
    }
    spans.push(Span::styled(format!("; {} still noise", moment.open()), theme.quiet));
    for (name, value) in &facts.turned {
        let knob = knobs().find(name);
        let value = knob.map_or_else(|| value.to_string(), |knob| knob.show(*value));
        let text = format!("  {} {name} is {value} from this step on", app.glyphs.turned);
        spans.push(Span::styled(text, theme.key));
    }
    Line::from(spans)
}
