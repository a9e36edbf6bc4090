//! Themes: what every one of them must show, choosing one, and files that are saved while they are shown.

use crate::support::harness::{Options, Playground};
use crate::support::shipped::serve;
use crate::support::snapshots::snapshot;
use crossterm::event::{KeyCode, MouseEventKind};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;
use ratatui::style::{Color, Style};
use remask::train::Losses;
use remask::tui::app::{App, Phase};
use remask::tui::highlight::SyntaxClass;
use remask::tui::overlays::{SweepOverlay, ThemePicker};
use remask::tui::theme::{ColorDepth, Theme, ThemeFolder};
use remask::tui::training::{TrainingProgress, TrainingView};

fn bundled(depth: ColorDepth) -> Vec<Theme> {
    ThemeFolder::none().all(depth).into_iter().map(|entry| entry.theme.unwrap()).collect()
}

fn colourful() -> impl Iterator<Item = Theme> {
    bundled(ColorDepth::True).into_iter().filter(|theme| theme.name != "mono")
}

/// The states of a token, as they are shown beside each other.
fn states(theme: &Theme) -> [(&'static str, Style); 8] {
    let shown = |look| theme.mix(look, look, 0.0);
    [
        ("noise", shown(theme.noise)),
        ("draft", shown(theme.draft)),
        ("remasked", theme.remasked),
        ("prompt", theme.prompt),
        ("pinned", theme.pinned),
        ("written", shown(theme.written)),
        ("fresh", shown(theme.fresh)),
        ("end", theme.end),
    ]
}

/// The classes of code that have a look of their own.
const CODE: [(&str, SyntaxClass); 7] = [
    ("comment", SyntaxClass::Comment),
    ("string", SyntaxClass::String),
    ("keyword", SyntaxClass::Keyword),
    ("number", SyntaxClass::Number),
    ("function", SyntaxClass::Function),
    ("type", SyntaxClass::Type),
    ("operator", SyntaxClass::Operator),
];

/// Relative luminance, as WCAG 2 has it.
fn luminance(color: Color) -> f64 {
    let Color::Rgb(r, g, b) = color else { panic!("{color} is not said by its channels") };
    let linear = |channel: u8| {
        let x = f64::from(channel) / 255.0;
        if x <= 0.04045 { x / 12.92 } else { ((x + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b)
}

fn contrast(a: Color, b: Color) -> f64 {
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

/// Lightness L* of CIELAB, 0 to 100.
fn lightness(color: Color) -> f64 {
    116.0 * luminance(color).cbrt() - 16.0
}

#[test]
fn every_theme_can_be_read() {
    for theme in colourful() {
        let ground = theme.screen.bg.unwrap();
        let check = |part: &str, style: Style, least: f64| {
            let (fg, bg) = (style.fg.unwrap(), style.bg.unwrap_or(ground));
            let found = contrast(fg, bg);
            assert!(found >= least, "{}: {part} has a contrast of {found:.2}", theme.name);
        };
        let strict = theme.name == "projector";
        let of = |usual: f64, strictly: f64| if strict { strictly } else { usual };
        for (part, style, least) in [
            ("screen", theme.screen, of(7.0, 15.0)),
            ("strong", theme.strong, of(7.0, 15.0)),
            ("title", theme.title, of(4.5, 7.0)),
            ("accent", theme.accent, of(4.5, 7.0)),
            ("key", theme.key, of(4.5, 7.0)),
            ("running", theme.running, of(4.5, 7.0)),
            ("error", theme.error, of(4.5, 7.0)),
            ("prompt", theme.prompt, of(4.5, 7.0)),
            ("pinned", theme.pinned, of(4.5, 7.0)),
            ("quiet", theme.quiet, of(4.0, 7.0)),
            ("selected", theme.selected, of(6.0, 9.0)),
            ("remasked", theme.remasked, of(4.5, 6.0)),
            ("draft", theme.draft, of(2.8, 5.0)),
            ("noise", theme.noise, of(1.5, 2.8)),
            ("end", theme.end, of(1.8, 2.8)),
            ("border", theme.border, of(1.4, 4.0)),
            ("bars", theme.bars, of(3.0, 7.0)),
        ] {
            check(part, style, least);
        }
        // On the way from just written to written no word is lost in its ground.
        for share in 0..=10 {
            let share = share as f32 / 10.0;
            check("fading", theme.mix(theme.written, theme.fresh, share), 4.5);
            check("scale", theme.on_scale(share), 3.0);
        }
        for (part, class) in CODE {
            let code = theme.code(class);
            check(part, theme.mix(code, code, 0.0), of(4.0, 7.0));
            check(part, theme.given_code(code), of(4.0, 7.0));
            for share in 0..=10 {
                check(part, theme.mix(code, theme.fresh, share as f32 / 10.0), 3.0);
            }
        }
        for index in 0..6 {
            check("series", theme.series(index), 3.0);
        }
    }
}

#[test]
fn every_theme_tells_states_apart_at_every_depth() {
    for depth in [ColorDepth::True, ColorDepth::Indexed, ColorDepth::Basic] {
        for theme in bundled(depth) {
            let states = states(&theme);
            for (index, (name, style)) in states.iter().enumerate() {
                for (other, its) in &states[index + 1..] {
                    // Noise is no letters, so it may look like the end, which is one sign.
                    let may = (*name, *other) == ("noise", "end");
                    assert!(may || style != its, "{}: {name}, {other}, {depth:?}", theme.name);
                }
                let ground = theme.screen.bg;
                let seen = style.fg != ground || style.fg.is_none() || style.bg.is_some();
                assert!(seen, "{}: {name} is not seen, {depth:?}", theme.name);
            }
        }
    }
}

#[test]
fn every_theme_colours_code_at_every_depth_and_mono_without_a_colour() {
    for depth in [ColorDepth::True, ColorDepth::Indexed, ColorDepth::Basic] {
        for theme in bundled(depth) {
            let shown = |class| theme.mix(theme.code(class), theme.code(class), 0.0);
            let ground = theme.mix(theme.written, theme.written, 0.0).bg;
            let looks = CODE.map(|(_, class)| shown(class));
            for (style, (part, _)) in looks.iter().zip(CODE) {
                let seen = style.fg != ground || style.fg.is_none();
                assert!(seen, "{}: {part} is not seen, {depth:?}", theme.name);
                assert!(theme.name != "mono" || style.fg.is_none(), "{part}");
            }
            // What most of code is made of.
            let [_, string, keyword, ..] = looks;
            let plain = shown(SyntaxClass::Plain);
            assert!(string != keyword && keyword != plain && string != plain, "{}", theme.name);
        }
    }
}

#[test]
fn colour_blind_eyes_tell_states_apart_by_lightness_alone() {
    const APART: f64 = 6.5;
    let theme = ThemeFolder::none().load("colorblind", ColorDepth::True).unwrap();
    let ground = lightness(theme.screen.bg.unwrap());
    // What stands out of the ground: the letters, or what is behind them.
    let mark = |style: Style| {
        let [fg, bg] = [style.fg, style.bg].map(|color| color.map_or(ground, lightness));
        if (fg - ground).abs() >= (bg - ground).abs() { fg } else { bg }
    };
    let mut marks: Vec<(f64, &str)> = states(&theme)
        .into_iter()
        .filter(|(name, _)| *name != "end")
        .map(|(name, style)| (mark(style), name))
        .collect();
    marks.sort_by(|a, b| a.0.total_cmp(&b.0));
    for pair in marks.windows(2) {
        assert!(pair[1].0 - pair[0].0 >= APART, "{pair:?}");
    }
    let scale: Vec<f64> =
        (0..=4).map(|step| lightness(theme.on_scale(step as f32 / 4.0).fg.unwrap())).collect();
    assert!(scale.windows(2).all(|pair| pair[1] - pair[0] >= APART), "{scale:?}");
}

/// That nothing was left in the colours that the terminal happens to have.
fn check_themed(name: &str, buffer: &Buffer) {
    let width = usize::from(buffer.area.width);
    for (index, cell) in buffer.content.iter().enumerate() {
        let themed = matches!((cell.fg, cell.bg), (Color::Rgb(..), Color::Rgb(..)));
        let (x, y) = (index % width, index / width);
        assert!(themed, "{name}: {:?} at {x}, {y} is {} on {}", cell.symbol(), cell.fg, cell.bg);
    }
}

#[test]
fn plots_and_overlays_have_the_colours_of_the_theme() {
    let knobs = &[("canvas", "48"), ("steps", "12"), ("sampler", "p2"), ("temperature", "0.7")];
    let mut playground = Playground::open((160, 45), Options { knobs, ..Options::default() });
    playground.until_done();
    playground.press(KeyCode::Down);
    assert_eq!(playground.app.selected_knob().name, "steps");
    for key in ['x', '?', 'p', 'o', 'g', 'b', 'v'] {
        playground.press(KeyCode::Char(key));
        if key == 'g' {
            playground.until(|app| {
                let sweep = app.overlay::<SweepOverlay>();
                sweep.is_some_and(|sweep| sweep.progress().0 == sweep.progress().1)
            });
            assert!(playground.app.overlay::<SweepOverlay>().unwrap().plot().is_some());
        } else {
            playground.until_done();
        }
        for theme in colourful() {
            let name = format!("{} of {key:?}", theme.name);
            playground.app.theme = theme;
            check_themed(&name, &playground.draw());
        }
        playground.press(KeyCode::Esc);
    }
}

#[test]
fn the_screen_of_training_has_the_colours_of_the_theme() {
    let mut view = TrainingView::default();
    for step in 1..200 {
        let progress = TrainingProgress { step, tokens: step * 4000, ..Default::default() };
        let loss = |scale: f32| Some(scale + 4.0 / step as f32);
        let losses = Losses { next_token: loss(2.0), noised: loss(3.0), drafts: loss(2.5) };
        view.step(progress, losses);
    }
    for theme in colourful() {
        let mut terminal = Terminal::new(TestBackend::new(140, 42)).unwrap();
        terminal.draw(|frame| view.draw(frame, &theme, false)).unwrap();
        check_themed(&theme.name, terminal.backend().buffer());
    }
}

fn shown(app: &App) -> &str {
    &app.theme.name
}

#[test]
fn the_cursor_on_a_theme_shows_it_and_only_enter_keeps_it() {
    let mut playground = Playground::small();
    playground.until_done();
    let before = playground.draw();
    playground.press(KeyCode::Char('t'));
    assert_eq!(shown(&playground.app), "dark");
    snapshot("themes-80x24", &playground.draw());
    playground.press(KeyCode::Down);
    assert_eq!(shown(&playground.app), "light");
    let light = playground.draw();
    let theme = &playground.app.theme;
    assert_eq!(Some(light.content[0].bg), theme.screen.bg, "the whole screen at once");
    playground.press(KeyCode::Esc);
    assert_eq!(shown(&playground.app), "dark");
    assert_eq!(playground.draw(), before);
    // Its own key goes on, past the last to the first.
    let count = bundled(ColorDepth::True).len();
    for _ in 0..=count {
        playground.press(KeyCode::Char('t'));
    }
    assert_eq!(shown(&playground.app), "dark");
    playground.draw();
    playground.mouse(MouseEventKind::ScrollDown, 60, 5);
    playground.press(KeyCode::Char('j'));
    playground.press(KeyCode::Enter);
    assert!(playground.app.overlay::<ThemePicker>().is_none());
    assert_eq!(shown(&playground.app), "ember");
    let screen = playground.screen();
    assert!(screen.contains("theme = \"ember\" in config.toml keeps it for good"), "{screen}");
}

#[test]
fn a_text_goes_on_while_themes_are_looked_at_and_another_overlay_takes_the_theme_back() {
    let mut playground = Playground::small();
    playground.until_done();
    playground.press(KeyCode::Char('t'));
    playground.press(KeyCode::Down);
    playground.press(KeyCode::Char('r'));
    playground.until_done();
    playground.press(KeyCode::Left);
    assert!(!playground.app.following);
    assert!(playground.app.overlay::<ThemePicker>().is_some());
    assert_eq!(shown(&playground.app), "light");
    playground.press(KeyCode::Char('?'));
    assert_eq!(shown(&playground.app), "dark");
    assert!(matches!(playground.app.phase, Phase::Finished));
}

#[test]
fn without_colours_there_is_nothing_to_choose() {
    let options = Options { depth: ColorDepth::None, ..Options::default() };
    let mut playground = Playground::open((80, 24), options);
    playground.until_done();
    playground.press(KeyCode::Char('t'));
    assert!(playground.screen().contains("NO_COLOR is set"));
    assert!(playground.app.overlay::<ThemePicker>().is_none());
}

#[test]
fn own_themes_are_listed_and_a_broken_one_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let sea = "inherits = 'dark'\nhelp = 'cold water'\n[screen]\nbg = '#001020'";
    std::fs::write(folder.path().join("sea.toml"), sea).unwrap();
    std::fs::write(folder.path().join("wreck.toml"), "inherits = 'see'").unwrap();
    let mut playground = Playground::open((120, 40), Options::default());
    playground.until_done();
    playground.app.theme = ThemeFolder::at(folder.path()).load("mono", ColorDepth::True).unwrap();
    playground.press(KeyCode::Char('t'));
    playground.press(KeyCode::Down);
    let screen = playground.screen();
    assert!(screen.contains("sea") && screen.contains("cold water"), "{screen}");
    assert_eq!(shown(&playground.app), "sea");
    playground.press(KeyCode::Down);
    let screen = playground.screen();
    assert!(screen.contains("\"see\"; it takes") && screen.contains("mean \"sea\"?"), "{screen}");
    assert_eq!(shown(&playground.app), "sea", "the colours stay");
    playground.press(KeyCode::Enter);
    assert!(playground.app.overlay::<ThemePicker>().is_some(), "it cannot be kept");
}

#[test]
fn a_theme_follows_its_file_in_the_loop_that_ships() {
    let folder = tempfile::tempdir().unwrap();
    let (base, own) = (folder.path().join("base.toml"), folder.path().join("own.toml"));
    let ground = |color: &str| format!("inherits = 'dark'\n[screen]\nbg = '{color}'\n");
    std::fs::write(&base, ground("#010101")).unwrap();
    std::fs::write(&own, "inherits = 'base.toml'").unwrap();
    let mut playground = Playground::small();
    let name = own.to_str().unwrap();
    playground.app.theme = ThemeFolder::none().load(name, ColorDepth::True).unwrap();
    let served = serve(playground, async |person| {
        person.sees("done in 12 passes").await;
        std::fs::write(&base, ground("#0202020")).unwrap();
        person.sees("base.toml: TOML parse error at line 3").await;
        // What it inherits counts as well, and a mended file is taken.
        std::fs::write(&base, ground("#030303")).unwrap();
        person.sees("as it was saved").await;
        // A file that is gone for a while is waited for.
        std::fs::remove_file(&own).unwrap();
        tokio::time::sleep(std::time::Duration::from_millis(1200)).await;
        person.press(KeyCode::Left);
        person.sees("looking back").await;
        std::fs::write(&own, "inherits = 'light'").unwrap();
        person.sees("as it was saved").await;
        person.press(KeyCode::Char('q'));
    });
    let light = ThemeFolder::none().load("light", ColorDepth::True).unwrap();
    assert_eq!(served.app.theme.screen.bg, light.screen.bg);
}
