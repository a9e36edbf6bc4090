//! The command palette: what is typed finds, and what is chosen is done.

use crossterm::event::{KeyCode, MouseEventKind};
use remask::diffusion::sampler::SAMPLER;
use remask::tui::app::Request;
use remask::tui::display::{COLOR_MODE, ColorMode, LAYOUT, LayoutMode};
use remask::tui::hit_map::Hit;
use remask::tui::knob_groups::Unfolded;
use remask::tui::overlays::{Help, Palette};

use crate::support::harness::{Options, Playground};
use crate::support::snapshots::snapshot;

fn opened((width, height): (u16, u16)) -> Playground {
    let mut playground = Playground::open((width, height), Options::default());
    playground.until_done();
    playground.press(KeyCode::Char(':'));
    playground
}

/// Types `query` into a palette and takes what it finds first.
fn choose(playground: &mut Playground, query: &str) -> Option<Request> {
    if playground.app.overlay::<Palette>().is_none() {
        playground.press_ctrl('p');
    }
    playground.type_text(query);
    playground.screen();
    playground.press(KeyCode::Enter)
}

#[test]
fn everything_is_found_by_some_letters_and_done_by_enter() {
    let mut playground = opened((120, 40));
    choose(&mut playground, "theme lig");
    assert_eq!(playground.app.theme.name, "light");
    choose(&mut playground, "colo entr");
    assert_eq!(playground.app.display.get(&COLOR_MODE), ColorMode::Entropy);
    choose(&mut playground, "layout prose");
    assert_eq!(playground.app.display.get(&LAYOUT), LayoutMode::Prose);
    choose(&mut playground, "sampler klass");
    let sampler = |playground: &Playground| playground.app.lane().settings.get(&SAMPLER);
    assert_eq!(sampler(&playground).as_str(), "klass");
    assert!(playground.screen().contains("the sampler is klass now; r writes with it"));
    choose(&mut playground, "tmpr");
    assert_eq!(playground.app.selected_knob().name, "temperature");
    choose(&mut playground, "preset fast-dllm");
    playground.until_done();
    assert_eq!(sampler(&playground).as_str(), "threshold");
    // Of a knob and a sampler of one name the knob comes first, also where its group is folded; it says what it is.
    playground.app.unfolded = Unfolded::default();
    choose(&mut playground, "threshold");
    assert_eq!(playground.app.selected_knob().name, "threshold");
    assert!(playground.screen().contains("the knob threshold is chosen; - and + turn it"));
    choose(&mut playground, "show or hide");
    assert!(playground.app.overlay::<Help>().is_some());
    playground.press(KeyCode::Esc);
    assert_eq!(choose(&mut playground, "quit"), Some(Request::Quit));
}

#[test]
fn typing_filters_arrows_move_and_a_click_does_it() {
    let mut playground = opened((80, 24));
    snapshot("palette-80x24", &playground.draw());
    playground.type_text("dark");
    snapshot("palette-found-80x24", &playground.draw());
    playground.press(KeyCode::Enter);
    playground.press(KeyCode::Char(':'));
    // Letters are letters: none of them does what it does on the screen below.
    playground.type_text("qrnx?");
    assert!(playground.screen().contains("nothing is called so"), "{}", playground.screen());
    assert_eq!(playground.press(KeyCode::Enter), None, "there is nothing to be done");
    playground.press_ctrl('u');
    playground.type_text("theme");
    let before = playground.draw();
    playground.press(KeyCode::Down);
    assert_ne!(playground.draw(), before);
    playground.press(KeyCode::Up);
    assert_eq!(playground.draw(), before);
    let area = playground.app.hits.overlay().unwrap();
    playground.mouse(MouseEventKind::ScrollDown, area.x + 2, area.y + 4);
    assert_ne!(playground.draw(), before);
    playground.press_ctrl('u');
    playground.type_text("light");
    playground.draw();
    playground.click_on(Hit::Row(0));
    assert!(playground.app.overlay::<Palette>().is_none());
    assert_eq!(playground.app.theme.name, "light");
}

#[test]
fn what_can_be_done_is_found_before_texts_to_try() {
    let mut playground = opened((120, 40));
    for query in ["thm", "the", "fill", "ca"] {
        playground.type_text(query);
        let screen = playground.screen();
        let list = screen.lines().skip_while(|line| !line.contains("find:")).skip(3);
        let list = list.take_while(|line| !line.contains("enter does it"));
        let found = list.filter(|line| line.contains(char::is_alphanumeric));
        let is_text: Vec<bool> = found.map(|line| line.contains(" a text to try")).collect();
        assert!(is_text.is_sorted() && is_text.len() > 1, "{query}:\n{screen}");
        playground.press_ctrl('u');
    }
    choose(&mut playground, "thm");
    assert!(playground.app.overlay::<Palette>().is_none());
    assert!(playground.screen().contains(" themes "), "{}", playground.screen());
}
