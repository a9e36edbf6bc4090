//! Colours: what each part of the screen looks like, read from `themes/*.toml`.

use std::path::Path;

use ratatui::style::{Color, Modifier, Style};
use serde::Deserialize;

use crate::config::toml_error;
use crate::{Error, Result};

/// The themes inside the binary, in the order in which the theme key visits them.
const BUNDLED: [(&str, &str); 3] = [
    ("dark", include_str!("../../themes/dark.toml")),
    ("light", include_str!("../../themes/light.toml")),
    ("mono", include_str!("../../themes/mono.toml")),
];

/// How many colours the terminal shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColorDepth {
    /// None: `NO_COLOR` is set (no-color.org). Only the `mono` theme is used.
    None,
    /// The 256 of xterm.
    Indexed,
    /// 24 bits.
    True,
}

impl ColorDepth {
    /// Asks the environment: `NO_COLOR`, then `COLORTERM`.
    pub fn detect() -> Self {
        let set = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        if set("NO_COLOR").is_some() {
            return Self::None;
        }
        match set("COLORTERM").as_deref() {
            Some("truecolor" | "24bit") => Self::True,
            _ => Self::Indexed,
        }
    }
}

/// The look of one part of the screen.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
struct StyleSpec {
    fg: Option<Color>,
    bg: Option<Color>,
    bold: bool,
    dim: bool,
    italic: bool,
    underlined: bool,
    reversed: bool,
    crossed_out: bool,
}

impl StyleSpec {
    fn style(self) -> Style {
        let mut style = Style::new();
        style.fg = self.fg;
        style.bg = self.bg;
        for (set, modifier) in [
            (self.bold, Modifier::BOLD),
            (self.dim, Modifier::DIM),
            (self.italic, Modifier::ITALIC),
            (self.underlined, Modifier::UNDERLINED),
            (self.reversed, Modifier::REVERSED),
            (self.crossed_out, Modifier::CROSSED_OUT),
        ] {
            if set {
                style = style.add_modifier(modifier);
            }
        }
        style
    }
}

/// A theme as its file has it. Every part must be there, and nothing else.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct File {
    screen: StyleSpec,
    border: StyleSpec,
    title: StyleSpec,
    quiet: StyleSpec,
    strong: StyleSpec,
    accent: StyleSpec,
    key: StyleSpec,
    running: StyleSpec,
    error: StyleSpec,
    selected: StyleSpec,
    gauge: StyleSpec,
    bars: StyleSpec,
    prompt: StyleSpec,
    noise: StyleSpec,
    draft: StyleSpec,
    fresh: StyleSpec,
    written: StyleSpec,
    #[serde(alias = "taken-back")]
    remasked: StyleSpec,
    /// Themes of earlier versions have none.
    #[serde(default)]
    pinned: StyleSpec,
    differs: StyleSpec,
    end: StyleSpec,
    cursor: StyleSpec,
    /// From bad to good, two or more.
    scale: Vec<StyleSpec>,
}

/// Styles by what they are for.
#[derive(Clone, Debug)]
pub struct Theme {
    /// What it is called.
    pub name: String,
    /// Everything that is nothing else.
    pub screen: Style,
    /// Frames of panes.
    pub border: Style,
    /// Titles of panes.
    pub title: Style,
    /// What may be overlooked.
    pub quiet: Style,
    /// What should not be.
    pub strong: Style,
    /// Numbers and names.
    pub accent: Style,
    /// Keys in hints.
    pub key: Style,
    /// A run in progress.
    pub running: Style,
    /// What went wrong.
    pub error: Style,
    /// The knob under the cursor.
    pub selected: Style,
    /// The filled part of a gauge.
    pub gauge: Style,
    /// Bars of the timeline.
    pub bars: Style,
    /// Given tokens.
    pub prompt: Style,
    /// Noise.
    pub noise: Style,
    /// A guess that is not written.
    pub draft: Style,
    /// Written just now.
    pub fresh: Style,
    /// Written.
    pub written: Style,
    /// Remasked just now.
    pub remasked: Style,
    /// Held or put there by hand.
    pub pinned: Style,
    /// Not what the first lane says; laid over what else the token shows.
    pub differs: Style,
    /// End tokens.
    pub end: Style,
    /// The token under the cursor.
    pub cursor: Style,
    scale: Vec<Style>,
    depth: ColorDepth,
}

