//! The state of the playground, and everything that changes it.

use std::cell::RefCell;
use std::time::Duration;

use super::action::Action;
use super::attract::Attract;
use super::clock::Clock;
use super::display::{COLOR_MODE, LAYOUT};
use super::glyphs::Glyphs;
use super::highlight::Highlighter;
use super::hit_map::{Hit, HitMap};
use super::keymap::Keymap;
use super::knob_groups::Unfolded;
use super::lane::LaneView;
use super::mode::Mode;
use super::overlays::{Help, Opened, PromptEditor};
use super::panel_focus::Panel;
use super::race_stage::RaceStage;
use super::tally::RunningTally;
use super::task_desk::{TaskDesk, TaskDesks};
use super::theme::Theme;
use super::token_text::TokenText;
use super::zen::ZenMode;
use crate::diffusion::noise::SEED;
use crate::engine::{Command, EngineClient, ModelInfo, RECORDED, RunId};
use crate::explain::{Hardware, Machine, PassCosts};
use crate::knobs::Settings;
use crate::model::LoadProgress;
use crate::prompt::{PromptHistory, PromptKind};
use crate::recent_models::RecentModels;
use crate::tasks::ShownAs;
use crate::trace::Frame;

/// How the run stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Phase {
    /// The model is being loaded, or a run was asked for and has not begun.
    Waiting,
    /// Steps are being made.
    Running,
    /// A fair race is being timed: this round of so many.
    Measuring(usize, usize),
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

/// One line about the last thing that was asked for.
pub struct Notice {
    /// The line.
    pub text: String,
    /// Whether it was done.
    pub good: bool,
    /// When it goes by itself; where it does not, it goes with the next thing that is asked for.
    pub until: Option<Duration>,
}

impl Notice {
    /// It was not done.
    pub fn bad(text: impl Into<String>) -> Self {
        Self { text: text.into(), good: false, until: None }
    }

    /// It was done.
    pub fn good(text: impl Into<String>) -> Self {
        Self { text: text.into(), good: true, until: None }
    }
}

/// What the playground is started with.
pub struct Setup {
    /// The knobs of the sampler.
    pub settings: Settings,
    /// The knobs of the show.
    pub display: Settings,
    /// What the first text begins with.
    pub prompt: String,
    /// The prompts of before.
    pub prompts: PromptHistory,
    /// Colours.
    pub theme: Theme,
    /// Signs.
    pub glyphs: &'static Glyphs,
    /// Whether anything may move that is no step of a run: noise that churns, words that fade.
    pub motion: bool,
    /// What is on the screen at first.
    pub zen: ZenMode,
    /// Whether texts follow one another while nobody does anything.
    pub attract: Attract,
    /// Keys.
    pub keymap: Keymap,
    /// Money for an hour of this machine, where the person says so.
    pub price: Option<f64>,
    /// Machines to estimate for.
    pub hardware: Vec<Hardware>,
    /// The models that were opened before.
    pub recent_models: RecentModels,
    /// Whether the steps are those of the opening, which nobody has chosen.
    pub borrowed_steps: bool,
    /// Of the knobs of the sampler those that the person has set: what a model of another task leaves as it is.
    pub chosen: Settings,
    /// Whether the run was made before, and there is no model that could make another.
    pub recorded: bool,
}

/// What the run loop has to do after an update.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// Leave the program.
    Quit,
    /// Hand the terminal back to the shell until the job is continued.
    Suspend,
    /// Put this into the clipboard of the terminal.
    Copy(String),
    /// Take the terminal again, which others had meanwhile.
    Retake,
    /// Give the terminal back, and do what this signal does.
    Die(i32),
}

/// A model that was loaded.
pub struct Model {
    /// What is known of it.
    pub about: ModelInfo,
    /// Turns its ids into text.
    pub token_text: TokenText,
    /// What its texts are shown as.
    pub shown_as: ShownAs,
    /// Colours them, where they are code.
    pub(super) highlighter: Option<RefCell<Highlighter>>,
}

