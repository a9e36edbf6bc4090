//! The values of knobs.

use std::collections::BTreeMap;

use super::{FromValue, Knob, Typed, Value};

/// Values of knobs; those that were never set hold their default.
#[derive(Clone, Debug, Default)]
pub struct Settings(BTreeMap<&'static str, (&'static Knob, Value)>);

impl Settings {
    /// What `knob` holds, read as what it is.
    pub fn get<T: FromValue>(&self, knob: &'static Typed<T>) -> T {
        let read = T::from_value(self.value(knob)).or_else(|| T::from_value(knob.default()));
        // `set` lets nothing in that is not of the knob's kind, and a test reads every default.
        read.unwrap_or_else(|| unreachable!("{} cannot hold its own default", knob.name))
    }

    /// What `knob` holds.
    pub fn value(&self, knob: &Knob) -> Value {
        self.0.get(knob.name).map_or_else(|| knob.default(), |(_, value)| *value)
    }

    /// Whether `knob` was ever set.
    pub fn is_set(&self, knob: &Knob) -> bool {
        self.0.contains_key(knob.name)
    }

    /// Sets `knob` to `value`, or to the nearest that it may hold.
    pub fn set(&mut self, knob: &'static Knob, value: Value) {
        self.0.insert(knob.name, (knob, knob.nearest(value)));
    }

    /// One knob that was set to `value`.
    pub fn of(knob: &'static Knob, value: Value) -> Self {
        let mut settings = Self::default();
        settings.set(knob, value);
        settings
    }

    /// These with every knob that was set in `others` as it is there.
    #[must_use]
    pub fn turned_to(mut self, others: &Self) -> Self {
        for (knob, value) in others.set_knobs() {
            self.set(knob, value);
        }
        self
    }

    /// Sets each of `values` whose knob was never set.
    pub fn set_unless_set(&mut self, values: &[(&'static Knob, Value)]) {
        for (knob, value) in values {
            if !self.is_set(knob) {
                self.set(knob, *value);
            }
        }
    }

    /// Puts `knob` back to its default, as if it had never been set.
    pub fn unset(&mut self, knob: &Knob) {
        self.0.remove(knob.name);
    }

    /// Every knob that was ever set, with its value, by name.
    pub fn set_knobs(&self) -> impl Iterator<Item = (&'static Knob, Value)> {
        self.0.values().copied()
    }

    /// What differs between `before` and these, with the value held now, by name.
    pub fn changes_since(&self, before: &Self) -> Vec<(&'static Knob, Value)> {
        let mut changes: BTreeMap<&'static str, (&'static Knob, Value)> = BTreeMap::new();
        for (knob, _) in self.set_knobs().chain(before.set_knobs()) {
            let value = self.value(knob);
            if before.value(knob) != value {
                changes.insert(knob.name, (knob, value));
            }
        }
        changes.into_values().collect()
    }
}

/// Two are equal where every knob holds the same.
impl PartialEq for Settings {
    fn eq(&self, other: &Self) -> bool {
        self.changes_since(other).is_empty()
    }
}

impl serde::Serialize for Settings {
    fn serialize<S: serde::Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.collect_map(self.0.iter().map(|(name, (_, value))| (name, value)))
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Counts, Reals};
    use super::*;

    static WARMTH: Typed<f64> =
        Typed::real("warmth", Reals { min: 0.0, max: 2.0, step: 0.1 }, 0.5, "how warm");
    static MOST: Typed<Option<usize>> =
        Typed::count_or("most", Counts { min: 1, max: 9, ladder: &[1, 9] }, "all", "how many");

    #[test]
    fn a_value_is_kept_within_what_the_knob_may_hold() {
        let mut settings = Settings::default();
        assert_eq!((settings.get(&WARMTH), settings.get(&MOST)), (0.5, None));
        settings.set(&WARMTH, Value::Real(7.0));
        settings.set(&MOST, Value::Count(0));
        assert_eq!((settings.get(&WARMTH), settings.get(&MOST)), (2.0, Some(1)));
        settings.set(&WARMTH, Value::Choice("hot"));
        settings.set(&MOST, Value::Off);
        assert_eq!((settings.get(&WARMTH), settings.get(&MOST)), (0.5, None));
        settings.set(&WARMTH, Value::Real(f64::NAN));
        assert_eq!(settings.get(&WARMTH), 0.5);
    }

    #[test]
    fn what_was_set_to_the_default_is_equal_to_what_never_was() {
        let mut settings = Settings::default();
        settings.set(&WARMTH, Value::Real(0.5));
        assert!(settings == Settings::default() && settings.is_set(&WARMTH));
        settings.set(&WARMTH, Value::Real(1.0));
        let changes = settings.changes_since(&Settings::default());
        assert_eq!(changes.len(), 1);
        assert_eq!((changes[0].0.name, changes[0].1), ("warmth", Value::Real(1.0)));
        let back = Settings::default().changes_since(&settings);
        assert_eq!(back[0].1, Value::Real(0.5));
        settings.unset(&WARMTH);
        assert!(!settings.is_set(&WARMTH));
    }
}
