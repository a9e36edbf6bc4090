//! Prompts that were denoised before, in this program and in earlier ones: lines of JSON in a private file.

use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::PromptKind;
use crate::config::state_folder;
use crate::{Error, Result, files};

/// So many are kept.
const MOST: usize = 500;
/// All of them together are no longer than this; a text that alone would be is not kept.
const MOST_BYTES: usize = 512 << 10;
/// How long another program is waited for that is writing, and how often it is looked.
const WAITS: (u32, Duration) = (40, Duration::from_millis(5));

/// A text that was denoised.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PromptEntry {
    /// What became of it.
    #[serde(default)]
    pub kind: PromptKind,
    /// The text.
    pub text: String,
}

/// The prompts of before, each once, the latest last.
#[derive(Debug, Default)]
pub struct PromptHistory {
    /// None where nothing is to outlive the program.
    path: Option<PathBuf>,
    entries: Vec<PromptEntry>,
}

impl PromptHistory {
    /// One that ends with the program.
    pub fn in_memory() -> Self {
        Self::default()
    }

    /// The one in the person's folder for such things; where the system names none, one in memory.
    pub fn usual() -> Self {
        state_folder()
            .map_or_else(Self::in_memory, |folder| Self::open(folder.join("prompts.jsonl")))
    }

    /// The one in `path`. What in it is no prompt is passed over; so is all of it where it cannot be read.
    pub fn open(path: PathBuf) -> Self {
        let entries = read(&path);
        Self { path: Some(path), entries }
    }

    /// Keeps what comes in memory alone.
    pub fn forget_file(&mut self) {
        self.path = None;
    }

    /// The latest last.
    pub fn entries(&self) -> &[PromptEntry] {
        &self.entries
    }

    /// Puts `entry` behind all others, those among them that another program has added meanwhile.
    ///
    /// # Errors
    /// When the file cannot be written. It is known for the rest of this program all the same.
    pub fn add(&mut self, entry: PromptEntry) -> Result<()> {
        if entry.text.trim().is_empty() {
            return Ok(());
        }
        let too_long = entry.text.len() > MOST_BYTES;
        let path = self.path.as_deref().filter(|_| !too_long);
        match path.map(|path| write(path, &entry)) {
            Some(Ok(all)) => self.entries = all,
            None => push(&mut self.entries, entry),
            Some(Err(error)) => {
                push(&mut self.entries, entry);
                return Err(error);
            }
        }
        Ok(())
    }
}

/// Puts `entry` behind those in the file, and returns them all.
fn write(path: &Path, entry: &PromptEntry) -> Result<Vec<PromptEntry>> {
    if let Some(folder) = path.parent() {
        files::create_private_folder(folder)?;
    }
    // Held until the file is written.
    let _lock = lock(&path.with_extension("lock"));
    let mut all = read(path);
    push(&mut all, entry.clone());
    files::write_private(path, lines(&all)?.as_bytes())?;
    Ok(all)
}

fn push(entries: &mut Vec<PromptEntry>, entry: PromptEntry) {
    entries.retain(|other| *other != entry);
    entries.push(entry);
    let size = |entry: &PromptEntry| entry.text.len();
    let mut bytes: usize = entries.iter().map(size).sum();
    while entries.len() > MOST || (bytes > MOST_BYTES && entries.len() > 1) {
        bytes -= size(&entries.remove(0));
    }
}

fn lines(entries: &[PromptEntry]) -> Result<String> {
    let mut text = String::new();
    for entry in entries {
        text.push_str(&serde_json::to_string(entry)?);
        text.push('\n');
    }
    Ok(text)
}

fn read(path: &Path) -> Vec<PromptEntry> {
    let bytes = files::read(path, files::SETTINGS).unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes);
    let mut entries = Vec::new();
    let known = text.lines().filter_map(|line| serde_json::from_str::<PromptEntry>(line).ok());
    for entry in known.filter(|entry| !entry.text.trim().is_empty()) {
        push(&mut entries, entry);
    }
    entries
}

