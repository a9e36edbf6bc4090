//! "Did you mean": the known name that is most like one that was mistyped.

/// The nearest of `known` to `name`: one that it is a part of, or else by Jaro-Winkler likeness; empty
/// where nothing is known.
pub fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> &'a str {
    let part = |other: &str| name.len() > 2 && other.contains(name);
    let likeness =
        |other: &str| f64::from(u8::from(part(other))) + strsim::jaro_winkler(name, other);
    known.max_by(|a, b| likeness(a).total_cmp(&likeness(b))).unwrap_or_default()
}