impl Model {
    /// One of which this is known; it is drawn with `glyphs`.
    pub fn new(about: ModelInfo, glyphs: &'static Glyphs) -> Self {
        let token_text = TokenText::new(about.tokenizer.clone(), &about.vocabulary, glyphs);
        let shown_as = about.task().map(|task| task.shown_as()).unwrap_or_default();
        let highlighter = match shown_as {
            ShownAs::Code(language) => Highlighter::new(language).map(RefCell::new),
            ShownAs::Prose | ShownAs::Grid => None,
        };
        Self { about, token_text, shown_as, highlighter }
    }
}

/// Everything that the view draws.
pub struct App {
    pub(super) engine: Box<dyn EngineClient>,
    /// The models, once they are loaded.
    pub models: Vec<Model>,
    /// Who judges whom; empty where nobody does.
    pub judge_note: String,
    /// The texts: one, or several side by side.
    pub lanes: Vec<LaneView>,
    /// How far a model is read that is being loaded, where that takes a while.
    pub loading: Option<LoadProgress>,
    /// Whether the person has called that off.
    pub(super) called_off: bool,
    /// The lane under the cursor.
    pub focus: usize,
    /// The panel that was given the focus last; it may not be in sight any more.
    pub(super) panel: Option<Panel>,
    /// The knobs of the show.
    pub display: Settings,
    /// What the text begins with, or what is to be repaired.
    pub prompt: String,
    /// Which of both.
    pub prompt_kind: PromptKind,
    /// The prompts of before.
    pub prompts: PromptHistory,
    /// What was typed and not denoised, as it was left.
    pub(super) kept_prompt: Option<Box<PromptEditor>>,
    /// Colours.
    pub theme: Theme,
    /// Signs.
    pub glyphs: &'static Glyphs,
    /// Whether anything may move that is no step of a run. Where it may not, every change shows at once.
    pub motion: bool,
    /// What is on the screen: the text alone, or everything around it.
    pub zen: ZenMode,
    /// Whether texts follow one another while nobody does anything.
    pub attract: Attract,
    /// Keys.
    pub keymap: Keymap,
    /// Money for an hour of this machine, where the person says so.
    pub price: Option<f64>,
    /// Machines to estimate for.
    pub hardware: Vec<Hardware>,
    /// The models that were opened before.
    pub recent_models: RecentModels,
    /// Whether the steps are those of a show, which nobody has chosen: the next prompt is given its own.
    pub borrowed_steps: bool,
    /// The knobs that the person has set before the playground began.
    pub(super) chosen: Settings,
    /// Whether the run was made before, and there is no model that could make another.
    pub recorded: bool,
    /// What the race that is shown is counted in.
    pub race_stage: RaceStage,
    /// The knobs that this task's first text was begun with: what a knob is put back to.
    pub(super) first_settings: Settings,
    /// What other tasks were left with.
    pub(super) desks: TaskDesks,
    /// What was on the desk before texts came by themselves.
    pub(super) desk_before_show: Option<TaskDesk>,
    /// The problems that are put one after the other, while they are.
    pub(super) tally: Option<RunningTally>,
    /// The run whose events count; none where the engine has none, or one that is not shown.
    pub(super) run: Option<RunId>,
    /// Whether the lanes show that run already: not before the engine has begun it.
    pub(super) begun: bool,
    /// What the lanes are shown by.
    pub mode: Mode,
    /// What explains the run, once that was asked for.
    pub(super) why: Option<Box<(PassCosts, Machine)>>,
    /// How it stands.
    pub phase: Phase,
    /// Whether what is shown goes along with the run.
    pub following: bool,
    /// The moment that is shown, where lanes are on one clock.
    pub clock: Clock,
    /// The knob under the cursor, as an index into [`App::knobs`].
    pub knob: usize,
    /// Which groups of knobs are unfolded.
    pub unfolded: Unfolded,
    /// The token under the cursor.
    pub token: Option<usize>,
    /// Lines of the canvas above the window.
    pub scroll: usize,
    /// When the files of the theme were looked at last.
    pub(super) theme_looked: Duration,
    /// What lies over the screen.
    pub(super) opened: Opened,
    /// What became of the last thing that was asked for, where it does not show.
    pub notice: Option<Notice>,
    /// What stands where, as last drawn.
    pub hits: HitMap,
    /// Time since the program began.
    pub now: Duration,
    /// What the mouse button went down on, while it is down.
    pub(super) pressed: Option<Hit>,
}

