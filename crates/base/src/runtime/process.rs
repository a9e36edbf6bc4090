//! Switches that hold for all of the process.

/// Sets the variables of the environment that the tensor library asks, where the person has not: without them
/// passes are slower, and answers the same.
///
/// # Safety
/// The environment is changed: no other thread may be running. The first line of `main` is the place.
#[allow(unsafe_code)]
pub unsafe fn prepare_process() {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    // candle asks for the number of cores before every matrix product, by reading /proc/cpuinfo,
    // unless this variable answers first: 9.4 ms a pass without it, 7.7 ms with it, at 128 tokens.
    let rayon = ("RAYON_NUM_THREADS", cores.to_string());
    // Threads of candle's own, for loops over single numbers, which wait by spinning. They bring a pass
    // nothing and take the cores from training: 2,100 tokens/s with them, 5,300 without.
    let candle = ("CANDLE_NUM_THREADS", "1".to_owned());
    for (variable, value) in [rayon, candle] {
        if std::env::var_os(variable).is_none() {
            // SAFETY: the caller says that no other thread could be reading the environment.
            unsafe { std::env::set_var(variable, value) };
        }
    }
    hear_of_large_files();
}

/// Has a write beyond the limit on the size of files fail, which is said, and not end the program.
fn hear_of_large_files() {
    #[cfg(unix)]
    {
        use signal_hook::consts::SIGXFSZ;
        // Where it cannot be had the system's own way stays.
        let _ = signal_hook::flag::register(SIGXFSZ, std::sync::Arc::default());
    }
}

/// Has every matrix product of the process stay on the thread that asks for it.
pub(super) fn keep_products_on_their_thread() {
    gemm::set_threading_threshold(usize::MAX);
}
