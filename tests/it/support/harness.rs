//! The whole playground without a terminal: keys go in, screens come out.
#![allow(dead_code)] // each test file uses its own part

use std::path::Path;
use std::time::{Duration, Instant};

use crossterm::event::{
    Event as Input, KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind,
};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use remask::Result;
use remask::engine::{Engine, EngineClient, Event, ModelInfo, ModelLoader, ModelSet, ReplayEngine};
use remask::explain::hardware::KNOWN;
use remask::explain::{Machine, NextToken, PassCosts, PassTime};
use remask::knobs::Settings;
use remask::model::{Backbone, LanguageModel, LoadWatch, WeightStats};
use remask::prompt::PromptHistory;
use remask::quality::Judge;
use remask::recent_models::RecentModels;
use remask::trace::file::RecordedRun;
use remask::tui;
use remask::tui::app::{App, Phase, Request, Setup};
use remask::tui::attract::Attract;
use remask::tui::display::SPEED;
use remask::tui::glyphs::{Glyphs, UNICODE};
use remask::tui::hit_map::Hit;
use remask::tui::keymap::Keymap;
use remask::tui::knob_groups::Unfolded;
use remask::tui::overlays::PromptEditor;
use remask::tui::theme::{ColorDepth, ThemeFolder};
use remask::tui::zen::ZenMode;
use tokio::sync::mpsc::Receiver;

use crate::support::{ScriptedModel, stories, threads};

/// What a test may wait for, on a machine that is busy with other things.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// Waits until `holds`.
pub fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    let began = Instant::now();
    while !holds() {
        assert!(began.elapsed() < PATIENCE, "waited in vain for {what}");
        std::thread::sleep(Duration::from_millis(1));
    }
}

pub struct Playground {
    pub app: App,
    pub events: Receiver<Event>,
    pub terminal: Terminal<TestBackend>,
}

/// The models of the options, once; and any that is opened.
struct Loader {
    model: Option<Box<dyn Backbone>>,
    task: Option<&'static str>,
    other: Option<LanguageModel>,
    judged: bool,
}

impl ModelLoader for Loader {
    fn load(&mut self, _: &LoadWatch) -> Result<ModelSet> {
        let model = self.model.take().ok_or(remask::Error::invalid("it is loaded once"))?;
        let mut about = ModelInfo::of(&stories());
        about.vocabulary = model.vocabulary().clone();
        about.context = model.context();
        about.task = self.task.map(str::to_owned);
        let judge = self.judged.then(|| Judge::new(stories())).transpose()?;
        let note = "judged by stories-4.6M".to_owned();
        let mut models = vec![(model, about)];
        models.extend(self.other.take().map(|other| {
            let about = ModelInfo::of(&other);
            (Box::new(other) as Box<dyn Backbone>, about)
        }));
        Ok(ModelSet { models, judge, note, threads: None })
    }

    fn open(&mut self, path: Option<&Path>, watch: &LoadWatch) -> Result<ModelSet> {
        let model = match path {
            Some(path) => LanguageModel::open_watched(path, threads(1), watch)?,
            None => stories(),
        };
        let about = ModelInfo::of(&model);
        Ok((Box::new(model) as Box<dyn Backbone>, about).into())
    }
}

pub struct Options {
    pub knobs: &'static [(&'static str, &'static str)],
    pub prompt: &'static str,
    pub glyphs: &'static Glyphs,
    pub depth: ColorDepth,
    pub motion: bool,
    pub model: Box<dyn Backbone>,
    /// The task that the model is said to be trained for.
    pub task: Option<&'static str>,
    /// A second model, for the other lane.
    pub other: Option<LanguageModel>,
    /// Whether finished texts are judged.
    pub judged: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            knobs: &[("canvas", "48"), ("steps", "12")],
            prompt: "Once upon a time",
            glyphs: &UNICODE,
            depth: ColorDepth::True,
            motion: true,
            model: Box::new(ScriptedModel::new()),
            task: None,
            other: None,
            judged: true,
        }
    }
}

impl Playground {
    pub fn open((width, height): (u16, u16), options: Options) -> Self {
        let Options { task, other, judged, .. } = options;
        let loader = Loader { model: Some(options.model), task, other, judged };
        let (engine, events) = Engine::spawn(loader).unwrap();
        let shown = Options { model: Box::new(ScriptedModel::new()), other: None, ..options };
        Self::of(engine, events, (width, height), shown, false)
    }

    /// A run that was written down, shown as `options` say.
    pub fn replaying((width, height): (u16, u16), recorded: RecordedRun, options: Options) -> Self {
        let (engine, events) = ReplayEngine::spawn(recorded).unwrap();
        Self::of(engine, events, (width, height), options, true)
    }

    fn of(
        engine: impl EngineClient + 'static,
        events: Receiver<Event>,
        (width, height): (u16, u16),
        options: Options,
        recorded: bool,
    ) -> Self {
        let settings = options
            .knobs
            .iter()
            .fold(Settings::default(), |settings, (name, text)| settings.with(name, text).unwrap());
        let chosen = settings.clone();
        let mut display = Settings::default();
        display.set(&SPEED, SPEED.parse("max").unwrap());
        let setup = Setup {
            settings,
            display,
            prompt: options.prompt.to_owned(),
            prompts: PromptHistory::in_memory(),
            theme: ThemeFolder::none().load("dark", options.depth).unwrap(),
            glyphs: options.glyphs,
            motion: options.motion,
            zen: ZenMode::Off,
            attract: Attract::default(),
            keymap: Keymap::new(&toml::Table::new()).unwrap(),
            price: Some(2.5),
            hardware: KNOWN.to_vec(),
            recent_models: RecentModels::default(),
            borrowed_steps: false,
            recorded,
            chosen,
        };
        let mut app = App::new(engine, setup);
        app.unfolded = Unfolded::ALL;
        Self { app, events, terminal: Terminal::new(TestBackend::new(width, height)).unwrap() }
    }