impl App {
    /// A playground that waits for its model.
    pub fn new(engine: impl EngineClient + 'static, setup: Setup) -> Self {
        let app = Self {
            engine: Box::new(engine),
            models: Vec::new(),
            judge_note: String::new(),
            race_stage: RaceStage::default(),
            first_settings: setup.settings.clone(),
            lanes: vec![LaneView::new(0, setup.settings)],
            loading: None,
            called_off: false,
            focus: 0,
            panel: None,
            display: setup.display,
            prompt: setup.prompt,
            prompt_kind: PromptKind::Text,
            prompts: setup.prompts,
            kept_prompt: None,
            theme: setup.theme,
            glyphs: setup.glyphs,
            motion: setup.motion,
            zen: setup.zen,
            attract: setup.attract,
            keymap: setup.keymap,
            price: setup.price,
            hardware: setup.hardware,
            recent_models: setup.recent_models,
            borrowed_steps: setup.borrowed_steps,
            chosen: setup.chosen,
            recorded: setup.recorded,
            desks: TaskDesks::default(),
            desk_before_show: None,
            tally: None,
            run: None,
            begun: false,
            mode: Mode::Single,
            why: None,
            phase: Phase::Waiting,
            following: true,
            clock: Clock::default(),
            knob: 0,
            unfolded: Unfolded::default(),
            token: None,
            scroll: 0,
            theme_looked: Duration::ZERO,
            opened: Opened::default(),
            notice: None,
            hits: HitMap::default(),
            now: Duration::ZERO,
            pressed: None,
        };
        app.send_pace();
        app
    }

    /// The lane under the cursor.
    pub fn lane(&self) -> &LaneView {
        &self.lanes[self.focus]
    }

    /// The lane under the cursor, to be changed.
    pub fn lane_mut(&mut self) -> &mut LaneView {
        &mut self.lanes[self.focus]
    }

    /// The model that writes `lane`, once it is loaded.
    pub fn model(&self, lane: &LaneView) -> Option<&Model> {
        self.models.get(lane.model)
    }

    /// The frame of the lane under the cursor.
    pub fn frame(&self) -> Option<&Frame> {
        self.lane().frame()
    }

