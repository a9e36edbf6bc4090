//! How many colours a terminal shows, and what becomes of a colour on one that shows fewer.

use ratatui::style::{Color, Style};

/// How many colours the terminal shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColorDepth {
    /// None: `NO_COLOR` is set (no-color.org). Only the `mono` theme is used.
    None,
    /// The 16 that every terminal has had since there were colours, in shades of its own.
    Basic,
    /// The 256 of xterm.
    Indexed,
    /// 24 bits.
    True,
}

impl ColorDepth {
    /// Asks the environment: `NO_COLOR`, then `COLORTERM`, then `TERM`.
    pub fn detect() -> Self {
        let set = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        if set("NO_COLOR").is_some() {
            return Self::None;
        }
        match set("COLORTERM").as_deref() {
            Some("truecolor" | "24bit") => Self::True,
            _ => Self::of_terminal(&set("TERM").unwrap_or_default()),
        }
    }

    /// Of a terminal that says nothing but its name. Nearly all have 256.
    fn of_terminal(name: &str) -> Self {
        const OLD: [&str; 5] = ["linux", "ansi", "cygwin", "cons25", "dumb"];
        let old = OLD.contains(&name) || name.ends_with("16color") || name.starts_with("vt");
        if old { Self::Basic } else { Self::Indexed }
    }

    /// The style as such a terminal can show it.
    pub(super) fn fit(self, mut style: Style) -> Style {
        let fit = |color: Option<Color>| match (color, self) {
            (_, Self::None) => None,
            (Some(Color::Rgb(r, g, b)), Self::Indexed) => Some(nearest_indexed(r, g, b)),
            (Some(Color::Rgb(r, g, b)), Self::Basic) => Some(nearest_basic(r, g, b)),
            (color, _) => color,
        };
        style.fg = fit(style.fg);
        style.bg = fit(style.bg);
        style
    }
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

/// The one of 16 that says the same: by hue where there is one, else by lightness. By distance the calm colours
/// of a theme would all be grey.
fn nearest_basic(r: u8, g: u8, b: u8) -> Color {
    const COLOURFUL: u8 = 70;
    const BRIGHT: u8 = 170;
    let (high, low) = (r.max(g).max(b), r.min(g).min(b));
    if high - low < COLOURFUL {
        let lightness = (3 * u32::from(r) + 6 * u32::from(g) + u32::from(b)) / 10;
        return match lightness {
            0..60 => Color::Black,
            60..135 => Color::DarkGray,
            135..215 => Color::Gray,
            _ => Color::White,
        };
    }
    // Half of the way from the lowest channel to the highest, a channel belongs to the hue.
    let middle = low + (high - low) / 2;
    match (r > middle, g > middle, b > middle, high >= BRIGHT) {
        (true, false, false, false) => Color::Red,
        (true, false, false, true) => Color::LightRed,
        (true, true, false, false) => Color::Yellow,
        (true, true, false, true) => Color::LightYellow,
        (false, true, false, false) => Color::Green,
        (false, true, false, true) => Color::LightGreen,
        (false, true, true, false) => Color::Cyan,
        (false, true, true, true) => Color::LightCyan,
        (true, false, true, false) => Color::Magenta,
        (true, false, true, true) => Color::LightMagenta,
        (_, _, _, false) => Color::Blue,
        (_, _, _, true) => Color::LightBlue,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_rounded_to_the_palette() {
        assert_eq!(nearest_indexed(255, 0, 0), Color::Indexed(196));
        assert_eq!(nearest_indexed(128, 128, 128), Color::Indexed(244));
        assert_eq!(nearest_indexed(0, 0, 0), Color::Indexed(16));
    }

    #[test]
    fn of_sixteen_colours_the_hue_is_kept() {
        for (rgb, expected) in [
            ((0x16, 0x16, 0x1e), Color::Black),
            ((0xf7, 0xf5, 0xef), Color::White),
            ((0x7a, 0x5c, 0x1e), Color::Yellow),
            ((0x8c, 0x2f, 0x45), Color::Red),
            ((0x7a, 0xa2, 0xf7), Color::LightBlue),
            ((0x73, 0xda, 0xca), Color::LightCyan),
            ((0x00, 0x60, 0x00), Color::Green),
        ] {
            assert_eq!(nearest_basic(rgb.0, rgb.1, rgb.2), expected, "{rgb:?}");
        }
    }

    #[test]
    fn a_terminal_that_only_says_its_name_has_256_colours_but_for_old_ones() {
        for (name, depth) in [
            ("xterm-256color", ColorDepth::Indexed),
            ("alacritty", ColorDepth::Indexed),
            ("", ColorDepth::Indexed),
            ("linux", ColorDepth::Basic),
            ("xterm-16color", ColorDepth::Basic),
            ("vt220", ColorDepth::Basic),
        ] {
            assert_eq!(ColorDepth::of_terminal(name), depth, "{name}");
        }
    }
}
