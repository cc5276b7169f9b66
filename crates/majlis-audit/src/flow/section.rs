//! Maps with two keys: settings by section and name.

use super::call::Site;
use super::machine::Machine;
use super::value::{Known, Value};
use crate::table::Container;

impl<'a> Machine<'a> {
    /// Puts or gets what is under a section and a name in it.
    pub(super) fn in_section(
        &mut self,
        container: Container,
        of: &Value,
        site: &Site<'a>,
    ) -> Option<Value> {
        let key = section_key(site);
        if container == Container::SectionGet {
            return Some(self.element(of, key.as_ref()));
        }
        if let (Some(key), Some(held)) = (key, site.args.get(2)) {
            self.put(of, &key, &held.value);
        }
        None
    }
}

/// Two keys as one: section and name.
fn section_key(site: &Site<'_>) -> Option<Value> {
    let key = |at: usize| {
        let value = &site.args.get(at)?.value;
        Some((value.known.key(), value.labels.clone()))
    };
    let ((section, one), (name, other)) = (key(0)?, key(1)?);
    let known = match (section, name) {
        (Some(section), Some(name)) => Known::Str(format!("{section}\n{name}").into()),
        _ => Known::Unknown,
    };
    Some(Value {
        labels: one.join(&other),
        ..Value::constant(known)
    })
}
