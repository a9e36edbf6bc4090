//! The loop that ships, from the first frame to the last, on a test backend.

use crossterm::event::KeyCode;
use remask::tui::action::Action;
use remask::tui::app::Request;

use crate::support::harness::Playground;
use crate::support::program::{self, remask};
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

#[test]
fn the_text_and_the_command_for_it_go_to_the_clipboard() {
    let served = serve(Playground::small(), async |person| {
        person.sees("done in 12 passes").await;
        person.press_with_control('y');
        person.sees("clipboard of this terminal").await;
        person.press_with_control('g');
        person.sees("remask generate").await;
        person.press(KeyCode::Home);
        person.sees("step 0/12").await;
        person.press_with_control('y');
        person.sees("tokens are noise still").await;
        person.press(KeyCode::Char('q'));
    });
    let [Asked::Copy(text), Asked::Copy(command)] = &served.asked[..] else {
        panic!("{:?}", served.asked);
    };
    assert_eq!(*text, served.app.last_text().unwrap());
    let words = shell_words(command);
    assert_eq!(words[..3], ["remask", "generate", "Once upon a time"]);
    assert_eq!(words[3..], ["--sampler", "low-confidence", "--steps", "12", "--canvas", "48"]);
    // The program takes it.
    let output = remask(&words[1..].iter().map(String::as_str).collect::<Vec<_>>());
    assert!(output.status.success(), "{}", program::text(&output.stderr));
}

/// The words of a command, as a shell takes it apart.
fn shell_words(command: &str) -> Vec<String> {
    let script = format!("for word in {command}; do printf '%s\\0' \"$word\"; done");
    let output = std::process::Command::new("sh").args(["-c", &script]).output().unwrap();
    let words = String::from_utf8(output.stdout).unwrap();
    words.split_terminator('\0').map(str::to_owned).collect()
}
