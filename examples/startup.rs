//! Measures what a person waits for: from the start of the real binary to the first denoised step
//! on the screen of a pseudo-terminal.
//!
//! `cargo build --release && cargo run --release --example startup`

use std::error::Error;
use std::io::Read;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use portable_pty::{CommandBuilder, PtySize, native_pty_system};

const RUNS: usize = 9;

fn main() -> Result<(), Box<dyn Error>> {
    let binary = release_binary()?;
    let mut times = Vec::new();
    for _ in 0..RUNS {
        times.push(first_step(&binary)?);
    }
    times.sort();
    println!(
        "first denoised step on screen after {:?} (median of {RUNS}; {:?} to {:?})",
        times[RUNS / 2],
        times[0],
        times[RUNS - 1]
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

/// From the spawn until the caption of the opening reports a pass.
fn first_step(binary: &PathBuf) -> Result<Duration, Box<dyn Error>> {
    let size = PtySize { rows: 24, cols: 80, pixel_width: 0, pixel_height: 0 };
    let pair = native_pty_system().openpty(size)?;
    let mut command = CommandBuilder::new(binary);
    command.env("TERM", "xterm-256color");
    command.env("LANG", "C.UTF-8");
    let mut reader = pair.master.try_clone_reader()?;
    let mut screen = vt100::Parser::new(size.rows, size.cols, 0);
    let mut bytes = [0; 4096];
    let began = Instant::now();
    let mut child = pair.slave.spawn_command(command)?;
    loop {
        let count = reader.read(&mut bytes)?;
        if count == 0 {
            return Err("the program ended before its first step".into());
        }
        screen.process(&bytes[..count]);
        if screen.screen().contents().contains("look 1 of") {
            break;
        }
    }
    let time = began.elapsed();
    child.kill()?;
    child.wait()?;
    Ok(time)
}