/// Holds other programs off while the file is written. Where that is not to be had the prompt of one of
/// two programs may be lost, and nothing else.
fn lock(path: &Path) -> Option<File> {
    // Whoever opens a pipe waits for somebody at its other end.
    files::check_regular_or_absent(path).ok()?;
    let mut options = OpenOptions::new();
    options.create(true).truncate(false).write(true);
    let file = options.open(path).map_err(Error::file(path)).ok()?;
    let (times, pause) = WAITS;
    for _ in 0..times {
        match file.try_lock() {
            Ok(()) => return Some(file),
            Err(std::fs::TryLockError::WouldBlock) => std::thread::sleep(pause),
            Err(std::fs::TryLockError::Error(_)) => return None,
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(text: &str) -> PromptEntry {
        PromptEntry { kind: PromptKind::Text, text: text.into() }
    }

    fn texts(history: &PromptHistory) -> Vec<&str> {
        history.entries().iter().map(|entry| entry.text.as_str()).collect()
    }

    #[test]
    fn prompts_outlive_the_program_each_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new/prompts.jsonl");
        let mut history = PromptHistory::open(path.clone());
        for text in ["one", "two\nlines", " ", "one"] {
            history.add(entry(text)).unwrap();
        }
        let draft = PromptEntry { kind: PromptKind::Draft, text: "one".into() };
        history.add(draft.clone()).unwrap();
        assert_eq!(texts(&history), ["two\nlines", "one", "one"]);
        let again = PromptHistory::open(path.clone());
        assert_eq!(again.entries(), history.entries());
        assert_eq!(again.entries()[2], draft);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
            assert_eq!(mode(&path), 0o600);
            assert_eq!(mode(path.parent().unwrap()), 0o700);
        }
    }

    #[test]
    fn two_programs_keep_the_prompts_of_both() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("prompts.jsonl");
        let open = || PromptHistory::open(path.clone());
        let (mut here, mut there) = (open(), open());
        there.add(entry("from there")).unwrap();
        here.add(entry("from here")).unwrap();
        assert_eq!(texts(&here), ["from there", "from here"]);
        std::thread::scope(|scope| {
            for program in 0..2 {
                let mut history = open();
                scope.spawn(move || {
                    for n in 0..20 {
                        history.add(entry(&format!("{program} {n}"))).unwrap();
                    }
                });
            }
        });
        let last = open();
        assert!(texts(&last).contains(&"0 19") && texts(&last).contains(&"1 19"), "{last:?}");
        assert!(last.entries().len() > 21, "{}", last.entries().len());
    }

    #[test]
    fn what_is_broken_is_passed_over_and_what_is_long_is_bounded() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("prompts.jsonl");
        std::fs::write(&path, b"\xff\xfe\0{\n{\"text\": 3}\n[1]\n{\"text\":\"good\"}\n").unwrap();
        let mut history = PromptHistory::open(path.clone());
        assert_eq!(texts(&history), ["good"]);
        for n in 0..MOST + 5 {
            push(&mut history.entries, entry(&n.to_string()));
        }
        assert_eq!((history.entries.len(), texts(&history)[0]), (MOST, "5"));
        history.add(entry(&"x".repeat(MOST_BYTES + 1))).unwrap();
        assert_eq!(texts(&PromptHistory::open(path.clone())), ["good"], "too long to be kept");
        for n in 0..4 {
            history.add(entry(&n.to_string().repeat(MOST_BYTES / 2))).unwrap();
        }
        assert!(std::fs::metadata(&path).unwrap().len() <= 2 * MOST_BYTES as u64);
        // A folder in its place is an error when it is written to, and none before.
        let taken = folder.path().join("taken");
        std::fs::create_dir(&taken).unwrap();
        let mut broken = PromptHistory::open(taken);
        assert!(broken.add(entry("kept in memory")).is_err());
        assert_eq!(texts(&broken), ["kept in memory"]);
    }
}
