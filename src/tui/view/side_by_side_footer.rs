//! The last three lines while lanes stand side by side: what came of it, and what can be done.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect, Size};
use ratatui::text::{Line, Span, Text};
use ratatui::widgets::{Paragraph, Wrap};

use super::fitting::{fitted, wrapped_rows};
use super::hints::{self, ALWAYS, Hint, signs};
use super::loading::loading_words;
use super::panes::Pane;
use crate::race::stages::CostUnit;
use crate::tasks::TaskVerdict;
use crate::tui::action::Action;
use crate::tui::app::{App, Phase};
use crate::tui::hit_map::HitMap;
use crate::tui::lane::LaneView;
use crate::tui::mode::Mode;
use crate::tui::race_stage::RaceStage;

/// The lines below the tracks.
pub(super) struct SideBySideFooter;

impl Pane for SideBySideFooter {
    fn draw(&self, frame: &mut Frame<'_>, app: &App, area: Rect, hits: &mut HitMap) {
        let [caption, keys] =
            Layout::vertical([Constraint::Fill(1), Constraint::Length(1)]).areas(area);
        let inside = Rect { x: caption.x + 1, width: caption.width.saturating_sub(2), ..caption };
        frame.render_widget(
            Paragraph::new(words(app, inside.as_size())).wrap(Wrap { trim: true }),
            inside,
        );
        hints::draw(frame, app, keys, hits);
    }

    fn hints(&self, app: &App) -> Vec<Hint> {
        let mut hints: Vec<Hint> =
            space_does(app).map(|word| Hint::new(0, &[Action::Pause], word)).into_iter().collect();
        hints.extend([
            Hint::new(20, &[Action::Restart], "again"),
            Hint::new(22, &[Action::Why], "why"),
            Hint::new(36, &[Action::EditPrompt], "prompt"),
            Hint::new(ALWAYS, &[Action::Close], "back"),
        ]);
        hints.extend(hints::of_every_footer());
        hints
    }
}

/// What the key that pauses does, in a word; nothing where it does nothing.
fn space_does(app: &App) -> Option<&'static str> {
    Some(match app.phase {
        Phase::Waiting | Phase::Measuring(..) | Phase::Stopped(_) => return None,
        Phase::Finished if app.mode.shows_clock() && app.clock.runs => "stop",
        Phase::Finished if app.mode.shows_clock() && !app.following => "go on",
        Phase::Finished if app.stage().is_some() => match app.race_stage {
            RaceStage::Passes => "this machine's clock",
            RaceStage::ThisMachine => "another machine",
            RaceStage::OtherMachine(_) => "the next machine",
        },
        Phase::Paused => "go on",
        Phase::Running => "pause",
        Phase::Finished | Phase::Cancelled | Phase::Failed(_) => "again",
    })
}

/// What happens now, or the verdict.
fn words<'a>(app: &App, room: Size) -> Text<'a> {
    let theme = &app.theme;
    if let Some(words) = loading_words(app, room.width) {
        return Text::styled(words, theme.accent);
    }
    if let Some(notice) = &app.notice {
        let style = if notice.good { theme.accent } else { theme.error };
        return Text::styled(notice.text.clone(), style);
    }
    if let Some(caption) = app.opened.caption(app) {
        return Text::styled(caption, theme.accent);
    }
    // What is open has keys of its own; the verdict names none, and stays.
    if app.opened.get().is_some()
        && (app.phase != Phase::Finished || !app.following || app.clock.runs)
    {
        return Text::default();
    }
    let key = |action| signs(app, &app.keymap.key(action));
    let text = match &app.phase {
        Phase::Failed(_) => format!("put it right and press {}", key(Action::Restart)),
        Phase::Stopped(_) => format!("{} leaves", key(Action::Quit)),
        Phase::Waiting => "laying out the noise".to_owned(),
        Phase::Measuring(round, of) => format!(
            "measuring, round {round} of {of}: one lane after the other, and nothing else is done \
             meanwhile; then it is shown as it was run"
        ),
        Phase::Paused => format!("paused; {} goes on", key(Action::Pause)),
        Phase::Cancelled => format!("given up; {} begins again", key(Action::Restart)),
        _ if app.mode == Mode::FairWarmUp => {
            "warming up: every text is written once, and not yet timed".to_owned()
        }
        Phase::Finished if app.mode.shows_clock() && !app.following => format!(
            "the clock stands; {} lets it run, {} jumps to the verdict",
            key(Action::Pause),
            key(Action::TimeEnd)
        ),
        Phase::Finished if !app.following => {
            format!("looking back; {} returns to the end", key(Action::TimeEnd))
        }
        _ if app.mode.is_on_clock() && app.clock.runs => on_clock(app),
        Phase::Finished if app.stage().is_some() => {
            let said =
                Span::styled(app.outcome().unwrap_or_else(|| "done".to_owned()), theme.strong);
            let titled = || app.stage().filter(|_| !app.counts_passes()).map(|stage| stage.title());
            let note = app.worth().or_else(titled);
            let note = note.map_or(String::new(), |note| format!("; {note}"));
            let note = Span::styled(note, theme.quiet);
            return Text::from(with_note(app, said, note, room));
        }
        Phase::Finished => {
            let verdict = app.verdict().unwrap_or_else(|| "done".to_owned());
            let timing = if app.mode.is_fair() { "" } else { ", not timed" };
            let graded =
                |lane: &LaneView| matches!(lane.task_verdict, Some(TaskVerdict::Graded(_)));
            let note = match app.lanes.iter().all(graded) {
                true => "scored by its task",
                false => app.judge_note.as_str(),
            };
            let note = Span::styled(format!("{timing}; {note}"), theme.quiet);
            return Text::from(with_note(app, Span::styled(verdict, theme.strong), note, room));
        }
        Phase::Running => format!(
            "every lane at the same step; {} goes to the next lane, {}{} turns its knob",
            key(Action::LaneNext),
            key(Action::KnobDown),
            key(Action::KnobUp),
        ),
    };
    Text::styled(text, theme.accent)
}

/// What is to be said, with its note where that fits `room` too.
fn with_note<'a>(app: &App, said: Span<'a>, note: Span<'a>, room: Size) -> Line<'a> {
    let fits = |text: &str| wrapped_rows(text, room.width) <= room.height.into();
    let whole = Line::from_iter([said.clone(), note]);
    match fits(&whole.to_string()) {
        true => whole,
        false if fits(&said.content) => Line::from(said),
        false => fitted(Line::from(said), room.width, app.glyphs),
    }
}

fn on_clock(app: &App) -> String {
    let key = |action| signs(app, &app.keymap.key(action));
    let speed = match app.clock.slower {
        None => return "waiting for the first steps".to_owned(),
        _ if app.counts_passes() => "every lane makes a pass at the same time".to_owned(),
        Some(1) => "shown as fast as it was".to_owned(),
        Some(slower) if matches!(app.stage(), Some(CostUnit::OtherMachine(..))) => {
            format!("an estimate, shown {slower} times slower than it would be")
        }
        Some(slower) => format!("shown {slower} times slower than it was"),
    };
    format!(
        "{speed}: {}{} changes that, {} stops the clock, {} jumps to the verdict",
        key(Action::Slower),
        key(Action::Faster),
        key(Action::Pause),
        key(Action::TimeEnd),
    )
}
