//! The `remask` binary. Everything it does is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    // SAFETY: this is the first line, and no other thread exists.
    #[allow(unsafe_code)]
    unsafe {
        remask::runtime::prepare_process();
    }
    remask::cli::main()
}
