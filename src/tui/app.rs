//! The state of the playground, and everything that changes it.

use std::time::Duration;

use ratatui_textarea::TextArea;

use super::action::Action;
use super::glyphs::Glyphs;
use super::hits::Hits;
use super::keymap::Keymap;
use super::show::{self, COLOR_MODE, LAYOUT};
use super::theme::Theme;
use super::token_text::TokenText;
use crate::diffusion::noise::SEED;
use crate::diffusion::parts::schedule::STEPS;
use crate::engine::{About, Command, Engine, Event, RunId};
use crate::knobs::Settings;
use crate::presets::Preset;
use crate::trace::{Frame, History};

/// How the run stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Phase {
    /// The model is being loaded, or a run was asked for and has not begun.
    Waiting,
    /// Steps are being made.
    Running,
    /// It waits for the person.
    Paused,
    /// Everything is decided.
    Finished,
    /// It was given up.
    Cancelled,
    /// It could not begin or go on; the engine takes another.
    Failed(String),
    /// The engine is gone.
    Stopped(String),
}

/// What lies over the main screen.
pub enum Overlay {
    /// Nothing.
    None,
    /// The keys.
    Help,
    /// The prompt editor.
    Prompt(Box<TextArea<'static>>),
    /// The named settings, and the one under the cursor.
    Presets(Vec<Preset>, usize),
}

/// One line about the last thing that was asked for.
pub struct Notice {
    /// The line.
    pub text: String,
    /// Whether it was done.
    pub good: bool,
}

impl Notice {
    /// It was not done.
    pub fn bad(text: impl Into<String>) -> Self {
        Self { text: text.into(), good: false }
    }
}

/// What the mouse is dragging.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Drag {
    /// The playhead.
    Time,
    /// The gauge of a knob, by index.
    Gauge(usize),
}

/// What the playground is started with.
pub struct Setup {
    /// The knobs of the sampler.
    pub settings: Settings,
    /// The knobs of the show.
    pub show: Settings,
    /// What the first text begins with.
    pub prompt: String,
    /// Colours.
    pub theme: Theme,
    /// Signs.
    pub glyphs: &'static Glyphs,
    /// Keys.
    pub keymap: Keymap,
}

/// What the run loop has to do after an update.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Request {
    /// Leave the program.
    Quit,
    /// Hand the terminal back to the shell until the job is continued.
    Suspend,
}

/// Everything that the view draws.
pub struct App {
    pub(super) engine: Engine,
    /// What is known of the model, once it is loaded.
    pub about: Option<About>,
    /// Turns ids into text, once the model is loaded.
    pub token_text: Option<TokenText>,
    /// The knobs as the person has set them.
    pub settings: Settings,
    /// The knobs that the run began with.
    pub run_settings: Settings,
    /// The knobs of the show.
    pub show: Settings,
    /// What the text begins with.
    pub prompt: String,
    /// Colours.
    pub theme: Theme,
    /// Signs.
    pub glyphs: &'static Glyphs,
    /// Keys.
    pub keymap: Keymap,
    /// The run whose events count.
    pub(super) run: RunId,
    /// Everything that was generated in it.
    pub history: History,
    /// How it stands.
    pub phase: Phase,
    /// The frame that is shown.
    pub playhead: usize,
    /// Whether the playhead goes along with the run.
    pub following: bool,
    /// The knob under the cursor, as an index into [`App::knobs`].
    pub knob: usize,
    /// The token under the cursor.
    pub token: Option<usize>,
    /// Lines of the canvas above the window.
    pub scroll: usize,
    /// What lies over the screen.
    pub overlay: Overlay,
    /// What became of the last thing that was asked for, where it does not show.
    pub notice: Option<Notice>,
    /// What stands where, as last drawn.
    pub hits: Hits,
    /// Time since the program began.
    pub now: Duration,
    /// When the frame at the playhead came up.
    pub frame_since: Duration,
    /// When the run finished, for the settling of the canvas.
    pub finished_at: Option<Duration>,
    /// What the mouse is dragging.
    pub(super) drag: Option<Drag>,
}

