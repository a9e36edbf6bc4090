//! Colours: what each part of the screen looks like, read from `themes/*.toml`.

mod color_depth;
mod theme_file;
mod theme_folder;
mod theme_sources;

use ratatui::style::{Color, Modifier, Style};

pub use color_depth::ColorDepth;
pub use theme_folder::{ThemeEntry, ThemeFolder};

use crate::Result;
use crate::sweep::plot::{PlotStyle, SERIES};
use crate::tui::highlight::SyntaxClass;
use theme_sources::ThemeSources;

/// Styles by what they are for.
#[derive(Clone, Debug)]
pub struct Theme {
    /// What it is called.
    pub name: String,
    /// What it is for, in a line; empty where its file does not say.
    pub help: String,
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
    /// Comments, in code; laid over what is written, as the others of code are.
    pub code_comment: Style,
    /// Text in quotation marks.
    pub code_string: Style,
    /// Words of the language.
    pub code_keyword: Style,
    /// Numbers, and values that have a word of their own.
    pub code_number: Style,
    /// Names of functions.
    pub code_function: Style,
    /// Names of types.
    pub code_type: Style,
    /// Signs that compute or compare.
    pub code_operator: Style,
    scale: Vec<Style>,
    series: Vec<Style>,
    depth: ColorDepth,
    folder: ThemeFolder,
    sources: ThemeSources,
}

impl Theme {
    /// The theme of whoever has chosen none.
    pub const DEFAULT: &str = "dark";

    /// The theme called `name`, the person's own or a bundled one, or the one in the file of that path.
    ///
    /// # Errors
    /// When there is no such theme, or its file is not a theme.
    pub fn load(name: &str, depth: ColorDepth) -> Result<Self> {
        ThemeFolder::usual().load(name, depth)
    }

    /// How many colours it was made for.
    pub fn depth(&self) -> ColorDepth {
        self.depth
    }

    /// Every theme that can be chosen by name where this one was found.
    pub fn all(&self) -> Vec<ThemeEntry> {
        self.folder.all(self.depth)
    }

    /// Whether it was read from a file, which may be saved again.
    pub fn is_from_file(&self) -> bool {
        !self.sources.is_empty()
    }

    /// Whether a file that it was read from was saved since.
    pub fn is_outdated(&self) -> bool {
        self.sources.have_changed()
    }

    /// Reads it again from its files. Where that fails it stays as it is, until they are saved once more.
    ///
    /// # Errors
    /// When its file is not a theme any more.
    pub fn reload(&mut self) -> Result<()> {
        let mut sources = ThemeSources::default();
        let loaded = self.folder.load_from(&self.name, self.depth, &mut sources);
        self.sources = sources;
        *self = loaded?;
        Ok(())
    }

    /// What written code of a class looks like, before it is mixed.
    pub fn code(&self, class: SyntaxClass) -> Style {
        let over = match class {
            SyntaxClass::Plain => Style::new(),
            SyntaxClass::Comment => self.code_comment,
            SyntaxClass::String => self.code_string,
            SyntaxClass::Keyword => self.code_keyword,
            SyntaxClass::Number => self.code_number,
            SyntaxClass::Function => self.code_function,
            SyntaxClass::Type => self.code_type,
            SyntaxClass::Operator => self.code_operator,
        };
        self.written.patch(over)
    }

    /// What given code looks like whose look would be `code` if it were written.
    pub fn given_code(&self, code: Style) -> Style {
        self.mix(code, code, 0.0).add_modifier(self.prompt.add_modifier)
    }

    /// What a draft looks like that was not kept.
    pub fn refused(&self) -> Style {
        self.draft.add_modifier(Modifier::CROSSED_OUT)
    }

    /// The style `share` of the way from bad (0) to good (1).
    pub fn on_scale(&self, share: f32) -> Style {
        let last = self.scale.len() - 1;
        let at = share.clamp(0.0, 1.0) * last as f32;
        let below = (at.floor() as usize).min(last);
        let above = (below + 1).min(last);
        self.mix(self.scale[below], self.scale[above], at - below as f32)
    }

    /// The style of the curve or the points at `index`, in a plot of several; they repeat.
    pub fn series(&self, index: usize) -> Style {
        self.series[index % self.series.len()]
    }

    /// How a plot is drawn.
    pub fn plot_style(&self, ascii: bool) -> PlotStyle {
        let mut series = [Style::new(); SERIES];
        for (index, style) in series.iter_mut().enumerate() {
            *style = self.series(index);
        }
        PlotStyle {
            ascii,
            text: self.screen.patch(self.quiet),
            title: self.title,
            axes: self.border,
            front: self.screen.patch(self.strong),
            series,
        }
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
        self.depth.fit(style)
    }
}
