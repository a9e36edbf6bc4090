//! Keys to actions, from the defaults and the `[keys]` of the configuration.

use std::collections::HashMap;

use crokey::{KeyCombination, KeyCombinationFormat};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::action::Action;
use crate::nearest::nearest;
use crate::{Error, Result};

/// Ends the program whatever the keys are: the terminal makes a signal of it.
const INTERRUPT: &str = "ctrl-c";

/// Which key does what.
#[derive(Clone, Debug)]
pub struct Keymap {
    actions: HashMap<KeyCombination, Action>,
    /// The keys of each action, in the order in which they were given.
    keys: HashMap<Action, Vec<KeyCombination>>,
}

impl Keymap {
    /// No keys: for what is watched alone.
    pub(crate) fn none() -> Self {
        Self { actions: HashMap::new(), keys: HashMap::new() }
    }

    /// The default keys, with those of `overrides` (action = key, or a list of keys) in their place.
    ///
    /// # Errors
    /// When an action or a key is unknown, a key does two things, or nothing would quit.
    pub fn new(overrides: &toml::Table) -> Result<Self> {
        let mut chosen: HashMap<Action, Vec<String>> = HashMap::new();
        for (name, keys) in overrides {
            let action = Action::find(name).ok_or_else(|| unknown(name))?;
            chosen.insert(action, key_names(name, keys)?);
        }
        let mut keymap = Self::none();
        // The person's keys first: a default key that they gave to something else is free to go.
        for (action, names) in &chosen {
            for name in names {
                let key = parse(name)?;
                if *action != Action::Quit && key == parse(INTERRUPT)? {
                    return Err(Error::invalid(format!(
                        "key {name:?} cannot do {}; the terminal ends the program with it",
                        action.name()
                    )));
                }
                if let Some(other) = keymap.actions.insert(key, *action)
                    && other != *action
                {
                    return Err(Error::invalid(format!(
                        "key {name:?} cannot do both {} and {}",
                        other.name(),
                        action.name()
                    )));
                }
                keymap.keys.entry(*action).or_default().push(key);
            }
        }
        for action in Action::ALL.iter().filter(|action| !chosen.contains_key(action)) {
            for name in action.default_keys() {
                let key = parse(name)?;
                if let std::collections::hash_map::Entry::Vacant(free) = keymap.actions.entry(key) {
                    free.insert(*action);
                    keymap.keys.entry(*action).or_default().push(key);
                }
            }
        }
        if keymap.keys(Action::Quit).next().is_none() {
            return Err(Error::invalid("keys: nothing would quit; give quit a key"));
        }
        Ok(keymap)
    }

    /// What `event` does.
    pub fn action(&self, event: KeyEvent) -> Option<Action> {
        self.actions.get(&normal(event)).copied()
    }

    /// The keys that do `action`, as they are written in the configuration.
    pub fn keys(&self, action: Action) -> impl Iterator<Item = String> {
        self.events(action).map(key_name)
    }

    /// What the terminal says when a key that does `action` is pressed.
    pub fn events(&self, action: Action) -> impl Iterator<Item = KeyEvent> {
        self.keys.get(&action).into_iter().flatten().map(|key| (*key).into())
    }

    /// The first key that does `action`, as it is shown; empty where none does.
    pub fn key(&self, action: Action) -> String {
        self.keys(action).next().unwrap_or_default()
    }
}

/// What `key` is called in the configuration.
pub(super) fn key_name(key: KeyEvent) -> String {
    match key {
        // The library writes "hyphen" for the sign that is on the key.
        KeyEvent { code: KeyCode::Char(c @ '!'..), modifiers: KeyModifiers::NONE, .. } => {
            c.to_string()
        }
        key => {
            let format = KeyCombinationFormat::default().with_lowercase_modifiers();
            format.to_string(KeyCombination::from(key)).to_lowercase()
        }
    }
}

/// Keys that stand for characters come with or without shift, by terminal: shift is dropped. Shift and tab come as a
/// key of its own.
fn normal(event: KeyEvent) -> KeyCombination {
    let mut modifiers = event.modifiers;
    if let KeyCode::Char(c) = event.code
        && !c.is_alphabetic()
    {
        modifiers.remove(KeyModifiers::SHIFT);
    }
    let code = match event.code {
        KeyCode::BackTab => {
            modifiers.insert(KeyModifiers::SHIFT);
            KeyCode::Tab
        }
        code => code,
    };
    KeyCombination::new(code, modifiers).normalized()
}

