//! The prompts of before, and the one that is being typed behind them: what up and down go through.

use crate::prompt::PromptEntry;

/// The pages, each as it was left.
#[derive(Debug)]
pub(super) struct Pages {
    pages: Vec<PromptEntry>,
    at: usize,
}

impl Pages {
    /// Those of before, the latest last, and behind them `now` and what will become of it.
    pub fn new(before: &[PromptEntry], now: PromptEntry) -> Self {
        let others = before.iter().filter(|page| **page != now);
        let pages: Vec<PromptEntry> = others.chain([&now, &now]).cloned().collect();
        Self { at: pages.len() - 1, pages }
    }

    /// Leaves the page, which has become `left`, for the next one before (-1) or after (1) that says something
    /// else, where there is one.
    pub fn turn(&mut self, left: PromptEntry, direction: isize) -> Option<&PromptEntry> {
        let mut to = self.at;
        loop {
            to = to.checked_add_signed(direction).filter(|to| *to < self.pages.len())?;
            if self.pages[to] != left {
                break;
            }
        }
        self.pages[self.at] = left;
        self.at = to;
        Some(&self.pages[to])
    }

    /// Leaves the page, which has become `left`, for a new one behind all others.
    pub fn open_new(&mut self, left: PromptEntry) {
        self.pages[self.at] = left;
        self.at = self.pages.len();
        self.pages.push(PromptEntry::default());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(text: &str) -> PromptEntry {
        PromptEntry { text: text.into(), ..PromptEntry::default() }
    }

    #[test]
    fn what_was_typed_is_found_again_on_every_page() {
        let mut pages = Pages::new(&[page("now"), page("old"), page("new")], page("now"));
        assert_eq!(pages.turn(page("now and more"), -1), Some(&page("now")));
        assert_eq!(pages.turn(page("now"), -1), Some(&page("new")));
        assert_eq!(pages.turn(page("new!"), -1), Some(&page("old")));
        assert_eq!(pages.turn(page("old"), -1), None);
        assert_eq!(pages.turn(page("old?"), 1), Some(&page("new!")));
        pages.open_new(page("new!!"));
        assert_eq!(pages.turn(page("opened"), -1), Some(&page("now and more")));
        assert_eq!(pages.turn(page("now and more"), 1), Some(&page("opened")));
        assert_eq!(pages.turn(page("opened"), 1), None);
    }

    #[test]
    fn what_says_the_same_is_passed_over() {
        let mut pages = Pages::new(&[page("old"), page("now")], page("now"));
        assert_eq!(pages.turn(page("now"), -1), Some(&page("old")));
        assert_eq!(pages.turn(page("old"), 1), Some(&page("now")));
        assert_eq!(pages.turn(page("now"), 1), None);
    }
}
