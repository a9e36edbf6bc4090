//! What the files are called that a GGUF model was split into (llama.cpp's gguf-split).

/// Of `NAME-00001-of-00003.gguf` the name, and how many files there are.
pub fn split_name(file: &str) -> Option<(&str, usize)> {
    const DIGITS: usize = 5;
    let (rest, count) = file.strip_suffix(".gguf")?.rsplit_once("-of-")?;
    let (name, number) = rest.rsplit_once('-')?;
    let is_number =
        |text: &str| text.len() == DIGITS && text.bytes().all(|digit| digit.is_ascii_digit());
    (is_number(number) && is_number(count)).then(|| Some((name, count.parse().ok()?)))?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_split_files_are_told_from_others() {
        assert_eq!(split_name("a/q4-00002-of-00003.gguf"), Some(("a/q4", 3)));
        for other in ["q4.gguf", "q4-1-of-3.gguf", "q4-00001-of-00003.bin", "a-of-b.gguf", ""] {
            assert_eq!(split_name(other), None, "{other}");
        }
    }
}
