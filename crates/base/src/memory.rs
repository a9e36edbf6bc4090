//! How much memory there is to be had: asked before much of it is, since running out ends the program
//! without a word.

/// Bytes that this process may still take, as far as can be told: of the machine, of its group, and of its
/// own limit. Nothing where the system does not say.
pub fn available() -> Option<u64> {
    [machine(), group(), own_limit()].into_iter().flatten().min()
}

/// `MemAvailable` of Linux.
fn machine() -> Option<u64> {
    kilobytes(&read("/proc/meminfo")?, "MemAvailable:")
}

/// What a control group (version 2) leaves: files that were read lately are counted among what it has, and given up when
/// somebody asks for memory.
fn group() -> Option<u64> {
    let number = |file: &str| read(file)?.trim().parse::<u64>().ok();
    let most = number("/sys/fs/cgroup/memory.max")?;
    let current = number("/sys/fs/cgroup/memory.current")?;
    let files = read("/sys/fs/cgroup/memory.stat").and_then(|text| counted(&text, "inactive_file"));
    Some(most.saturating_sub(current.saturating_sub(files.unwrap_or_default())))
}

/// What a limit on the address space leaves (`ulimit -v`).
fn own_limit() -> Option<u64> {
    let limits = read("/proc/self/limits")?;
    let line = limits.lines().find_map(|line| line.strip_prefix("Max address space"))?;
    let most = line.split_whitespace().next()?.parse::<u64>().ok()?;
    Some(most.saturating_sub(kilobytes(&read("/proc/self/status")?, "VmSize:")?))
}

/// The number behind `name` in a list of them.
fn counted(text: &str, name: &str) -> Option<u64> {
    let of = |line: &str| line.strip_prefix(name)?.strip_prefix(' ')?.parse().ok();
    text.lines().find_map(of)
}

fn kilobytes(text: &str, name: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    Some(line.split_whitespace().next()?.parse::<u64>().ok()?.saturating_mul(1024))
}

fn read(file: &str) -> Option<String> {
    std::fs::read_to_string(file).ok()
}

/// `bytes` for a sentence: `3.2 GB`.
pub fn shown(bytes: u64) -> String {
    match bytes as f64 {
        bytes if bytes >= 1e9 => format!("{:.1} GB", bytes / 1e9),
        bytes if bytes >= 1e6 => format!("{:.0} MB", (bytes / 1e6).ceil()),
        bytes => format!("{:.0} KB", (bytes / 1e3).ceil()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_is_read() {
        assert_eq!(
            kilobytes("MemTotal: 9 kB\nMemAvailable:   12 kB\n", "MemAvailable:"),
            Some(12288)
        );
        assert_eq!(kilobytes("nothing", "MemAvailable:"), None);
        assert_eq!(counted("inactive_file_x 3\ninactive_file 12\n", "inactive_file"), Some(12));
        assert_eq!((shown(3_240_000_000), shown(1)), ("3.2 GB".to_owned(), "1 KB".to_owned()));
        #[cfg(target_os = "linux")]
        assert!(available().is_some_and(|bytes| bytes > 1 << 20));
    }
}
