//! Finding entries by some letters of their names, by their kind, or by words of their sentences.

use nucleo_matcher::pattern::{Atom, AtomKind, CaseMatching, Normalization};
use nucleo_matcher::{Config, Matcher, Utf32Str};

/// What an entry is found by: its kind, its name, and its sentence.
pub type Texts<'a> = [&'a str; 3];

/// How each of them is searched, and what a match in it counts.
const SEARCHED: [(AtomKind, u32); 3] =
    [(AtomKind::Prefix, 3), (AtomKind::Fuzzy, 4), (AtomKind::Substring, 2)];

/// An entry that was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FoundEntry {
    /// Which one.
    pub index: usize,
    /// The characters that were looked for, as indices into each of its texts.
    pub letters: [Vec<u32>; 3],
    score: u32,
}

impl FoundEntry {
    /// One that is listed though nothing was looked for in it.
    pub fn unsought(index: usize) -> Self {
        Self { index, ..Self::default() }
    }
}

/// The entries that hold every word of `query`, the best first; all, as they are, where it is empty.
pub fn ranked<'a>(query: &str, entries: impl Iterator<Item = Texts<'a>>) -> Vec<FoundEntry> {
    let mut matcher = Matcher::new(Config::DEFAULT);
    let atom =
        |word, kind| Atom::new(word, CaseMatching::Ignore, Normalization::Smart, kind, false);
    let words: Vec<[Atom; 3]> =
        query.split_whitespace().map(|word| SEARCHED.map(|(kind, _)| atom(word, kind))).collect();
    let found = entries.enumerate().filter_map(|(index, texts)| {
        let mut found = FoundEntry::unsought(index);
        let all = words.iter().all(|word| find(&mut matcher, word, texts, &mut found));
        all.then_some((texts[1].len(), found))
    });
    let mut found: Vec<(usize, FoundEntry)> = found.collect();
    if !words.is_empty() {
        // Of names that match alike the shorter one is nearer to what was typed.
        found.sort_by_key(|(length, found)| (std::cmp::Reverse(found.score), *length));
    }
    found.into_iter().map(|(_, found)| found).collect()
}

/// Adds to `found` what of `texts` matches the word best; whether anything does.
fn find(matcher: &mut Matcher, word: &[Atom; 3], texts: Texts<'_>, found: &mut FoundEntry) -> bool {
    let mut buffer = Vec::new();
    let mut best: Option<(u32, usize, Vec<u32>)> = None;
    for (place, (atom, text)) in word.iter().zip(texts).enumerate() {
        let mut letters = Vec::new();
        let text = Utf32Str::new(text, &mut buffer);
        let Some(score) = atom.indices(text, matcher, &mut letters) else { continue };
        let score = u32::from(score) * SEARCHED[place].1;
        if best.as_ref().is_none_or(|(other, ..)| score > *other) {
            best = Some((score, place, letters));
        }
    }
    let Some((score, place, letters)) = best else { return false };
    found.score += score;
    found.letters[place].extend(letters);
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENTRIES: [Texts<'static>; 5] = [
        ["action", "presets", "choose named settings"],
        ["preset", "fast", "few passes"],
        ["sampler", "p2", "writes, and takes back"],
        ["theme", "dark", "the usual theme"],
        ["action", "theme", "the next theme"],
    ];

    fn names(query: &str) -> Vec<&'static str> {
        let found = ranked(query, ENTRIES.into_iter());
        found.into_iter().map(|found| ENTRIES[found.index][1]).collect()
    }

    #[test]
    fn nothing_typed_leaves_all_in_their_order() {
        assert_eq!(names("  "), ["presets", "fast", "p2", "dark", "theme"]);
    }

    #[test]
    fn letters_of_a_name_a_kind_and_words_of_a_sentence_find() {
        assert_eq!(names("thm")[0], "theme");
        assert_eq!(names("theme")[0], "theme");
        assert_eq!(names("theme dk"), ["dark"]);
        assert_eq!(names("preset FAST"), ["fast"]);
        assert_eq!(names("few"), ["fast"]);
        assert!(names("zebra").is_empty());
    }

    #[test]
    fn what_was_found_is_known_by_its_letters() {
        let found = ranked("drk", ENTRIES.into_iter());
        assert_eq!(found[0].letters, [vec![], vec![0, 2, 3], vec![]]);
        let found = ranked("é", [["", "café", ""]].into_iter());
        assert_eq!(found[0].letters[1], [3]);
    }
}
