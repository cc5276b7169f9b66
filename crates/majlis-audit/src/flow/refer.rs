//! Functions of libraries that are handed over by their name.

use super::call::{Given, Site};
use super::machine::Machine;
use super::value::{Labels, Value};

impl<'a> Machine<'a> {
    /// Calls a function of a library that was handed over by its name (`Integer::parseInt`).
    pub(super) fn refer(
        &mut self,
        arg: &Given<'a>,
        params: Option<&[crate::table::ParamEntry]>,
        site: &Site<'a>,
    ) -> Value {
        let mut labels = Labels::default();
        for param in params.into_iter().flatten() {
            if let Some(from) = param.from {
                labels = labels.join(&self.slot_labels(from, site));
            }
        }
        if labels.is_empty() {
            return Value::unknown();
        }
        let Some(path) = arg.value.path else {
            return Value::labelled(labels);
        };
        let matches = self.matches(super::machine::Called::Path(path));
        let given = Given {
            name: None,
            value: Value::labelled(labels),
            expr: arg.expr,
            is_spread: false,
        };
        let site = Site {
            span: arg.expr.span,
            name: path,
            receiver: None,
            base: None,
            args: vec![given],
            made: None,
        };
        self.apply(&matches, &site)
    }
}
