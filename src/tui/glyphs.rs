//! The signs that the playground draws with: one set for Unicode, one for plain ASCII.

use ratatui::symbols::border;

/// One set of signs.
#[derive(Debug)]
pub struct Glyphs {
    /// Whether nothing but ASCII may be drawn.
    pub ascii_only: bool,
    /// What masks are made of; which one shows changes all the time.
    pub noise: [&'static str; 4],
    /// A mask token that is shown as text.
    pub mask: &'static str,
    /// An end token.
    pub end: &'static str,
    /// Any other control token or character.
    pub control: &'static str,
    /// Bytes that are no character.
    pub broken: &'static str,
    /// A line break that is shown as text.
    pub line_break: &'static str,
    /// In front of what goes on with a line of code that was too long.
    pub goes_on: &'static str,
    /// A tab.
    pub tab: &'static str,
    /// A space that must be seen.
    pub space: &'static str,
    /// What a combining mark stands on when it has nothing else.
    pub base: &'static str,
    /// Text that did not fit.
    pub cut: &'static str,
    /// Bars from empty to full.
    pub bars: [&'static str; 9],
    /// A gauge's filled and empty parts.
    pub gauge: [&'static str; 2],
    /// In front of what is folded, and unfolded.
    pub folds: [&'static str; 2],
    /// In front of what is selected.
    pub pointer: &'static str,
    /// Where the playhead is.
    pub playhead: &'static str,
    /// A knob was turned here.
    pub turned: &'static str,
    /// The text was changed by hand here.
    pub by_hand: &'static str,
    /// Not used before the next run.
    pub next_run: &'static str,
    /// Running, paused, finished, failed.
    pub states: [&'static str; 4],
    /// Between facts in a line.
    pub dot: &'static str,
    /// Frames of panes.
    pub border: border::Set<'static>,
}

/// For terminals that show Unicode.
pub static UNICODE: Glyphs = Glyphs {
    ascii_only: false,
    noise: ["░", "▒", "▓", "▒"],
    mask: "▒",
    end: "∎",
    control: "¤",
    broken: "\u{fffd}",
    line_break: "↵",
    goes_on: "↪",
    tab: "→",
    space: "·",
    base: "◌",
    cut: "…",
    bars: [" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"],
    gauge: ["━", "─"],
    folds: ["▸", "▾"],
    pointer: "▸",
    playhead: "▲",
    turned: "◆",
    by_hand: "✎",
    next_run: "↻",
    states: ["●", "‖", "✓", "✗"],
    dot: "·",
    border: border::ROUNDED,
};

/// For terminals that do not.
pub static ASCII: Glyphs = Glyphs {
    ascii_only: true,
    noise: [":", "%", "#", "%"],
    mask: "#",
    end: "$",
    control: "?",
    broken: "?",
    line_break: "/",
    goes_on: "\\",
    tab: ">",
    space: "_",
    base: "o",
    cut: "~",
    bars: [" ", ".", ".", ":", ":", "+", "+", "#", "#"],
    gauge: ["=", "-"],
    folds: ["+", "-"],
    pointer: ">",
    playhead: "^",
    turned: "*",
    by_hand: "&",
    next_run: "@",
    states: ["*", "=", "+", "!"],
    dot: "-",
    border: border::Set {
        top_left: "+",
        top_right: "+",
        bottom_left: "+",
        bottom_right: "+",
        vertical_left: "|",
        vertical_right: "|",
        horizontal_top: "-",
        horizontal_bottom: "-",
    },
};
