//! What reads files of strangers, and files that are nearly right: small ones of `tests/fixtures/readers`, bent and cut.
//! The tests read a few hundred of each, `cargo bench --bench fuzz` as many as there is time for.

use std::path::{Path, PathBuf};

use remask::model::{
    ChatTemplate, ChatTurn, Checkpoint, LanguageModel, ModelConfig, Threads, Tokenizer,
};
use remask::rng::{Purpose, Stream};
use remask::trace::History;
use remask::trace::file::{RecordedMoment, RecordedRun};

/// What reads a kind of file.
pub struct Reader {
    pub name: &'static str,
    /// The files that are bent.
    pub seeds: fn() -> Vec<Vec<u8>>,
    /// Reads one; whether that was possible. `room` is a folder of its own.
    pub read: fn(&[u8], room: &Path) -> bool,
}

/// All of them.
pub const READERS: [Reader; 6] = [
    Reader { name: "gguf", seeds: || vec![fixture("readers/alone.gguf")], read: gguf },
    Reader {
        name: "safetensors",
        seeds: || vec![fixture("readers/folder/model.safetensors")],
        read: safetensors,
    },
    Reader { name: "config", seeds: configs, read: config },
    Reader {
        name: "tokenizer",
        seeds: || vec![fixture("readers/folder/tokenizer.json")],
        read: tokenizer,
    },
    Reader { name: "template", seeds: || vec![fixture("readers/chat.jinja")], read: template },
    Reader { name: "trace", seeds: || vec![fixture("readers/run.trace")], read: trace },
];

fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)
}

fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(path(name)).unwrap()
}

fn configs() -> Vec<Vec<u8>> {
    ["readers/folder", "llada-tiny", "dream-tiny", "qwen3-tiny"]
        .map(|folder| fixture(&format!("{folder}/config.json")))
        .into()
}

fn one_thread() -> Threads {
    Threads::new(Some(1.try_into().unwrap())).unwrap()
}

fn gguf(bytes: &[u8], room: &Path) -> bool {
    let file = room.join("alone.gguf");
    std::fs::write(&file, bytes).unwrap();
    let _ = Checkpoint::summary(&file);
    opens(&file)
}

fn safetensors(bytes: &[u8], room: &Path) -> bool {
    for name in ["config.json", "tokenizer.json"] {
        std::fs::write(room.join(name), fixture(&format!("readers/folder/{name}"))).unwrap();
    }
    std::fs::write(room.join("model.safetensors"), bytes).unwrap();
    opens(room)
}

/// Whether a model opens, which is asked for a pass then.
fn opens(path: &Path) -> bool {
    let Ok(model) = LanguageModel::open(path, one_thread()) else { return false };
    let ids: Vec<u32> = (0..4.min(model.config().vocab_size as u32)).collect();
    let _ = model.raw_logits(&ids, model.whole_layout(ids.len()));
    true
}

fn config(bytes: &[u8], _: &Path) -> bool {
    ModelConfig::from_json("it", bytes).is_ok()
}

fn tokenizer(bytes: &[u8], _: &Path) -> bool {
    let Ok(tokenizer) = Tokenizer::from_json("it", bytes) else { return false };
    let ids = tokenizer.encode("the other thing").unwrap_or_default();
    tokenizer.decode(&ids);
    tokenizer.bytes(u32::MAX);
    true
}

fn template(bytes: &[u8], _: &Path) -> bool {
    let source = String::from_utf8_lossy(bytes).into_owned();
    let turn = |role, content: &str| ChatTurn { role, content: content.to_owned() };
    let turns = [turn("system", "Be brief."), turn("user", "Who is it?"), turn("assistant", "It.")];
    ChatTemplate::new(source, "<s>".to_owned(), "</s>".to_owned()).render(&turns, true).is_ok()
}

/// Whether a trace is read, whose moments are laid out then as a replay does.
fn trace(bytes: &[u8], _: &Path) -> bool {
    let Ok(run) = RecordedRun::read(bytes) else { return false };
    let mut history = History::default();
    history.restart(&run.canvas, run.moments.len());
    for moment in &run.moments {
        match moment {
            RecordedMoment::Step(step) => history.push(step),
            RecordedMoment::Edited(canvas) => history.push_edit(canvas),
        }
    }
    history.len() == run.moments.len() + 1
}

/// The `index`-th file that `seeds` become: cut, bent in a few places, or with a piece of itself elsewhere.
pub fn bent(seeds: &[Vec<u8>], index: u64) -> Vec<u8> {
    let mut rng = Stream::new(index, 0, Purpose::Task, 0);
    let mut file = seeds[rng.below(seeds.len())].clone();
    for _ in 0..1 + rng.below(4) {
        if file.is_empty() {
            break;
        }
        bend(&mut file, &mut rng);
    }
    file
}

fn bend(file: &mut Vec<u8>, rng: &mut Stream) {
    /// Half of what is bent stands in so many first bytes: in headers.
    const HEAD: usize = 2048;
    let length = file.len();
    let near = if rng.uniform() < 0.5 { length.min(HEAD) } else { length };
    let at = rng.below(near);
    let end = (at + 1 + rng.below(16)).min(length);
    match rng.below(8) {
        0 => file.truncate(at),
        1 => file[at] ^= 1 << rng.below(8),
        2 => file[at] = rng.below(256) as u8,
        3 => drop(file.drain(at..end)),
        4 => {
            let piece = file[at..end].to_vec();
            let to = rng.below(length);
            file.splice(to..to, piece);
        }
        5 => number(file, at, rng),
        6 => digits(file, at, rng),
        _ => {
            // A word that ends or begins something where none is expected.
            const WORDS: [&[u8]; 12] =
                [b"\"", b"{", b"}", b"[", b"]", b",", b":", b"null", b"\n", b"{%", b"%}", b"\xff"];
            let word = WORDS[rng.below(WORDS.len())];
            file.splice(at..at, word.iter().copied());
        }
    }
}

/// A number in the bytes from `at` on that is the largest, the smallest or nearly so.
fn number(file: &mut [u8], at: usize, rng: &mut Stream) {
    const NUMBERS: [u64; 8] =
        [0, 1, 0x7f, 0xffff, 0x7fff_ffff, 0xffff_ffff, i64::MAX as u64, u64::MAX];
    let bytes = NUMBERS[rng.below(NUMBERS.len())].to_le_bytes();
    let width = [1, 2, 4, 8][rng.below(4)].min(file.len() - at);
    file[at..at + width].copy_from_slice(&bytes[..width]);
}

/// Another number in the place of the digits behind `at`.
fn digits(file: &mut Vec<u8>, at: usize, rng: &mut Stream) {
    const NUMBERS: [&[u8]; 10] = [
        b"0",
        b"-1",
        b"1e308",
        b"4294967296",
        b"9223372036854775807",
        b"18446744073709551616",
        b"0.1",
        b"true",
        b"null",
        b"1048576",
    ];
    let Some(start) = file[at..].iter().position(u8::is_ascii_digit).map(|behind| at + behind)
    else {
        return;
    };
    let count = file[start..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    file.splice(start..start + count, NUMBERS[rng.below(NUMBERS.len())].iter().copied());
}
