//! The program, as scripts run it.

use std::process::Output;

use assert_cmd::Command;

/// Runs remask with `args`, and with nothing of what the person at this machine has set for it.
pub fn remask(args: &[&str]) -> Output {
    let mut command = Command::cargo_bin("remask").unwrap();
    command.env("HOME", "/nonexistent").env_remove("XDG_CONFIG_HOME").env_remove("XDG_STATE_HOME");
    command.env_remove("HF_HOME").env_remove("HF_HUB_CACHE").env_remove("XDG_CACHE_HOME");
    command.args(args).output().unwrap()
}

pub fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}