impl Theme {
    /// The theme called `name`, or the one in the file of that path.
    ///
    /// # Errors
    /// When there is no such theme, or its file is not a theme.
    pub fn load(name: &str, depth: ColorDepth) -> Result<Self> {
        let name = if depth == ColorDepth::None { "mono" } else { name };
        if let Some((name, text)) = BUNDLED.iter().find(|(bundled, _)| *bundled == name) {
            return Self::parse(name, text, depth);
        }
        let path = Path::new(name);
        if path.extension().is_none() {
            let names: Vec<&str> = BUNDLED.iter().map(|(name, _)| *name).collect();
            return Err(Error::invalid(format!(
                "theme cannot be {name:?}; it takes {}, or the path of a .toml file",
                names.join(", ")
            )));
        }
        let text = crate::files::read_text(path, crate::files::SETTINGS)?;
        Self::parse(name, &text, depth)
    }

    /// How many colours it was made for.
    pub fn depth(&self) -> ColorDepth {
        self.depth
    }

    /// The themes inside the binary, each with the sentence that its file begins with.
    pub fn bundled() -> impl Iterator<Item = (&'static str, &'static str)> {
        BUNDLED.iter().map(|(name, text)| {
            let first = text.lines().next().unwrap_or_default();
            (*name, first.trim_start_matches(['#', ' ']).trim_end_matches('.'))
        })
    }

    /// The bundled theme that comes after this one.
    ///
    /// # Errors
    /// Only when the binary was built with a broken theme.
    pub fn next(&self) -> Result<Self> {
        let here = BUNDLED.iter().position(|(name, _)| *name == self.name);
        let next = here.map_or(0, |here| (here + 1) % BUNDLED.len());
        Self::load(BUNDLED[next].0, self.depth)
    }

    fn parse(name: &str, text: &str, depth: ColorDepth) -> Result<Self> {
        let file: File = toml::from_str(text)
            .map_err(|e| Error::invalid(format!("theme {name}: {}", toml_error(text, &e))))?;
        if file.scale.len() < 2 {
            return Err(Error::invalid(format!("theme {name}: scale needs two looks or more")));
        }
        let style = |look: StyleSpec| fit(look.style(), depth);
        Ok(Self {
            name: name.to_owned(),
            screen: style(file.screen),
            border: style(file.border),
            title: style(file.title),
            quiet: style(file.quiet),
            strong: style(file.strong),
            accent: style(file.accent),
            key: style(file.key),
            running: style(file.running),
            error: style(file.error),
            selected: style(file.selected),
            gauge: style(file.gauge),
            bars: style(file.bars),
            prompt: style(file.prompt),
            // Kept as they are: they are mixed before they are shown.
            noise: file.noise.style(),
            draft: file.draft.style(),
            fresh: file.fresh.style(),
            written: file.written.style(),
            remasked: style(file.remasked),
            pinned: style(file.pinned),
            differs: style(file.differs),
            end: style(file.end),
            cursor: style(file.cursor),
            scale: file.scale.into_iter().map(StyleSpec::style).collect(),
            depth,
        })
    }

    /// The style `share` of the way from bad (0) to good (1).
    pub fn on_scale(&self, share: f32) -> Style {
        let last = self.scale.len() - 1;
        let at = share.clamp(0.0, 1.0) * last as f32;
        let below = (at.floor() as usize).min(last);
        let above = (below + 1).min(last);
        self.mix(self.scale[below], self.scale[above], at - below as f32)
    }

