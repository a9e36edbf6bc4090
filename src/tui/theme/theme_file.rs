//! What a theme's file says. It need not say all of it: the rest is what the theme that it inherits has.

use ratatui::style::{Color, Modifier, Style};
use serde::Deserialize;

use super::Theme;
use super::color_depth::ColorDepth;
use crate::config::toml_error;
use crate::{Error, Result};

/// The look of one part of the screen, as far as a file says it.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Look {
    fg: Option<Color>,
    bg: Option<Color>,
    bold: Option<bool>,
    dim: Option<bool>,
    italic: Option<bool>,
    underlined: Option<bool>,
    reversed: Option<bool>,
    crossed_out: Option<bool>,
}

impl Look {
    fn or(self, parent: Self) -> Self {
        Self {
            fg: self.fg.or(parent.fg),
            bg: self.bg.or(parent.bg),
            bold: self.bold.or(parent.bold),
            dim: self.dim.or(parent.dim),
            italic: self.italic.or(parent.italic),
            underlined: self.underlined.or(parent.underlined),
            reversed: self.reversed.or(parent.reversed),
            crossed_out: self.crossed_out.or(parent.crossed_out),
        }
    }

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
            if set == Some(true) {
                style = style.add_modifier(modifier);
            }
        }
        style
    }
}

/// Looks that are mixed before they are shown, and fitted to the terminal then.
const MIXED: [&str; 4] = ["noise", "draft", "fresh", "written"];
/// Looks that themes of earlier versions do not have; nothing is changed by them then.
const LATER: [&str; 1] = ["pinned"];
/// What the looks of code begin with: they are both.
const CODE: &str = "code_";

/// Declares the parts of the screen once: those that a file may name, and those of a [`Theme`].
macro_rules! looks {
    ($($name:ident $(or $alias:literal)?),* $(,)?) => {
        /// A theme as its file has it.
        #[derive(Clone, Debug, Default, Deserialize)]
        #[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
        pub(super) struct ThemeFile {
            /// The theme that has all that is not said here.
            pub inherits: Option<String>,
            /// What it is for, in a line.
            help: String,
            $($(#[serde(alias = $alias)])? $name: Option<Look>,)*
            /// From bad to good, two or more.
            scale: Option<Vec<Look>>,
            /// Of what is told apart in a plot.
            series: Option<Vec<Look>>,
        }

        impl ThemeFile {
            /// What this file says, and for the rest what `parent` says.
            pub fn or(self, parent: Self) -> Self {
                let both = |own: Option<Look>, other: Option<Look>| match (own, other) {
                    (Some(own), Some(other)) => Some(own.or(other)),
                    (own, other) => own.or(other),
                };
                Self {
                    inherits: parent.inherits,
                    help: self.help,
                    $($name: both(self.$name, parent.$name),)*
                    scale: self.scale.or(parent.scale),
                    series: self.series.or(parent.series),
                }
            }

            /// The theme that it is, once nothing is left to be inherited.
            ///
            /// # Errors
            /// Names a part that is missing.
            pub fn theme(self, name: &str, depth: ColorDepth) -> Result<Theme> {
                let style = |part: &str, look: Option<Look>| match look {
                    Some(look) if MIXED.contains(&part) || part.starts_with(CODE) => {
                        Ok(look.style())
                    }
                    Some(look) => Ok(depth.fit(look.style())),
                    None if LATER.contains(&part) || part.starts_with(CODE) => Ok(Style::new()),
                    None => Err(missing(part)),
                };
                $(let $name = style(stringify!($name), self.$name)?;)*
                let mut theme = Theme {
                    name: name.to_owned(),
                    help: self.help,
                    $($name,)*
                    scale: scale_of(self.scale)?,
                    series: series_of(self.series, depth)?,
                    depth,
                    folder: Default::default(),
                    sources: Default::default(),
                };
                if theme.series.is_empty() {
                    let Theme { accent, key, prompt, running, error, title, .. } = theme;
                    theme.series = vec![accent, key, prompt, running, error, title];
                }
                Ok(theme)
            }
        }
    };
}

looks! {
    screen, border, title, quiet, strong, accent, key, running, error, selected, gauge, bars,
    prompt, noise, draft, fresh, written, remasked or "taken-back", pinned, differs, end, cursor,
    code_comment, code_string, code_keyword, code_number, code_function, code_type, code_operator,
}

impl ThemeFile {
    /// Reads TOML.
    ///
    /// # Errors
    /// Says in one line what is wrong, and where.
    pub fn parse(text: &str) -> Result<Self> {
        toml::from_str(text).map_err(|error| toml_error(text, &error))
    }
}

/// Kept as they are: they are mixed before they are shown.
fn scale_of(looks: Option<Vec<Look>>) -> Result<Vec<Style>> {
    let looks = looks.ok_or_else(|| missing("scale"))?;
    if looks.len() < 2 {
        return Err(Error::invalid("scale needs two looks or more"));
    }
    Ok(looks.into_iter().map(Look::style).collect())
}

/// None where the file leaves it to the other looks.
fn series_of(looks: Option<Vec<Look>>, depth: ColorDepth) -> Result<Vec<Style>> {
    if looks.as_ref().is_some_and(Vec::is_empty) {
        return Err(Error::invalid("series needs one look or more"));
    }
    let looks = looks.into_iter().flatten();
    Ok(looks.map(|look| depth.fit(look.style())).collect())
}

fn missing(part: &str) -> Error {
    Error::invalid(format!(
        "it says nothing of {part:?}; add that, or put inherits = \"dark\" at the top"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_said_is_inherited_word_by_word() {
        let parent = "[screen]\nfg = 'red'\nbg = 'blue'\nbold = true\n[key]\nfg = 'green'";
        let own = "help = 'own'\n[screen]\nfg = 'white'\nbold = false";
        let parent = ThemeFile::parse(parent).unwrap();
        let both = ThemeFile::parse(own).unwrap().or(parent);
        let style = both.screen.unwrap().style();
        assert_eq!(style, Style::new().fg(Color::White).bg(Color::Blue));
        assert_eq!(both.key.unwrap().fg, Some(Color::Green));
        assert_eq!(both.help, "own");
        assert!(both.border.is_none());
    }

    #[test]
    fn what_nobody_says_is_named() {
        let file = ThemeFile::parse("[screen]\nfg = 'red'").unwrap();
        let error = file.theme("x", ColorDepth::True).unwrap_err().to_string();
        assert!(error.contains("nothing of \"border\"; add that, or put inherits"), "{error}");
    }
}
