//! Iterators that the program asks for itself, and those that it makes.

use super::exceptions::ExceptionType;
use super::iterate::Iter;
use super::machine::{PythonMachine, Run, Stop};
use super::value::{Handle, Object, PythonValue};

impl PythonMachine<'_> {
    /// What `__iter__` of an object gives.
    pub fn own_iter(&mut self, value: PythonValue) -> Run<Handle> {
        let made = match self.call_own(value, "__iter__", &[])? {
            Some(made) => made,
            None if self.own_method(value, "__getitem__").is_some() => {
                return Err(self.not_supported("iteration by __getitem__"));
            }
            None => {
                let kind = self.type_name(value);
                return Err(self.type_error(format!("'{kind}' object is not iterable")));
            }
        };
        match self.heap.object(made) {
            Some(Object::Iterator(_) | Object::Taken) => self.iter(made),
            _ if self.own_method(made, "__next__").is_some() => self.new_iter(Iter::Own(made)),
            _ => Err(self.type_error("iter() returned non-iterator")),
        }
    }

    /// All values of an iterable.
    pub fn collect(&mut self, iterable: PythonValue) -> Run<Vec<PythonValue>> {
        if let Some(items) = self.heap.sequence(iterable) {
            let items = items.to_vec();
            self.reserve(items.len())?;
            self.work(items.len())?;
            return Ok(items);
        }
        if self.own_method(iterable, "__len__").is_some()
            && let Err(Stop::Raise(_)) = self.len(iterable)
        {
            // Python asks for it where it wants to know how much room to make, and not everywhere
            return Err(self.not_supported("an iterable whose __len__ fails"));
        }
        let iterator = self.iter(iterable)?;
        let mut items = Vec::new();
        while let Some(value) = self.next(iterator)? {
            self.reserve(1)?;
            items.push(value);
        }
        Ok(items)
    }

    /// `next(iterator)` of the program.
    pub fn next_or(
        &mut self,
        iterator: PythonValue,
        default: Option<PythonValue>,
    ) -> Run<PythonValue> {
        let value = match self.heap.object(iterator) {
            Some(Object::Iterator(_) | Object::Taken) => {
                let handle = self.iter(iterator)?;
                self.next(handle)?
            }
            _ => match self.call_own(iterator, "__next__", &[]) {
                Ok(Some(value)) => Some(value),
                Ok(None) => return Err(self.type_error("object is not an iterator")),
                Err(stop)
                    if default.is_some()
                        && self.is_raise_of(&stop, ExceptionType::STOP_ITERATION) =>
                {
                    None
                }
                Err(stop) => return Err(stop),
            },
        };
        match value.or(default) {
            Some(value) => Ok(value),
            None => {
                let exception = self.new_exception(ExceptionType::STOP_ITERATION, Vec::new())?;
                Err(Stop::Raise(exception))
            }
        }
    }
}
