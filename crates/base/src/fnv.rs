//! A number that texts are told apart by.

/// FNV-1a of 64 bits (Fowler, Noll, Vo) of `bytes`. Its high bits say little of short texts: whoever compares those mixes
/// them first.
pub fn fnv1a(bytes: impl IntoIterator<Item = u8>) -> u64 {
    bytes.into_iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::fnv1a;

    /// As the authors' page gives them.
    #[test]
    fn it_is_that_of_its_authors() {
        for (text, expected) in [
            ("", 0xcbf2_9ce4_8422_2325),
            ("a", 0xaf63_dc4c_8601_ec8c),
            ("foobar", 0x8594_4171_f739_67e8),
        ] {
            assert_eq!(fnv1a(text.bytes()), expected, "{text}");
        }
    }
}
