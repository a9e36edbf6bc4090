//! The names of a program: what is bound to them, and in which frame.

use super::exceptions::ExceptionType;
use super::machine::{PythonMachine, Run};
use super::tree::Place;
use super::value::{Handle, Object, PythonValue};

impl<'p> PythonMachine<'p> {
    pub fn slot(&self, frame: Handle, slot: u32) -> PythonValue {
        match self.heap.get(frame) {
            Object::Frame { slots, .. } => {
                slots.get(slot as usize).copied().unwrap_or(PythonValue::Unset)
            }
            _ => PythonValue::Unset,
        }
    }

    fn set_slot(&mut self, frame: Handle, slot: u32, value: PythonValue) {
        if let Object::Frame { slots, .. } = self.heap.get_mut(frame)
            && let Some(place) = slots.get_mut(slot as usize)
        {
            *place = value;
        }
    }

    fn frame_of(&self, place: &Place) -> (Handle, u32) {
        match place {
            Place::Local(slot) | Place::ClassBody { slot, .. } => (self.frame, *slot),
            Place::Global(slot) => (self.module, *slot),
            Place::Enclosing { up, slot } => {
                let mut frame = self.frame;
                for _ in 0..*up {
                    if let Object::Frame { parent, .. } = self.heap.get(frame) {
                        frame = *parent;
                    }
                }
                (frame, *slot)
            }
        }
    }

    /// The value of a name.
    pub fn load(&mut self, place: &'p Place) -> Run<PythonValue> {
        let (frame, slot) = self.frame_of(place);
        let value = self.slot(frame, slot);
        if value != PythonValue::Unset {
            return Ok(value);
        }
        match place {
            Place::ClassBody { outside, .. } => self.load(outside),
            Place::Local(_) => {
                Err(self.fail(ExceptionType::UNBOUND_LOCAL, "a local name has no value yet"))
            }
            Place::Enclosing { .. } => {
                Err(self.fail(ExceptionType::NAME, "a free name has no value yet"))
            }
            Place::Global(slot) => match self.builtins[*slot as usize] {
                Some(value) => Ok(value),
                None => {
                    let name = self.name(self.tree.globals[*slot as usize]);
                    if super::builtins::is_known(name) {
                        return Err(self.not_supported(name));
                    }
                    Err(self.fail(ExceptionType::NAME, format!("name '{name}' is not defined")))
                }
            },
        }
    }

    /// Binds a name.
    pub fn store(&mut self, place: &Place, value: PythonValue) {
        let (frame, slot) = self.frame_of(place);
        self.set_slot(frame, slot, value);
    }

    /// Unbinds a name.
    pub fn unbind(&mut self, place: &Place) -> Run<()> {
        let (frame, slot) = self.frame_of(place);
        if self.slot(frame, slot) == PythonValue::Unset {
            let kind = match place {
                Place::Local(_) => ExceptionType::UNBOUND_LOCAL,
                _ => ExceptionType::NAME,
            };
            return Err(self.fail(kind, "a name that is deleted has no value"));
        }
        self.set_slot(frame, slot, PythonValue::Unset);
        Ok(())
    }

    /// A frame for a scope that is entered from the one that runs.
    pub fn new_frame(&mut self, slots: Vec<PythonValue>, parent: Handle) -> Run<Handle> {
        self.reserve(slots.len() + 1)?;
        Ok(self.heap.push(Object::Frame { slots, parent }))
    }

    /// The values of a frame.
    pub fn slots(&self, frame: Handle) -> &[PythonValue] {
        match self.heap.get(frame) {
            Object::Frame { slots, .. } => slots,
            _ => &[],
        }
    }
}
