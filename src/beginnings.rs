//! Texts to try: beginnings to be gone on with, infillings whose holes are filled, and texts to be repaired.
//!
//! A model that was trained for a task has those of its task. The others were trained on small children's stories,
//! as the bundled one, and know no other words, so theirs keep to those.

use std::borrow::Cow;

use crate::prompt::{PromptEntry, PromptKind};
use crate::tasks::Task;

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
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Beginning {
    /// What becomes of it.
    pub kind: BeginningKind,
    /// What it shows, in a few words; empty where the text says it.
    pub about: &'static str,
    /// The text.
    pub text: Cow<'static, str>,
}

impl Beginning {
    /// On one line, as it is listed.
    pub fn listed(&self) -> String {
        let lines = self.text.lines().map(str::trim).filter(|line| !line.is_empty());
        let lines: Vec<&str> = lines.collect();
        let text = lines.join(" ");
        if self.about.is_empty() { text } else { format!("{}: {text}", self.about) }
    }

    /// As a prompt.
    pub fn entry(&self) -> PromptEntry {
        PromptEntry { kind: self.kind.prompt_kind(), text: self.text.clone().into_owned() }
    }
}

/// Those that a model for `task` is offered, kind by kind.
pub fn of(task: Option<&'static dyn Task>) -> &'static [Beginning] {
    task.map_or(&STORIES, Task::beginnings)
}

const fn beginning(kind: BeginningKind, text: &'static str) -> Beginning {
    Beginning { kind, about: "", text: Cow::Borrowed(text) }
}

/// Those for a model that tells stories.
pub static STORIES: [Beginning; 14] = {
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
    use crate::tasks;

    #[test]
    fn there_are_enough_of_each_kind_and_they_are_what_they_say() {
        let count = |kind| STORIES.iter().filter(|beginning| beginning.kind == kind).count();
        assert!(count(BeginningKind::Continuation) >= 6);
        assert!(count(BeginningKind::Infilling) >= 4);
        assert!(count(BeginningKind::Repair) >= 3);
        for beginning in &STORIES {
            let holes = PromptParts::of(&beginning.text).holes().count();
            let infilling = beginning.kind == BeginningKind::Infilling;
            assert_eq!(holes > 0, infilling, "{}", beginning.text);
        }
    }

    #[test]
    fn every_task_has_some_that_it_can_read_kind_by_kind() {
        for task in [None].into_iter().chain(tasks::all().iter().copied().map(Some)) {
            let all = of(task);
            assert!(!all.is_empty() && all.is_sorted_by_key(|beginning| beginning.kind as usize));
            for beginning in all {
                let text = &beginning.text;
                assert_eq!(PromptParts::of(text).mistake, None, "{text}");
                assert!(text.is_ascii() && !beginning.listed().contains('\n'), "{text}");
                let read = task.map(|task| task.prompt(text));
                assert!(read.is_none_or(|read| read.is_ok()), "{text}");
            }
        }
    }
}
