//! Choosing named settings, and keeping those of now.

use crossterm::event::{KeyCode, KeyEvent};

use super::app::{App, Notice, Overlay};
use crate::presets::{self, Preset};

impl App {
    /// Lists the named settings.
    pub(super) fn open_presets(&mut self) {
        let (all, broken) = presets::all();
        self.notice = broken.first().map(|error| Notice::bad(error.to_string()));
        self.overlay = Overlay::Presets(all, 0);
    }

    /// Takes a key in while they are listed; whether it meant something there.
    pub(super) fn on_presets_key(&mut self, key: KeyEvent) -> bool {
        let Overlay::Presets(all, at) = &mut self.overlay else { return false };
        match key.code {
            KeyCode::Up | KeyCode::Char('k') => *at = at.saturating_sub(1),
            KeyCode::Down | KeyCode::Char('j') => *at = (*at + 1).min(all.len() - 1),
            KeyCode::Enter => {
                let preset = all[*at].clone();
                self.overlay = Overlay::None;
                self.apply_preset(&preset);
            }
            KeyCode::Esc => self.overlay = Overlay::None,
            _ => return false,
        }
        true
    }

    /// Turns every knob to what `preset` holds, and denoises with them.
    fn apply_preset(&mut self, preset: &Preset) {
        let applied = preset.applied_to(&self.lane().settings);
        self.lane_mut().settings = applied;
        self.knob = 0;
        self.start();
    }

    /// Writes the knobs of now down under a name that is free.
    pub(super) fn save_preset(&mut self) {
        const MOST: usize = 1000;
        let taken = presets::all().0;
        let free = |name: &String| taken.iter().all(|preset| preset.name != *name);
        let name = (1..MOST).map(|n| format!("mine-{n}")).find(free).unwrap_or_default();
        self.notice = Some(match Preset::of(&name, &self.lane().settings).save() {
            Ok(path) => {
                Notice { text: format!("saved as preset {name}: {}", path.display()), good: true }
            }
            Err(error) => Notice::bad(error.to_string()),
        });
    }
}