    pub fn small() -> Self {
        Self::open((80, 24), Options::default())
    }

    /// Takes events in until the app is as wanted.
    pub fn until(&mut self, wanted: impl Fn(&App) -> bool) {
        let began = Instant::now();
        while !wanted(&self.app) {
            assert!(began.elapsed() < PATIENCE, "it stays {:?}", self.app.phase);
            match self.events.try_recv() {
                Ok(event) => self.app.on_engine(with_known_times(event)),
                Err(_) => std::thread::sleep(Duration::from_millis(1)),
            }
        }
    }

    /// Takes an event in, where there is one.
    pub fn take_event(&mut self) -> bool {
        let event = self.events.try_recv();
        event.map(|event| self.app.on_engine(event)).is_ok()
    }

    pub fn until_done(&mut self) {
        self.until(|app| app.phase == Phase::Finished);
        // Long enough for everything to have settled and faded.
        self.app.advance(self.app.now + Duration::from_secs(10));
    }

    pub fn press(&mut self, key: KeyCode) -> Option<Request> {
        if key == KeyCode::Enter && self.app.overlay::<PromptEditor>().is_some() {
            // As long as a person takes, so that it is no line break of a pasted text.
            self.app.advance(self.app.now + Duration::from_millis(200));
        }
        self.app.on_input(Input::Key(KeyEvent::new(key, KeyModifiers::NONE)))
    }

    pub fn press_ctrl(&mut self, key: char) -> Option<Request> {
        let key = KeyEvent::new(KeyCode::Char(key), KeyModifiers::CONTROL);
        self.app.on_input(Input::Key(key))
    }

    pub fn type_text(&mut self, text: &str) {
        for c in text.chars() {
            self.press(KeyCode::Char(c));
        }
    }

    pub fn mouse(&mut self, kind: MouseEventKind, column: u16, row: u16) {
        let modifiers = KeyModifiers::NONE;
        self.app.on_input(Input::Mouse(MouseEvent { kind, column, row, modifiers }));
    }

    pub fn click(&mut self, column: u16, row: u16) -> Option<Request> {
        let down = MouseEventKind::Down(MouseButton::Left);
        let modifiers = KeyModifiers::NONE;
        let request =
            self.app.on_input(Input::Mouse(MouseEvent { kind: down, column, row, modifiers }));
        self.mouse(MouseEventKind::Up(MouseButton::Left), column, row);
        request
    }

    /// Clicks the uppermost target that is `wanted`.
    pub fn click_on(&mut self, wanted: Hit) -> Option<Request> {
        let found = self.app.hits.iter().filter(|(_, hit)| *hit == wanted).last();
        let area = found.expect("it cannot be clicked").0;
        self.click(area.x, area.y)
    }

    /// Where the first target stands that is `wanted`, as last drawn.
    pub fn target(&self, wanted: impl Fn(Hit) -> bool) -> Rect {
        let found = self.app.hits.iter().find(|(_, hit)| wanted(*hit));
        found.expect("it cannot be clicked").0
    }

    pub fn draw(&mut self) -> Buffer {
        tui::draw(&mut self.app, &mut self.terminal).unwrap();
        self.terminal.backend().buffer().clone()
    }

    pub fn screen(&mut self) -> String {
        text_of(&self.draw())
    }
}

pub fn text_of(buffer: &Buffer) -> String {
    let rows = buffer.content.chunks(buffer.area.width.into());
    let row = |cells: &[ratatui::buffer::Cell]| -> String {
        let symbols: String = cells.iter().map(ratatui::buffer::Cell::symbol).collect();
        symbols.trim_end().to_owned()
    };
    rows.map(row).collect::<Vec<_>>().join("\n")
}

/// A step of a whole canvas takes 8 ms, one of a single token 2, whatever it really took: what the clock
/// makes of them is then the same on every machine. What explains a race is known as well.
fn with_known_times(mut event: Event) -> Event {
    let known = |single| Duration::from_millis(if single { 2 } else { 8 });
    match &mut event {
        Event::Stepped { step, .. } => {
            step.forward = known(step.block.len() == 1);
            step.sampling = Duration::ZERO;
        }
        Event::Timed { times, lane, .. } => {
            times.fill((known(*lane == 1), Duration::ZERO));
        }
        Event::Explained(measured) => **measured = known_costs(),
        _ => {}
    }
    event
}

fn known_costs() -> (PassCosts, Machine) {
    let weight_stats = WeightStats { weights: 3_000_000, bytes: 12_000_000 };
    let time = |positions: usize| Duration::from_micros(500 + 80 * positions as u64);
    let whole =
        [1, 2, 4, 8, 16, 32, 53].map(|positions| PassTime { positions, time: time(positions) });
    let costs = PassCosts {
        whole: whole.to_vec(),
        weight_stats,
        next_token: Some(NextToken { cached: 26, time: time(1), weight_stats }),
    };
    (costs, Machine { memory: 40e9, weights: 150e9, flops: 200e9 })
}
