//! Tells a person's enter from the line break of a pasted text, where the terminal does not mark what is pasted:
//! then every character is a key, and every line break an enter.

use std::time::Duration;

/// An enter that comes so soon after a character may be part of a pasted text ...
const SOON: Duration = Duration::from_millis(150);
/// ... and is where more comes within this time. Whoever types that fast hardly notices the wait.
const WAIT: Duration = Duration::from_millis(250);

/// The time, the last character that was typed, and the enter that waits.
#[derive(Debug, Default)]
pub(super) struct HeldEnter {
    now: Duration,
    typed: Option<Duration>,
    held: Option<Duration>,
}

impl HeldEnter {
    /// For an editor that opens at `now`.
    pub fn new(now: Duration) -> Self {
        Self { now, ..Self::default() }
    }

    /// It is `now`; whether the enter that waited was a person's.
    pub fn advance(&mut self, now: Duration) -> bool {
        self.now = now;
        let due = self.held.is_some_and(|since| now.saturating_sub(since) >= WAIT);
        if due {
            self.held = None;
        }
        due
    }

    /// A character was typed.
    pub fn typed(&mut self) {
        self.typed = Some(self.now);
    }

    /// Enter was pressed; whether it has to wait.
    pub fn hold(&mut self) -> bool {
        let soon = |typed: Duration| self.now.saturating_sub(typed) < SOON;
        let holds = self.typed.is_some_and(soon);
        self.held = holds.then_some(self.now);
        holds
    }

    /// Whether an enter waits.
    pub fn waits(&self) -> bool {
        self.held.is_some()
    }

    /// Whether an enter waited, which does no longer: more came behind it.
    pub fn was_pasted(&mut self) -> bool {
        self.held.take().is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(milliseconds: u64) -> Duration {
        Duration::from_millis(milliseconds)
    }

    #[test]
    fn a_persons_enter_does_not_wait() {
        let mut enter = HeldEnter::new(at(1000));
        assert!(!enter.hold(), "nothing was typed");
        enter.typed();
        enter.advance(at(1150));
        assert!(!enter.hold() && !enter.waits());
    }

    #[test]
    fn one_among_characters_waits_for_what_comes() {
        let mut enter = HeldEnter::new(at(0));
        enter.typed();
        enter.advance(at(30));
        assert!(enter.hold() && enter.waits());
        assert!(!enter.advance(at(60)));
        assert!(enter.was_pasted() && !enter.was_pasted());
        enter.typed();
        assert!(enter.hold());
        assert!(!enter.advance(at(300)) && enter.advance(at(310)) && !enter.waits());
    }
}
