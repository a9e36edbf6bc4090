//! The frames of a run, as the playground draws them.

use std::time::Duration;

use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;

use crate::engine::ReplayEngine;
use crate::knobs::Settings;
use crate::prompt::PromptHistory;
use crate::recent_models::RecentModels;
use crate::trace::file::RecordedRun;
use crate::tui::app::{App, Phase, Setup};
use crate::tui::attract::Attract;
use crate::tui::display::SPEED;
use crate::tui::glyphs::Glyphs;
use crate::tui::hit_map::{Hit, HitMap};
use crate::tui::keymap::Keymap;
use crate::tui::theme::Theme;
use crate::tui::zen::ZenMode;
use crate::{Error, Result, tui};

/// How a run is filmed.
pub struct FilmOptions {
    /// Columns and rows of the screen.
    pub size: (u16, u16),
    /// How long each moment is in sight.
    pub pace: Duration,
    /// Whether the panels are there, too; else the text is alone.
    pub panels: bool,
    /// In which colours.
    pub theme: Theme,
    /// With which signs.
    pub glyphs: &'static Glyphs,
    /// What colours mean, and whatever else is set of the display.
    pub display: Settings,
}

/// A run, moment by moment.
pub struct Film {
    /// What it is called: the model, and the sampler.
    pub title: String,
    /// A screen for each moment, the noise first.
    pub frames: Vec<Buffer>,
    /// How long each of them is in sight.
    pub pace: Duration,
    /// The text at the end.
    pub text: String,
}

/// Cells of all frames: some hundred bytes each.
const MOST_CELLS: usize = 16 << 20;

/// `screen` without the keys that it names: nobody can press them in a film.
fn without_keys(mut screen: Buffer, hits: &HitMap) -> Buffer {
    let named = hits.iter().filter(|(_, hit)| matches!(hit, Hit::Key(_)));
    for position in named.flat_map(|(area, _)| area.positions()) {
        if let Some(cell) = screen.cell_mut(position) {
            cell.set_symbol(" ");
        }
    }
    screen
}

impl Film {
    /// Plays `run` as fast as it goes, and draws each of its moments.
    ///
    /// # Errors
    /// When the run cannot be played, or the system gives no thread for it.
    pub fn of(run: RecordedRun, options: FilmOptions) -> Result<Self> {
        let FilmOptions { size: (columns, rows), pace, panels, theme, glyphs, mut display } =
            options;
        display.set(&SPEED, SPEED.parse("max")?);
        let title = super::text::title(&run);
        let moments = run.moments.len();
        let cells = usize::from(columns) * usize::from(rows) * (moments + 1);
        if cells > MOST_CELLS {
            return Err(Error::invalid(format!(
                "a film of {} moments of {columns}x{rows} takes more memory than it is worth; choose a smaller --size, or \
                 --to txt",
                moments + 1
            )));
        }
        let setup = Setup {
            settings: run.knobs.clone(),
            display,
            prompt: String::new(),
            prompts: PromptHistory::in_memory(),
            theme,
            glyphs,
            motion: false,
            zen: if panels { ZenMode::Off } else { ZenMode::On },
            attract: Attract::default(),
            // Those that stand below a text alone are not noted as keys; those of panels are.
            keymap: if panels { Keymap::new(&toml::Table::new())? } else { Keymap::none() },
            price: None,
            hardware: Vec::new(),
            recent_models: RecentModels::default(),
            borrowed_steps: false,
            chosen: Settings::default(),
            recorded: true,
        };
        let (engine, mut events) = ReplayEngine::spawn(run)?;
        let mut app = App::new(engine, setup);
        // One that was broken off ends as one that was called off.
        while !matches!(app.phase, Phase::Finished | Phase::Cancelled) {
            if let Phase::Failed(why) | Phase::Stopped(why) = &app.phase {
                return Err(Error::invalid(why.clone()));
            }
            let event = events.blocking_recv();
            app.on_engine(event.ok_or_else(|| Error::Internal("the replay ended early".into()))?);
        }
        let mut terminal = Terminal::new(TestBackend::new(columns, rows))
            .map_err(|error| Error::Internal(error.to_string()))?;
        let mut frames = Vec::with_capacity(moments + 1);
        for moment in 0..=moments {
            app.go_to(moment);
            app.advance(app.now + pace);
            tui::draw(&mut app, &mut terminal)?;
            frames.push(without_keys(terminal.backend().buffer().clone(), &app.hits));
        }
        let text = app.last_text().unwrap_or_default();
        Ok(Self { title, frames, pace, text })
    }

    /// Columns and rows.
    pub fn size(&self) -> (u16, u16) {
        self.frames.first().map_or((0, 0), |frame| (frame.area.width, frame.area.height))
    }
}