fn parse(name: &str) -> Result<KeyCombination> {
    let mut characters = name.chars();
    if let (Some(c), None) = (characters.next(), characters.next()) {
        return Ok(normal(KeyEvent::new(KeyCode::Char(c), KeyModifiers::NONE)));
    }
    crokey::parse(name).map(|key| normal(key.into())).map_err(|_| {
        Error::invalid(format!(
            "keys: {name:?} is no key; write it like a, space, enter, f2, ctrl-r or shift-left"
        ))
    })
}

fn key_names(action: &str, value: &toml::Value) -> Result<Vec<String>> {
    let one = |value: &toml::Value| value.as_str().map(str::to_owned);
    let names = match value {
        toml::Value::Array(values) => values.iter().map(one).collect(),
        value => one(value).map(|name| vec![name]),
    };
    names.ok_or_else(|| Error::invalid(format!(
            "keys: {action} cannot be {value}; it takes a key or a list of keys, like \"p\" or [\"p\", \"f2\"]"
        )))
}

fn unknown(name: &str) -> Error {
    let nearest = nearest(name, Action::ALL.iter().map(|action| action.name()));
    Error::invalid(format!("keys: unknown action {name:?}; did you mean {nearest:?}?"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(code: KeyCode, modifiers: KeyModifiers) -> KeyEvent {
        KeyEvent::new(code, modifiers)
    }

    #[test]
    fn every_default_key_does_its_action_and_no_other() {
        let keymap = Keymap::new(&toml::Table::new()).unwrap();
        let mut seen = std::collections::HashSet::new();
        for action in Action::ALL {
            for name in action.default_keys() {
                assert!(seen.insert(name), "{name} is given twice");
                let key = parse(name).unwrap();
                let back: KeyEvent = key.into();
                assert_eq!(keymap.action(back), Some(*action), "{name}");
            }
            assert!(keymap.keys(*action).count() == action.default_keys().len());
            assert_eq!(Action::find(action.name()), Some(*action));
        }
    }

    #[test]
    fn shifted_signs_are_found_with_and_without_shift() {
        let keymap = Keymap::new(&toml::Table::new()).unwrap();
        for modifiers in [KeyModifiers::NONE, KeyModifiers::SHIFT] {
            let question = event(KeyCode::Char('?'), modifiers);
            assert_eq!(keymap.action(question), Some(Action::Help));
        }
        for modifiers in [KeyModifiers::NONE, KeyModifiers::SHIFT] {
            let back = event(KeyCode::BackTab, modifiers);
            assert_eq!(keymap.action(back), Some(Action::PanelPrevious));
        }
        assert_eq!(keymap.key(Action::PanelPrevious), "shift-tab");
        let upper = event(KeyCode::Char('Q'), KeyModifiers::SHIFT);
        assert_eq!(keymap.action(upper), None);
    }

    #[test]
    fn the_configuration_moves_keys() {
        let keymap =
            Keymap::new(&"pause = 'r'\nquit = ['ctrl-q', 'f10']".parse().unwrap()).unwrap();
        let r = event(KeyCode::Char('r'), KeyModifiers::NONE);
        assert_eq!(keymap.action(r), Some(Action::Pause));
        assert_eq!(keymap.keys(Action::Restart).count(), 0);
        let space = event(KeyCode::Char(' '), KeyModifiers::NONE);
        assert_eq!(keymap.action(space), None);
        let q = event(KeyCode::Char('q'), KeyModifiers::CONTROL);
        assert_eq!(keymap.action(q), Some(Action::Quit));
    }

    #[test]
    fn mistakes_are_named() {
        for (text, expected) in [
            ("paus = 'x'", "did you mean \"pause\"?"),
            ("pause = 'hyper-x'", "\"hyper-x\" is no key"),
            ("pause = 3", "pause cannot be 3; it takes a key or a list"),
            ("pause = 'z'\nhelp = 'z'", "both"),
            ("quit = []", "nothing would quit"),
            (
                "pause = 'ctrl-c'",
                "\"ctrl-c\" cannot do pause; the terminal ends the program with it",
            ),
        ] {
            let error = Keymap::new(&text.parse().unwrap()).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
    }
}
