//! How a playground looks: flags of the subcommands that show one.

use crate::Result;
use crate::config::Config;
use crate::knobs::{Knob, Settings};
use crate::tui::display::{COLOR_MODE, SPEED};
use crate::tui::glyphs::{ASCII, Glyphs, UNICODE};
use crate::tui::theme::{ColorDepth, Theme};

/// How a run is shown.
#[derive(clap::Args)]
pub struct ShowFlags {
    /// Steps shown a second: 1, 2, 4, 8, 15, 30 or max [default: 8]
    #[arg(long, value_name = "N", help_heading = "Playground")]
    speed: Option<String>,
    /// What colours mean: state, confidence, entropy, age, order or cache [default: state]
    #[arg(long, value_name = "NAME", help_heading = "Playground", hide_short_help = true)]
    color_mode: Option<String>,
    /// A theme by name (t shows them all), or a theme file's path [default: dark]
    #[arg(long, value_name = "NAME", help_heading = "Playground")]
    pub(super) theme: Option<String>,
    /// Draw with ASCII alone; on by itself where the locale is not UTF-8
    #[arg(long, help_heading = "Playground", hide_short_help = true)]
    ascii: bool,
    /// Draw nothing that moves by itself: no shimmer, no fading; for calm, and for slow connections
    #[arg(long, help_heading = "Playground", hide_short_help = true)]
    no_motion: bool,
}

/// How a run is shown, flags and configuration taken together.
pub(super) struct Show {
    pub display: Settings,
    pub theme: Theme,
    pub glyphs: &'static Glyphs,
    pub motion: bool,
}

impl Show {
    /// Steps shown a second, where they are not shown as fast as they come.
    pub fn steps_a_second(&self) -> f64 {
        const MOST: f64 = 60.0;
        self.display.get(&SPEED).per_second().unwrap_or(MOST)
    }
}

impl ShowFlags {
    /// The flags, and behind them what `config` says.
    pub(super) fn resolve(self, config: &Config) -> Result<Show> {
        let theme = self.theme.as_ref().or(config.theme.as_ref());
        let theme = theme.map_or(Theme::DEFAULT, String::as_str);
        let ascii = self.ascii || config.ascii.unwrap_or_else(|| !locale_is_utf8());
        Ok(Show {
            display: display_settings([
                (&SPEED, self.speed.or_else(|| config.speed.clone())),
                (&COLOR_MODE, self.color_mode.or_else(|| config.color_mode.clone())),
            ])?,
            theme: Theme::load(theme, ColorDepth::detect())?,
            glyphs: if ascii { &ASCII } else { &UNICODE },
            motion: !self.no_motion && config.motion.unwrap_or(true),
        })
    }
}

fn display_settings(given: [(&'static Knob, Option<String>); 2]) -> Result<Settings> {
    let mut display = Settings::default();
    for (knob, text) in given {
        if let Some(text) = text {
            display.set(knob, knob.parse(&text)?);
        }
    }
    Ok(display)
}

/// As the C library decides it: the first of these that is set.
pub(super) fn locale_is_utf8() -> bool {
    let set = |name: &&str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].iter().find_map(set);
    // No locale at all is a bare container more often than a terminal from before Unicode.
    locale.is_none_or(|locale| {
        let locale = locale.to_ascii_lowercase();
        locale.contains("utf-8") || locale.contains("utf8")
    })
}
