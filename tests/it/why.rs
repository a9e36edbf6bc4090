//! What a race says of its reasons, to scripts.

use crate::support::program::{remask, text};
use serde_json::Value;

#[test]
fn a_race_says_why_and_what_it_costs() {
    let args = ["race", "One day", "--canvas", "24", "--steps", "6", "--repeats", "1", "--json"];
    let output = remask(&[&args[..], &["--price", "3600", "--what-if", "1000,100"]].concat());
    assert!(output.status.success(), "{}", text(&output.stderr));
    let lines = text(&output.stdout);
    let lines = lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let why = lines.into_iter().find(|line| line["type"] == "why").unwrap();
    let positions = why["passes"].as_array().unwrap().iter().map(|pass| pass["positions"].as_u64());
    let positions: Vec<u64> = positions.map(Option::unwrap).collect();
    assert_eq!(positions, [1, 2, 4, 8, 16, 3 + 24]);
    assert!(why["passes"][0]["memory_share"].as_f64().unwrap() > 0.0);
    assert!(why["break_even_tokens_per_pass"].as_f64().unwrap() > 0.0);
    let given = why["estimates"].as_array().unwrap().last().unwrap();
    assert_eq!((&given["source"], &given["ridge_point"]), (&"given".into(), &100.0.into()));
    let estimate = &why["cost_estimates"][0];
    assert_eq!((&estimate["answers"], &estimate["passes"]), (&1000.into(), &6000.0.into()));
    let (seconds, money) =
        (estimate["seconds"].as_f64().unwrap(), estimate["money"].as_f64().unwrap());
    assert!((money / seconds - 1.0).abs() < 1e-9, "at 3600 an hour a second costs 1");
    for (flags, expected) in [
        (["race", "--price", "0"], "--price cannot be \"0\": it takes money an hour"),
        (["race", "--price", "-1"], "--price cannot be \"-1\": it takes money an hour"),
        (
            ["race", "--what-if", "x"],
            "--what-if cannot be \"x\": it takes memory bandwidth in GB/s",
        ),
        (["race", "--what-if", "-1,2"], "--what-if cannot be \"-1,2\": it takes memory bandwidth"),
    ] {
        let output = remask(&flags);
        let message = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{flags:?} says {message}");
        assert!(message.contains(expected) && output.stdout.is_empty(), "{flags:?} says {message}");
    }
}
