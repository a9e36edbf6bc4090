//! Measures what the screen costs in throughput: the same texts are written without one (`remask
//! generate`) and on a pseudo-terminal as fast as the model goes, in turns, in few passes and in many. The
//! time between the two is that of the passes alone, start and end apart. A round is compared with itself
//! alone, since a shared machine is not as fast from one minute to the next.
//!
//! `cargo build --release && cargo run --release --example screen_cost`

use std::error::Error;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use portable_pty::{CommandBuilder, PtySize, native_pty_system};

const ROUNDS: usize = 25;
const KNOBS: [&str; 6] = ["--sampler", "low-confidence", "--canvas", "128", "--temperature", "0.7"];
/// Passes of the short text and of the long one.
const PASSES: [&str; 2] = ["16", "128"];
const PROMPT: &str = "Once upon a time";
/// What the screen says when everything is written.
const DONE: &[u8] = b"done in";

fn main() -> Result<(), Box<dyn Error>> {
    let binary = release_binary()?;
    let mut rounds = Vec::with_capacity(ROUNDS);
    for round in 0..=ROUNDS {
        // Who goes first changes, so that neither has always the warmer machine.
        let ways: [Way; 2] = if round % 2 == 0 {
            [without_screen, with_screen]
        } else {
            [with_screen, without_screen]
        };
        let mut times = ways.map(|way| passes_alone(way, &binary));
        if round % 2 == 1 {
            times.reverse();
        }
        let [without, with] = times;
        // The first round warms up.
        if round > 0 {
            rounds.push((without?, with?));
        }
    }
    let costs = rounds.iter().map(|(without, with)| 1.0 - without / with);
    let (without, with) = (rounds.iter().map(|round| round.0), rounds.iter().map(|round| round.1));
    let [cost, lower, upper] = quartiles(costs).map(|cost| cost * 100.0);
    println!(
        "112 passes over 128 tokens take {:.2} s headless and {:.2} s on screen (medians of {ROUNDS}): \
         the screen costs {cost:.1} % of throughput (half of the rounds: {lower:.1} to {upper:.1})",
        quartiles(without)[0],
        quartiles(with)[0],
    );
    Ok(())
}

/// One way of writing a text in so many passes: from the start of a process to its last word.
type Way = fn(&Path, &str) -> Result<Duration, Box<dyn Error>>;

/// Seconds between the short text and the long one.
fn passes_alone(way: Way, binary: &Path) -> Result<f64, Box<dyn Error>> {
    let [short, long] = PASSES.map(|passes| way(binary, passes));
    Ok(long?.as_secs_f64() - short?.as_secs_f64())
}

/// Median, lower and upper quartile.
fn quartiles(values: impl Iterator<Item = f64>) -> [f64; 3] {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    [2, 1, 3].map(|quarter| values[values.len() * quarter / 4])
}

/// The binary beside this example's folder.
fn release_binary() -> Result<PathBuf, Box<dyn Error>> {
    let example = std::env::current_exe()?;
    let folder = example.parent().and_then(|examples| examples.parent());
    let binary = folder.ok_or("the example is not in a target folder")?.join("remask");
    if !binary.is_file() {
        return Err(format!("{} is missing: run cargo build --release", binary.display()).into());
    }
    Ok(binary)
}

/// From the start of the process to its end.
fn without_screen(binary: &Path, passes: &str) -> Result<Duration, Box<dyn Error>> {
    let began = Instant::now();
    let mut command = Command::new(binary);
    command.arg("generate").arg(PROMPT).args(KNOBS).args(["--steps", passes]);
    let output = command.output()?;
    let time = began.elapsed();
    if output.status.success() { Ok(time) } else { Err("remask generate failed".into()) }
}

/// From the start of the process to the last word on the screen.
fn with_screen(binary: &Path, passes: &str) -> Result<Duration, Box<dyn Error>> {
    let size = PtySize { rows: 45, cols: 160, pixel_width: 0, pixel_height: 0 };
    let pair = native_pty_system().openpty(size)?;
    let mut command = CommandBuilder::new(binary);
    command.args(["--prompt", PROMPT, "--speed", "max", "--no-opening", "--no-attract"]);
    command.args(KNOBS);
    command.args(["--steps", passes]);
    command.env("TERM", "xterm-256color");
    command.env("LANG", "C.UTF-8");
    let mut reader = pair.master.try_clone_reader()?;
    // A terminal would draw what it reads; that is its own time, and not ours.
    let mut read = Vec::new();
    let mut bytes = [0; 65536];
    let began = Instant::now();
    let mut child = pair.slave.spawn_command(command)?;
    while !read.windows(DONE.len()).any(|window| window == DONE) {
        let kept = read.len().saturating_sub(DONE.len());
        read.drain(..kept);
        match reader.read(&mut bytes)? {
            0 => return Err("the program ended before its last step".into()),
            count => read.extend_from_slice(&bytes[..count]),
        }
    }
    let time = began.elapsed();
    child.kill()?;
    child.wait()?;
    Ok(time)
}
