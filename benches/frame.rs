//! What a frame of the playground costs while everything in it moves: drawn into a buffer, and compared with the frame
//! before, as a terminal gets it.
//!
//! `cargo bench --bench frame`

use std::time::{Duration, Instant};

use ratatui::Terminal;
use ratatui::backend::TestBackend;
use remask::engine::{Engine, ModelInfo};
use remask::knobs::Settings;
use remask::model::{Backbone, LanguageModel, Threads};
use remask::prompt::PromptHistory;
use remask::recent_models::RecentModels;
use remask::tui;
use remask::tui::app::{App, Phase, Setup};
use remask::tui::attract::Attract;
use remask::tui::glyphs::UNICODE;
use remask::tui::keymap::Keymap;
use remask::tui::theme::{ColorDepth, Theme};
use remask::tui::zen::ZenMode;

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
    Ok(())
}

fn measure(
    (columns, rows): (u16, u16),
    canvas: Option<&str>,
    zen: ZenMode,
) -> Result<Duration, Box<dyn std::error::Error>> {
    let (engine, mut events) = Engine::spawn(|| {
        let model = LanguageModel::bundled(Threads::new(None)?)?;
        let about = ModelInfo::of(&model);
        Ok((Box::new(model) as Box<dyn Backbone>, about).into())
    })?;
    let mut settings = Settings::default().with("sampler", "p2")?.with("steps", "32")?;
    if let Some(canvas) = canvas {
        settings = settings.with("canvas", canvas)?;
    }
    let setup = Setup {
        settings,
        display: Settings::default(),
        prompt: if canvas.is_some() { "Once upon a time" } else { PROMPT }.to_owned(),
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
    };
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
    Ok(times[times.len() / 2])
}
