//! Rows of bytes nobody wrote to: as constant as a text, until someone is handed them.

use super::call::Site;
use super::machine::Machine;
use super::value::{Objects, Space, Value};
use crate::ir::{Expr, ExprKind};

impl<'a> Machine<'a> {
    /// A new row of zeros.
    pub(super) fn made_blank(&mut self, objects: Objects) {
        self.blank.extend(objects.iter());
    }

    /// Whether a value is a row of zeros that nobody changed.
    pub(super) fn is_blank(&self, value: &Value) -> bool {
        let is_left =
            |object: Space| self.blank.contains(&object) && !self.touched.contains(&object);
        value.labels.is_empty() && value.objects.unique().is_some_and(is_left)
    }

    /// Whether someone may have written to a list since it was made.
    pub(super) fn is_touched(&self, value: &Value) -> bool {
        value
            .objects
            .iter()
            .any(|object| self.touched.contains(&object))
    }

    /// What a call was handed may hold anything from here on.
    pub(super) fn touch_given(&mut self, site: &Site<'a>) {
        let receiver = site.receiver.iter().map(|value| value.objects);
        let given = site.args.iter().map(|arg| arg.value.objects);
        let handed: Vec<Objects> = receiver.chain(given).collect();
        for objects in handed {
            self.touched.extend(objects.iter());
        }
        for arg in &site.args {
            if let Some(part_of) = whole(arg.expr) {
                let name = self.sym(part_of);
                let held = self.local(name).map(|value| value.objects);
                self.touched
                    .extend(held.iter().flat_map(|objects| objects.iter()));
            }
        }
    }
}

/// `x` of `x[8:]` and `&x`: the call sees what `x` holds.
fn whole(expr: &Expr) -> Option<&crate::ir::Text> {
    let mut at = expr;
    let mut is_part = false;
    loop {
        at = match &at.kind {
            ExprKind::Name(name) => return is_part.then_some(name),
            ExprKind::Slice { base, .. } | ExprKind::Index { base, .. } => base,
            ExprKind::AddressOf(inner) | ExprKind::Deref(inner) => inner,
            ExprKind::Cast { value, .. } => value,
            _ => return None,
        };
        is_part = true;
    }
}