    /// Does what the person asked for.
    pub fn act(&mut self, action: Action) -> Option<Request> {
        self.notice = None;
        if self.recorded && action.needs_model() {
            self.notice = Some(Notice::bad(RECORDED));
            return None;
        }
        match action {
            Action::Quit => return Some(Request::Quit),
            Action::Suspend => return Some(Request::Suspend),
            Action::Pause => self.toggle_pause(),
            Action::StepOnce => self.step_once(),
            Action::Restart => self.start(),
            Action::NewSeed => {
                // The same seed for all lanes, or they could not be compared.
                let seed = SEED.nudge(self.lane().settings.value(&SEED), 1, true);
                for lane in &mut self.lanes {
                    lane.settings.set(&SEED, seed);
                }
                self.start();
            }
            Action::EditPrompt => self.edit_prompt(),
            Action::Repair => self.repair(),
            Action::Presets => self.open_presets(),
            Action::SavePreset => self.name_preset(),
            Action::SaveTrace => self.save_trace(),
            Action::ExportPage => self.export_page(),
            Action::CopyText => return self.copy_text(),
            Action::CopyCommand => return self.copy_command(),
            Action::Reload => self.engine.send(Command::Reload),
            Action::Cancel if self.loading.is_some() => {
                self.called_off = true;
                self.engine.call_off_loading();
            }
            Action::Cancel => {
                if matches!(self.phase, Phase::Running | Phase::Paused | Phase::Measuring(..)) {
                    self.engine.cancel();
                }
            }
            Action::TimeBack => self.step_in_time(-1),
            Action::TimeForward => self.step_in_time(1),
            Action::TimeStart => self.go_to(0),
            Action::TimeEnd => self.go_to(usize::MAX),
            Action::ContinueHere => self.continue_here(),
            Action::Pin => self.pin(),
            Action::Renoise => self.renoise(),
            Action::NextCandidate => self.put_next_candidate(),
            Action::Undo => self.undo(),
            Action::Redo => self.redo(),
            Action::BranchPrevious => self.go_to_branch(-1),
            Action::BranchNext => self.go_to_branch(1),
            Action::KnobPrevious => self.knob = self.knob.saturating_sub(1),
            Action::KnobNext => self.next_knob(),
            Action::AllKnobs => {
                self.fold_all();
                self.name_unfolded();
            }
            Action::KnobUp => self.nudge(self.selected_knob(), 1, false),
            Action::KnobDown => self.nudge(self.selected_knob(), -1, false),
            Action::KnobFineUp => self.nudge(self.selected_knob(), 1, true),
            Action::KnobFineDown => self.nudge(self.selected_knob(), -1, true),
            Action::KnobReset => {
                let knob = self.selected_knob();
                self.turn(knob, self.first_settings.value(knob));
            }
            Action::Slower => self.change_speed(-1),
            Action::Faster => self.change_speed(1),
            Action::Race => self.race(),
            Action::Compare => self.compare(),
            Action::PanelNext => self.next_panel(1),
            Action::PanelPrevious => self.next_panel(-1),
            Action::LaneNext if self.lanes.len() == 1 => self.move_token_cursor(1),
            Action::LaneNext => self.focus_lane((self.focus + 1) % self.lanes.len()),
            Action::LaneAdd => self.add_lane(),
            Action::LaneDrop => self.drop_lane(),
            Action::LaneAlone => self.promote(),
            Action::Order => self.next_order(),
            Action::Why => self.ask_why(),
            Action::Sweep => self.begin_sweep(),
            Action::Tally => self.toggle_tally(),
            Action::ColorMode => self.next_look(&COLOR_MODE, "colours"),
            Action::Zen => self.toggle_zen(),
            Action::Layout => self.next_look(&LAYOUT, "layout"),
            Action::Theme => self.open_themes(),
            Action::ScrollUp => self.scroll_by(-(self.hits.page() as isize)),
            Action::ScrollDown => self.scroll_by(self.hits.page() as isize),
            Action::TokenPrevious => self.move_token_cursor(-1),
            Action::TokenNext => self.move_token_cursor(1),
            Action::Palette => self.open_palette(),
            Action::Models => self.open_model_picker(),
            Action::NextTask => self.next_task(),
            Action::Help => self.open(Help::default()),
            Action::Close if self.opened.get().is_none() && self.leave_panel() => {}
            Action::Close => match (self.opened.get(), self.token) {
                (None, None) => self.leave_sides(),
                (None, Some(_)) => self.token = None,
                _ => self.close(),
            },
        }
        None
    }

    /// Moves the window over the canvas by that many lines.
    pub(super) fn scroll_by(&mut self, lines: isize) {
        let last = self.hits.last_scroll();
        self.scroll = self.scroll.min(last).saturating_add_signed(lines).min(last);
    }

    /// How many tokens in front are control tokens that no reader should see.
    pub fn hidden_tokens(&self, lane: &LaneView) -> usize {
        let (Some(model), Some(last)) = (self.model(lane), lane.history.last()) else {
            return 0;
        };
        last.leading_control_tokens(&model.about.vocabulary)
    }

    pub(super) fn move_token_cursor(&mut self, direction: isize) {
        let Some(frame) = self.frame() else { return };
        let first = || frame.cells.iter().position(|cell| cell.written_at.is_some());
        let last = frame.cells.len().saturating_sub(1);
        let hidden = self.hidden_tokens(self.lane()).min(last);
        self.token = match self.token {
            Some(token) => Some(token.saturating_add_signed(direction).clamp(hidden, last)),
            None => Some(first().unwrap_or(hidden)),
        };
    }
}