    /// `share` of the way from `a` to `b`; modifiers change over at the middle.
    pub fn mix(&self, a: Style, b: Style, share: f32) -> Style {
        let nearer = if share < 0.5 { a } else { b };
        let blend = |from: Option<Color>, to: Option<Color>| match (from, to) {
            (Some(Color::Rgb(r, g, b)), Some(Color::Rgb(r2, g2, b2))) => {
                let channel = |from: u8, to: u8| {
                    (f32::from(from) + (f32::from(to) - f32::from(from)) * share).round() as u8
                };
                Some(Color::Rgb(channel(r, r2), channel(g, g2), channel(b, b2)))
            }
            (from, to) => {
                if share < 0.5 {
                    from
                } else {
                    to
                }
            }
        };
        let mut style = nearer;
        style.fg = blend(a.fg, b.fg);
        style.bg = blend(a.bg, b.bg);
        fit(style, self.depth)
    }
}

/// The style as a terminal of that depth can show it.
fn fit(mut style: Style, depth: ColorDepth) -> Style {
    let fit = |color: Option<Color>| match (color, depth) {
        (_, ColorDepth::None) => None,
        (Some(Color::Rgb(r, g, b)), ColorDepth::Indexed) => Some(nearest_indexed(r, g, b)),
        (color, _) => color,
    };
    style.fg = fit(style.fg);
    style.bg = fit(style.bg);
    style
}

/// The nearest of xterm's 6x6x6 cube (16..=231) and its greys (232..=255).
fn nearest_indexed(r: u8, g: u8, b: u8) -> Color {
    const LEVELS: [u8; 6] = [0, 95, 135, 175, 215, 255];
    let level = |value: u8| {
        let distance = |index: &usize| LEVELS[*index].abs_diff(value);
        (0..LEVELS.len()).min_by_key(distance).unwrap_or(0)
    };
    let far = |x: u8, y: u8, z: u8| {
        let square = |a: u8, b: u8| u32::from(a.abs_diff(b)).pow(2);
        square(x, r) + square(y, g) + square(z, b)
    };
    let [x, y, z] = [level(r), level(g), level(b)];
    let cube = far(LEVELS[x], LEVELS[y], LEVELS[z]);
    let mean = (u32::from(r) + u32::from(g) + u32::from(b)) / 3;
    let step = (mean.saturating_sub(3) / 10).min(23) as u8;
    let grey = 8 + 10 * step;
    if far(grey, grey, grey) < cube {
        Color::Indexed(232 + step)
    } else {
        Color::Indexed((16 + 36 * x + 6 * y + z) as u8)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_bundled_theme_loads() {
        for (name, _) in BUNDLED {
            let theme = Theme::load(name, ColorDepth::True).unwrap();
            assert_eq!(theme.name, name);
        }
        let dark = Theme::load("dark", ColorDepth::True).unwrap();
        assert_eq!(dark.next().unwrap().next().unwrap().next().unwrap().name, "dark");
    }

    #[test]
    fn no_color_means_none() {
        let theme = Theme::load("dark", ColorDepth::None).unwrap();
        assert_eq!(theme.name, "mono");
        for share in [0.0, 0.3, 1.0] {
            let style = theme.on_scale(share);
            assert_eq!((style.fg, style.bg), (None, None));
        }
    }

    #[test]
    fn colours_are_rounded_to_the_palette() {
        assert_eq!(nearest_indexed(255, 0, 0), Color::Indexed(196));
        assert_eq!(nearest_indexed(128, 128, 128), Color::Indexed(244));
        assert_eq!(nearest_indexed(0, 0, 0), Color::Indexed(16));
    }

    #[test]
    fn mistakes_are_named() {
        let error = Theme::load("blue", ColorDepth::True).unwrap_err().to_string();
        assert!(error.contains("\"blue\"") && error.contains("dark, light"), "{error}");
        let dark = BUNDLED[0].1;
        let extra = format!("{dark}\n[nonsense]\nfg = 'red'\n");
        let error = Theme::parse("x", &extra, ColorDepth::True).unwrap_err().to_string();
        assert!(error.contains("nonsense"), "{error}");
    }
}
