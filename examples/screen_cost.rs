//! Measures what the screen costs in throughput: the same texts are written without one (`remask
//! generate`) and on a pseudo-terminal as fast as the model goes, in turns, in few passes and in many. The
//! time between the two is that of the passes alone, start and end apart.
//!
//! `cargo build --release && cargo run --release --example screen_cost`

use std::error::Error;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use portable_pty::{CommandBuilder, PtySize, native_pty_system};

const RUNS: usize = 25;
const KNOBS: [&str; 6] = ["--sampler", "low-confidence", "--canvas", "128", "--temperature", "0.7"];
/// Passes of the short text and of the long one.
const PASSES: [&str; 2] = ["16", "128"];
const PROMPT: &str = "Once upon a time";
/// What the screen says when everything is written.
const DONE: &[u8] = b"done in";

fn main() -> Result<(), Box<dyn Error>> {
    let binary = release_binary()?;
    let mut headless = [Vec::new(), Vec::new()];
    let mut on_screen = [Vec::new(), Vec::new()];
    for run in 0..=RUNS {
        for (index, passes) in PASSES.iter().enumerate() {
            let times = (without_screen(&binary, passes)?, with_screen(&binary, passes)?);
            // The first round warms up.
            if run > 0 {
                headless[index].push(times.0);
                on_screen[index].push(times.1);
            }
        }
    }
    let between = |times: &mut [Vec<Duration>; 2]| {
        let [short, long] = times.each_mut().map(|times| {
            times.sort();
            times[RUNS / 2]
        });
        long - short
    };
    let (without, with) = (between(&mut headless), between(&mut on_screen));
    println!(
        "112 passes over 128 tokens take {without:.2?} headless and {with:.2?} on screen (medians of {RUNS}): \
         the screen costs {:.1} % of throughput",
        (1.0 - without.as_secs_f64() / with.as_secs_f64()) * 100.0
    );
    Ok(())
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
