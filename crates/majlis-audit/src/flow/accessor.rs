//! Methods that are read and set like fields: getters, setters, properties.

use super::call::Given;
use super::machine::Machine;
use super::names::Sym;
use super::value::{ClassRef, FunctionRef, Value};
use crate::Span;
use crate::ir::{Annotation, Expr, Function};

fn is_getter(function: &Function) -> bool {
    let mut names = function.annotations.iter().map(|known| &*known.name);
    names.any(|name| {
        name == Annotation::GETTER
            || matches!(
                last(name),
                "property" | "cached_property" | "hybrid_property"
            )
    })
}

fn is_setter(function: &Function) -> bool {
    let mut names = function.annotations.iter().map(|known| &*known.name);
    names.any(|name| name == Annotation::SETTER || name.ends_with(".setter"))
}

fn last(path: &str) -> &str {
    path.rsplit('.').next().unwrap_or(path)
}

impl<'a> Machine<'a> {
    fn accessor(
        &self,
        class: ClassRef,
        name: Sym,
        is: fn(&Function) -> bool,
    ) -> Option<FunctionRef> {
        let found = self.tree.methods(class, name).into_iter();
        found
            .filter(|found| is(self.tree.function(*found)))
            .find(|found| self.tree.function(*found).has_body)
    }

    /// What a method gives that is read like a field; `None` where there is none.
    pub(super) fn computed(
        &mut self,
        of: &Value,
        class: ClassRef,
        name: Sym,
        span: Span,
    ) -> Option<Value> {
        let getter = self.accessor(class, name, is_getter)?;
        let this = self.as_this(of);
        let around = self.around_of(getter);
        let mut value = self.invoke(getter, Some(this), &[], around, span);
        value.labels = value.labels.join(&of.labels);
        Some(value)
    }

    /// Hands a value to the method that sets it like a field; false where there is none.
    pub(super) fn is_set_by_method(
        &mut self,
        of: &Value,
        name: Sym,
        (place, value): (&'a Expr, &Value),
        span: Span,
    ) -> bool {
        let class = of.ty.and_then(|ty| self.tree.class_of(ty));
        let setter = class.and_then(|class| self.accessor(class, name, is_setter));
        let Some(setter) = setter else {
            return false;
        };
        let this = self.as_this(of);
        let around = self.around_of(setter);
        let given = Given {
            name: None,
            value: value.clone(),
            expr: place,
            is_spread: false,
        };
        self.invoke(setter, Some(this), &[given], around, span);
        true
    }
}
