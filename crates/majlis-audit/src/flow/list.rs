//! What calls make of lists all of whose elements are known.

use std::rc::Rc;

use super::call::Site;
use super::machine::Machine;
use super::value::{Known, List, Value};
use crate::Language;
use crate::table::Container;

impl<'a> Machine<'a> {
    /// The list a call makes of another, or what it takes out of it.
    pub(super) fn relisted(
        &mut self,
        container: Container,
        of: &Value,
        site: &Site<'a>,
    ) -> Option<Value> {
        match container {
            Container::ListShift => Some(self.remove(of, &Value::constant(Known::Int(0)))),
            Container::ListPush => {
                for arg in &site.args {
                    self.add(of, None, &arg.value);
                }
                None
            }
            Container::ListUnshift => {
                for (at, arg) in (0_i64..).zip(&site.args) {
                    self.add(of, Some(&Value::constant(Known::Int(at))), &arg.value);
                }
                None
            }
            Container::ListSlice => {
                let bound = |at: usize| site.args.get(at).map(|arg| arg.value.known.clone());
                let (from, to) = (bound(0), bound(1));
                Some(self.part_of_list(of, from.as_ref(), to.as_ref()))
            }
            Container::Appended => Some(self.appended(site)),
            _ => None,
        }
    }

    /// The elements of a list from one place to before another; negative ones count from the end.
    pub(super) fn part_of_list(
        &mut self,
        of: &Value,
        from: Option<&Known>,
        to: Option<&Known>,
    ) -> Value {
        let list = self.exact_list(of);
        let place = |at: Option<&Known>, default: usize, length: usize| match at {
            None => Some(default),
            Some(Known::Int(at)) if *at < 0 => {
                let back = usize::try_from(at.unsigned_abs()).ok()?;
                Some(length.saturating_sub(back))
            }
            Some(Known::Int(at)) => usize::try_from(*at).ok(),
            Some(_) => None,
        };
        let exact = list.and_then(|list| {
            let length = list.items.len();
            let (from, to) = (place(from, 0, length)?, place(to, length, length)?);
            Some(list.items.get(from..to.min(length))?.to_vec())
        });
        let content = if let Some(items) = exact {
            List { items, rest: None }
        } else {
            let whole = self.element(of, None);
            List::summary(std::iter::once(&whole))
        };
        let mut part = of.clone();
        part.objects = self.new_list(Known::List(Rc::new(content)));
        part
    }

    /// Go's `append`: a new list of the elements of one and some more.
    fn appended(&mut self, site: &Site<'a>) -> Value {
        let Some((first, more)) = site.args.split_first() else {
            return Value::unknown();
        };
        let list = match self.exact_list(&first.value) {
            Some(list) => Some(list.items.clone()),
            None if matches!(first.value.known, Known::Null) => Some(Vec::new()),
            None => None,
        };
        let is_exact = list.is_some() && more.iter().all(|arg| !arg.is_spread);
        let mut items = match list {
            Some(items) => items,
            None => vec![self.element(&first.value, None)],
        };
        for arg in more {
            if arg.is_spread {
                items.push(self.element(&arg.value, None));
            } else {
                items.push(arg.value.clone());
            }
        }
        let content = if is_exact {
            List { items, rest: None }
        } else {
            List::summary(items.iter())
        };
        let objects = self.new_list(Known::List(Rc::new(content)));
        Value {
            ty: first.value.ty,
            labels: first.value.labels.clone(),
            objects,
            ..Value::default()
        }
    }

    /// An element of the list whose method calls a function for each.
    pub(super) fn each_of(&mut self, site: &Site<'a>) -> Option<Value> {
        if self.language != Language::JavaScript {
            return None;
        }
        let calls_for_each = matches!(
            &**self.names.text(site.name),
            "forEach" | "map" | "filter" | "some" | "every" | "find" | "findIndex" | "flatMap"
        );
        let list = site.receiver.clone().filter(|_| calls_for_each)?;
        let is_list = self.exact_list(&list).is_some();
        is_list.then(|| self.element(&list, None))
    }
}
