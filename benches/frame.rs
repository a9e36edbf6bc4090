//! What a frame of the playground costs while everything in it moves: drawn into a buffer, and compared with the frame
//! before, as a terminal gets it.
//!
//! `cargo bench --bench frame`

use std::time::{Duration, Instant};

use ratatui::Terminal;
use ratatui::backend::TestBackend;
use remask::engine::{Engine, Event, ModelInfo};
use remask::knobs::Settings;
use remask::model::{Backbone, LanguageModel, Threads};
use remask::prompt::PromptHistory;
use remask::recent_models::RecentModels;
use remask::tasks::Split;
use remask::tasks::python::document;
use remask::tui;
use remask::tui::app::{App, Phase, Setup};
use remask::tui::attract::Attract;
use remask::tui::glyphs::UNICODE;
use remask::tui::keymap::Keymap;
use remask::tui::theme::{ColorDepth, Theme};
use remask::tui::zen::ZenMode;
use tokio::sync::mpsc::Receiver;

#[path = "../tests/it/support/models.rs"]
mod models;

const PROMPT: &str =
    "Once upon a time [[30]] But then [[30]] So [[24]] They all went home and were happy.";
/// Columns, rows, and tokens of the canvas where the prompt has no holes.
const SCREENS: [(u16, u16, Option<&str>); 3] =
    [(160, 45, None), (220, 60, None), (160, 45, Some("900"))];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    for (columns, rows, canvas) in SCREENS {
        for zen in [ZenMode::Off, ZenMode::On] {
            let median = measure((columns, rows), canvas, zen)?;
            let tokens = canvas.unwrap_or("the opening's");
            println!("{columns} x {rows}, {tokens} tokens, zen {zen:?}: {median:.2?} a frame");
        }
    }
    for (shown, task) in [("prose", None), ("code", Some("python"))] {
        let times = measure_program(task)?;
        let [median, most] = [times.len() / 2, times.len() * 19 / 20].map(|at| times[at]);
        let slowest = times[times.len() - 1];
        println!(
            "a program as {shown}: {median:.2?} a frame, 19 of 20 within {most:.2?}, the slowest {slowest:.2?}"
        );
    }
    Ok(())
}

/// Frames of a canvas of 1,000 tokens that becomes a program, as a model of `task` writes it.
fn measure_program(
    task: Option<&'static str>,
) -> Result<Vec<Duration>, Box<dyn std::error::Error>> {
    /// Tokens of the bundled vocabulary, which has no long ones for code.
    const HOLE: &str = "# Functions\n[[1000]]";
    let functions = (0..12).map(|index| document(0, Split::Training, index).text());
    let program = format!("# Functions\n{}", functions.collect::<Vec<_>>().join("\n\n\n"));
    let settings = Settings::default().with("sampler", "low-confidence")?.with("steps", "32")?;
    let about = ModelInfo::of(&models::stories());
    let about = ModelInfo { task: task.map(str::to_owned), ..about };
    let model = Box::new(models::ScriptedModel::of(&program)) as Box<dyn Backbone>;
    let mut loaded = Some((model, about));
    let (engine, events) = Engine::spawn(move || {
        let loaded = loaded.take().ok_or(remask::Error::invalid("it is loaded once"))?;
        Ok(loaded.into())
    })?;
    frames((engine, events), setup(settings, HOLE, ZenMode::Off)?, (160, 45))
}

fn measure(
    (columns, rows): (u16, u16),
    canvas: Option<&str>,
    zen: ZenMode,
) -> Result<Duration, Box<dyn std::error::Error>> {
    let (engine, events) = Engine::spawn(|| {
        let model = LanguageModel::bundled(Threads::new(None)?)?;
        let about = ModelInfo::of(&model);
        Ok((Box::new(model) as Box<dyn Backbone>, about).into())
    })?;
    let mut settings = Settings::default().with("sampler", "p2")?.with("steps", "32")?;
    if let Some(canvas) = canvas {
        settings = settings.with("canvas", canvas)?;
    }
    let prompt = if canvas.is_some() { "Once upon a time" } else { PROMPT };
    let times = frames((engine, events), setup(settings, prompt, zen)?, (columns, rows))?;
    Ok(times[times.len() / 2])
}

fn setup(
    settings: Settings,
    prompt: &str,
    zen: ZenMode,
) -> Result<Setup, Box<dyn std::error::Error>> {
    Ok(Setup {
        settings,
        display: Settings::default(),
        prompt: prompt.to_owned(),
        prompts: PromptHistory::in_memory(),
        theme: Theme::load("dark", ColorDepth::True)?,
        glyphs: &UNICODE,
        motion: true,
        zen,
        attract: Attract::default(),
        keymap: Keymap::new(&toml::Table::new())?,
        price: None,
        hardware: Vec::new(),
        recent_models: RecentModels::default(),
        borrowed_steps: false,
        recorded: false,
        chosen: Settings::default(),
    })
}

/// The times of all frames of a run, the shortest first.
fn frames(
    (engine, mut events): (Engine, Receiver<Event>),
    setup: Setup,
    (columns, rows): (u16, u16),
) -> Result<Vec<Duration>, Box<dyn std::error::Error>> {
    let mut app = App::new(engine, setup);
    let mut terminal = Terminal::new(TestBackend::new(columns, rows))?;
    let (began, mut times) = (Instant::now(), Vec::new());
    while app.phase != Phase::Finished {
        let Some(event) = events.blocking_recv() else { return Err("the engine is gone".into()) };
        app.on_engine(event);
        app.advance(began.elapsed());
        // Noise has moved on in every frame.
        for _ in 0..8 {
            app.advance(app.now + Duration::from_millis(40));
            let began = Instant::now();
            tui::draw(&mut app, &mut terminal)?;
            times.push(began.elapsed());
        }
    }
    times.sort();
    Ok(times)
}
