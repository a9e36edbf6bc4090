//! Texts to try: beginnings to be gone on with, infillings whose holes are filled, and texts to be repaired.
//!
//! The bundled model was trained on small children's stories and knows no other words, so they keep to those.

use crate::prompt::PromptKind;

/// What becomes of a [`Beginning`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BeginningKind {
    /// The model goes on from it.
    Continuation,
    /// The model fills its holes.
    Infilling,
    /// The model writes anew what became noise of it.
    Repair,
}

impl BeginningKind {
    /// Every kind, in the order in which they are shown.
    pub const ALL: [Self; 3] = [Self::Continuation, Self::Infilling, Self::Repair];

    /// What several of them are called.
    pub fn name(self) -> &'static str {
        match self {
            Self::Continuation => "beginnings",
            Self::Infilling => "infillings",
            Self::Repair => "repairs",
        }
    }

    /// What the model does with it, in a word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Continuation => "continue",
            Self::Infilling => "fill",
            Self::Repair => "repair",
        }
    }

    /// How it is given to the model.
    pub fn prompt_kind(self) -> PromptKind {
        match self {
            Self::Continuation | Self::Infilling => PromptKind::Text,
            Self::Repair => PromptKind::Draft,
        }
    }
}

/// A text to try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Beginning {
    /// What becomes of it.
    pub kind: BeginningKind,
    /// The text.
    pub text: &'static str,
}

const fn beginning(kind: BeginningKind, text: &'static str) -> Beginning {
    Beginning { kind, text }
}

/// All of them, kind by kind.
pub const ALL: [Beginning; 14] = {
    use BeginningKind::{Continuation, Infilling, Repair};
    [
        beginning(Continuation, "Once upon a time"),
        beginning(Continuation, "One day, a little girl named Mia found a red kite in the park."),
        beginning(Continuation, "Ben and his mom wanted to bake a big cake."),
        beginning(Continuation, "The little dog was sad because"),
        beginning(Continuation, "It was cold and the snow was deep. Anna put on her hat and"),
        beginning(Continuation, "\"Look!\" said Tim. \"There is a bird in our tree!\""),
        beginning(Continuation, "Lily had a box, but she did not know what was in it."),
        beginning(Infilling, "Tom had a [[8]] and was happy."),
        beginning(
            Infilling,
            "Anna lost her doll. She looked in the garden. [[24]] Anna hugged her doll and smiled.",
        ),
        beginning(
            Infilling,
            "\"Can I play with you?\" asked the rabbit. [[16]] They played all day.",
        ),
        beginning(
            Infilling,
            "One day, a boy named Ben [[10]] but it was too big. [[20]] Ben was very proud.",
        ),
        beginning(
            Repair,
            "Once upon a time, there was a little cat. The cat liked to play with a ball. One day, the \
             spoon rolled into the moon. The cat was sad. A kind bird gave the soup back. The cat was \
             happy again.",
        ),
        beginning(
            Repair,
            "Lily and her dad went to the park. Lily saw a big green. She wanted to slide it. Dad said, \
             \"Be careful, tree!\" Lily went down the cake. It was fun.",
        ),
        beginning(
            Repair,
            "Tom had a red truck. He truck play with it every day. One day, the truck was spoon. Tom cried. \
             His mom fixed the hat, and Tom said, \"Thank you, mom!\"",
        ),
    ]
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prompt::PromptParts;

    #[test]
    fn there_are_enough_of_each_kind_and_they_are_what_they_say() {
        let count = |kind| ALL.iter().filter(|beginning| beginning.kind == kind).count();
        assert!(count(BeginningKind::Continuation) >= 6);
        assert!(count(BeginningKind::Infilling) >= 4);
        assert!(count(BeginningKind::Repair) >= 3);
        assert!(ALL.is_sorted_by_key(|beginning| beginning.kind as usize), "kind by kind");
        for beginning in ALL {
            let parts = PromptParts::of(beginning.text);
            assert_eq!(parts.mistake, None, "{}", beginning.text);
            let infilling = beginning.kind == BeginningKind::Infilling;
            assert_eq!(parts.holes().count() > 0, infilling, "{}", beginning.text);
            assert!(beginning.text.is_ascii(), "{}", beginning.text);
        }
    }
}
