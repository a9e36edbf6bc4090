//! The `remask` binary. Everything it does is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    // candle asks for the number of cores before every matrix product, by reading /proc/cpuinfo,
    // unless this variable answers first: 9.4 ms a pass without it, 7.7 ms with it, at 128 tokens.
    answer("RAYON_NUM_THREADS", &cores.to_string());
    // Threads of candle's own, for loops over single numbers, which wait by spinning. They bring a pass
    // nothing and take the cores from training: 2,100 tokens/s with them, 5,300 without.
    answer("CANDLE_NUM_THREADS", "1");
    remask::cli::main()
}

/// Sets a variable of the environment that the person has not set.
fn answer(variable: &str, value: &str) {
    if std::env::var_os(variable).is_none() {
        // SAFETY: called before any other thread exists, so nobody can be reading the environment.
        #[allow(unsafe_code)]
        unsafe {
            std::env::set_var(variable, value);
        }
    }
}