impl App {
    /// A playground that waits for its model.
    pub fn new(engine: Engine, setup: Setup) -> Self {
        engine.send(Command::Pace(show::pace(&setup.show)));
        Self {
            engine,
            about: None,
            token_text: None,
            run_settings: setup.settings.clone(),
            settings: setup.settings,
            show: setup.show,
            prompt: setup.prompt,
            theme: setup.theme,
            glyphs: setup.glyphs,
            keymap: setup.keymap,
            run: 0,
            history: History::default(),
            phase: Phase::Waiting,
            playhead: 0,
            following: true,
            knob: 0,
            token: None,
            scroll: 0,
            overlay: Overlay::None,
            notice: None,
            hits: Hits::default(),
            now: Duration::ZERO,
            frame_since: Duration::ZERO,
            finished_at: None,
            drag: None,
        }
    }

    /// The frame that is shown.
    pub fn frame(&self) -> Option<&Frame> {
        self.history.frame(self.playhead)
    }

    /// Whether the screen changes by itself, so that it must be drawn again without an event.
    pub fn is_animated(&self) -> bool {
        const AFTERGLOW: Duration = Duration::from_secs(2);
        let lately = |at: Duration| self.now.saturating_sub(at) < AFTERGLOW;
        self.is_churning() || lately(self.frame_since) || self.finished_at.is_some_and(lately)
    }

    /// Whether undecided tokens are shown in motion.
    pub fn is_churning(&self) -> bool {
        matches!(self.phase, Phase::Running | Phase::Waiting) && self.following
    }

    /// Takes an event of the engine in. Events of older runs are passed over.
    pub fn on_engine(&mut self, event: Event) {
        match event {
            Event::Ready(about) => self.on_ready(*about),
            Event::Started { run, step, canvas, paused } if run == self.run => {
                if step == 0 {
                    self.history.restart(&canvas, self.run_settings.count(&STEPS).unwrap_or(0));
                } else {
                    self.history.truncate(step);
                }
                self.phase = if paused { Phase::Paused } else { Phase::Running };
                self.finished_at = None;
                self.follow();
            }
            Event::Stepped { run, step } if run == self.run => {
                self.history.push(&step);
                if self.following {
                    self.follow();
                }
            }
            Event::Paused(run) if run == self.run => self.phase = Phase::Paused,
            Event::Resumed(run) if run == self.run => self.phase = Phase::Running,
            Event::Cancelled(run) if run == self.run => self.phase = Phase::Cancelled,
            Event::Finished(run) if run == self.run => {
                self.phase = Phase::Finished;
                self.finished_at = Some(self.now);
            }
            Event::Failed { run, error } if run == self.run => {
                self.phase = Phase::Failed(error.to_string());
            }
            Event::Refused(error) => self.notice = Some(Notice::bad(error.to_string())),
            Event::Stopped(error) => self.phase = Phase::Stopped(error.to_string()),
            _ => {}
        }
    }

    fn on_ready(&mut self, about: About) {
        self.token_text =
            Some(TokenText::new(about.tokenizer.clone(), &about.vocabulary, self.glyphs));
        self.about = Some(about);
        self.start();
    }

    /// Does what the person asked for.
    pub fn act(&mut self, action: Action) -> Option<Request> {
        self.notice = None;
        match action {
            Action::Quit => return Some(Request::Quit),
            Action::Suspend => return Some(Request::Suspend),
            Action::Pause => self.toggle_pause(),
            Action::StepOnce => self.step_once(),
            Action::Restart => self.start(),
            Action::NewSeed => {
                self.turn(&SEED, SEED.nudge(self.settings.get(&SEED), 1, true));
                self.start();
            }
            Action::EditPrompt => self.edit_prompt(),
            Action::Mend => self.mend(),
            Action::Presets => self.open_presets(),
            Action::SavePreset => self.save_preset(),
            Action::Reload => self.engine.send(Command::Reload),
            Action::Cancel => {
                if matches!(self.phase, Phase::Running | Phase::Paused) {
                    self.engine.cancel();
                }
            }
            Action::TimeBack => self.go_to(self.playhead.saturating_sub(1)),
            Action::TimeForward => self.go_to(self.playhead + 1),
            Action::TimeStart => self.go_to(0),
            Action::TimeEnd => self.go_to(usize::MAX),
            Action::ContinueHere => self.continue_here(),
            Action::KnobPrevious => self.knob = self.knob.saturating_sub(1),
            Action::KnobNext => self.knob = (self.knob + 1).min(self.knobs().len() - 1),
            Action::KnobUp => self.nudge(self.selected_knob(), 1, false),
            Action::KnobDown => self.nudge(self.selected_knob(), -1, false),
            Action::KnobFineUp => self.nudge(self.selected_knob(), 1, true),
            Action::KnobFineDown => self.nudge(self.selected_knob(), -1, true),
            Action::KnobReset => {
                let knob = self.selected_knob();
                self.turn(knob, knob.default());
            }
            Action::Slower => self.change_speed(-1),
            Action::Faster => self.change_speed(1),
            Action::ColorMode => self.nudge(&COLOR_MODE, 1, false),
            Action::Layout => self.nudge(&LAYOUT, 1, false),
            Action::Theme => {
                if let Ok(theme) = self.theme.next() {
                    self.theme = theme;
                }
            }
            Action::ScrollUp => self.scroll_by(-(self.hits.page() as isize)),
            Action::ScrollDown => self.scroll_by(self.hits.page() as isize),
            Action::TokenPrevious => self.look_along(-1),
            Action::TokenNext => self.look_along(1),
            Action::Help => {
                self.overlay = match self.overlay {
                    Overlay::Help => Overlay::None,
                    _ => Overlay::Help,
                };
            }
            Action::Close => {
                if matches!(self.overlay, Overlay::None) {
                    self.token = None;
                }
                self.overlay = Overlay::None;
            }
        }
        None
    }

