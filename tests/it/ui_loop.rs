//! The loop that ships, from the first frame to the last, on a test backend.

use crossterm::event::KeyCode;
use remask::tui::action::Action;
use remask::tui::app::Request;

use crate::support::harness::Playground;
use crate::support::shipped::{Asked, serve};

#[test]
fn the_loop_that_ships_shows_a_run_and_answers() {
    let served = serve(Playground::small(), async |person| {
        person.sees("done in 12 passes").await;
        person.press(KeyCode::Left);
        person.sees("looking back at step 11 of 12").await;
        person.press(KeyCode::Char('?'));
        person.sees(Action::Pause.help()).await;
        person.press(KeyCode::Esc);
        person.resize(36, 10);
        person.sees("remask needs 40 columns").await;
        person.resize(80, 24);
        person.sees("looking back").await;
        // Whatever was drawn over it, the whole screen comes back.
        for request in [Request::Suspend, Request::Retake] {
            person.smudge();
            person.signal(request);
            person.sees("looking back").await;
        }
        person.press(KeyCode::Char('q'));
    });
    assert!(served.result.is_ok());
    assert_eq!(served.asked, [Asked::Suspend, Asked::Retake]);
    assert_eq!(served.app.lane().playhead, 11);
}

#[test]
fn the_loop_that_ships_ends_with_its_terminal_or_by_a_signal() {
    let served = serve(Playground::small(), async |person| drop(person));
    assert!(served.result.is_ok(), "a terminal that is gone is left");
    let served = serve(Playground::small(), async |person| person.break_keyboard());
    assert!(served.result.unwrap_err().to_string().contains("no terminal"));
    let served = serve(Playground::small(), async |person| {
        person.sees("decided").await;
        person.signal(Request::Die(3));
        person.keep().await;
    });
    assert_eq!(served.asked, [Asked::Die(3)]);
}