    fn toggle_pause(&mut self) {
        match self.phase {
            Phase::Running => self.engine.send(Command::Pause),
            Phase::Paused => {
                self.go_to(usize::MAX);
                self.engine.send(Command::Resume);
            }
            Phase::Finished | Phase::Cancelled | Phase::Failed(_) => self.start(),
            Phase::Waiting | Phase::Stopped(_) => {}
        }
    }

    fn step_once(&mut self) {
        let looking_back = self.playhead < self.history.steps();
        if looking_back && self.phase != Phase::Running {
            self.go_to(self.playhead + 1);
        } else {
            self.go_to(usize::MAX);
            self.engine.send(Command::StepOnce);
        }
    }

    fn continue_here(&mut self) {
        match self.phase {
            Phase::Paused if self.following => self.engine.send(Command::Resume),
            Phase::Running | Phase::Paused | Phase::Finished | Phase::Cancelled
                if !self.following =>
            {
                self.run = self.engine.rewind(self.playhead, false);
                self.phase = Phase::Waiting;
            }
            _ => {}
        }
    }

    /// Shows the frame after `step` steps, or the nearest there is.
    pub fn go_to(&mut self, step: usize) {
        let last = self.history.steps();
        self.playhead = step.min(last);
        self.following = self.playhead == last;
        self.frame_since = self.now;
    }

    fn follow(&mut self) {
        self.go_to(usize::MAX);
    }

    /// Moves the window over the canvas by that many lines.
    pub(super) fn scroll_by(&mut self, lines: isize) {
        let last = self.hits.last_scroll();
        self.scroll = self.scroll.min(last).saturating_add_signed(lines).min(last);
    }

    /// How many tokens in front are control tokens that no reader should see.
    pub fn hidden_tokens(&self) -> usize {
        let (Some(about), Some(last)) = (&self.about, self.history.last()) else {
            return 0;
        };
        last.leading_control_tokens(&about.vocabulary)
    }

    fn look_along(&mut self, direction: isize) {
        let Some(frame) = self.frame() else { return };
        let first = || frame.cells.iter().position(|cell| cell.written_at.is_some());
        let last = frame.cells.len().saturating_sub(1);
        let hidden = self.hidden_tokens().min(last);
        self.token = match self.token {
            Some(token) => Some(token.saturating_add_signed(direction).clamp(hidden, last)),
            None => Some(first().unwrap_or(hidden)),
        };
    }

    fn edit_prompt(&mut self) {
        let lines: Vec<String> = self.prompt.split('\n').map(str::to_owned).collect();
        let mut editor = TextArea::new(lines);
        editor.move_cursor(ratatui_textarea::CursorMove::Bottom);
        editor.move_cursor(ratatui_textarea::CursorMove::End);
        self.overlay = Overlay::Prompt(Box::new(editor));
    }

    /// Takes the edited prompt over and denoises it.
    pub(super) fn accept_prompt(&mut self) {
        if let Overlay::Prompt(editor) = &self.overlay {
            self.prompt = editor.lines().join("\n");
            self.overlay = Overlay::None;
            self.start();
        }
    }
}
