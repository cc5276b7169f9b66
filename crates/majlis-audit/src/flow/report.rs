//! What was found.

use rustc_hash::FxHashMap;

use super::call::{Given, Site};
use super::machine::{Called, Machine};
use super::names::Sym;
use super::value::{Label, Labels, Step, Trail, Value};
use super::{FlowHit, Followed, What};
use crate::ir::Expr;
use crate::{FlowStep, Span};

/// What was found so far: the first of each kind at each place.
#[derive(Debug, Default)]
pub(super) struct Hits(FxHashMap<(u32, Span, Found), Vec<Label>>);

/// Which kind of finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Found {
    /// A sink, reached by something untrusted or by this other source.
    Sink(u8, Option<u8>),
    Check(Sym),
}

impl<'a> Machine<'a> {
    /// Something may reach a sink.
    pub(super) fn report_sink(&mut self, kind: u8, span: Span, labels: &Labels) {
        self.report_answer(kind, u64::MAX, span, labels);
    }

    /// The same of values from a set of sources alone.
    pub(super) fn report_answer(&mut self, kind: u8, from: u64, span: Span, labels: &Labels) {
        let module = self.module();
        for label in labels.all() {
            if label.cleaned & (1 << kind) != 0 || from & (1 << label.source) == 0 {
                continue;
            }
            let untrusted = self.tables.untrusted & (1 << label.source) != 0;
            let other = (!untrusted).then_some(label.source);
            let found = self.hits.0.entry((module, span, Found::Sink(kind, other)));
            let known = found.or_default();
            if known.iter().all(|known| known.source != label.source) {
                known.push(label.clone());
            }
        }
    }

    /// A call is made the wrong way.
    pub(super) fn report_check(&mut self, rule: Sym, span: Span) {
        let module = self.module();
        self.hits
            .0
            .entry((module, span, Found::Check(rule)))
            .or_default();
    }

    /// Assigning to a field may do harm.
    pub(super) fn field_sinks(&mut self, of: &Value, name: Sym, value: &Value, span: Span) {
        let of_path = of.path.map(|path| {
            let full = self.join_path(path, name);
            self.path_fields(full)
        });
        let of_type = self.typed_fields(of.ty, name);
        for id in of_path
            .iter()
            .flat_map(|ids| ids.iter())
            .chain(of_type.iter())
        {
            let tables = self.tables;
            for kind in &tables.fields[*id as usize].sinks {
                let labels = if self.is_text_only(*kind) {
                    value.labels.clone()
                } else {
                    self.deep_labels(value)
                };
                self.report_sink(*kind, span, &labels);
            }
        }
    }

    /// Setting an element is a call of the method `[]=` with its key and the value.
    pub(super) fn element_sinks(
        &mut self,
        of: &Value,
        (index, at): (&'a Expr, &Value),
        (place, value): (&'a Expr, &Value),
        span: Span,
    ) {
        let Some(name) = self.names.find("[]=").filter(|_| of.ty.is_some()) else {
            return;
        };
        let matches = self.matches(Called::Method(of.ty, name));
        let given = |expr, value: &Value| Given {
            name: None,
            value: value.clone(),
            expr,
            is_spread: false,
        };
        let site = Site {
            span,
            name,
            receiver: Some(of.clone()),
            base: None,
            args: vec![given(index, at), given(place, value)],
            made: None,
        };
        let tables = self.tables;
        for id in matches.calls.iter() {
            self.sinks(&tables.calls[*id as usize], &site);
        }
    }

    /// All that was found, by module and place.
    pub(super) fn into_followed(self) -> Followed {
        let mut hits: Vec<FlowHit> = self
            .hits
            .0
            .iter()
            .map(|((module, span, found), labels)| self.hit(*module, *span, *found, labels))
            .collect();
        hits.sort_by(|left, right| {
            (&left.path, left.span, &left.what).cmp(&(&right.path, right.span, &right.what))
        });
        let path = |module: &u32| self.tree.module(*module).path.to_string();
        let cut_short = self.cut_short.iter().map(path).collect();
        Followed { hits, cut_short }
    }

    fn hit(&self, module: u32, span: Span, found: Found, labels: &[Label]) -> FlowHit {
        let name = |sym: Sym| self.names.text(sym).to_string();
        let what = match found {
            Found::Check(rule) => What::Check { rule: name(rule) },
            Found::Sink(kind, _) => {
                let mut labels: Vec<String> = labels
                    .iter()
                    .map(|label| name(self.tables.sources[usize::from(label.source)]))
                    .collect();
                labels.sort_unstable();
                What::Sink {
                    kind: name(self.tables.kinds[usize::from(kind)]),
                    labels,
                }
            }
        };
        FlowHit {
            path: self.tree.module(module).path.to_string(),
            span,
            what,
            trail: labels
                .first()
                .map_or_else(Vec::new, |label| self.steps(&label.trail)),
        }
    }

    fn steps(&self, trail: &Trail) -> Vec<FlowStep> {
        let mut steps = Vec::new();
        let mut at = Some(trail);
        while let Some(step) = at {
            steps.push(FlowStep {
                path: self.tree.module(step.module).path.to_string(),
                span: step.span,
                what: match &step.what {
                    Step::Source(name) => format!("untrusted value from `{name}`"),
                    Step::Kept(name) => format!("kept in `{name}`"),
                    Step::Into(name) => format!("passed to `{name}`"),
                    Step::Back(name) => format!("comes back from `{name}`"),
                },
            });
            at = step.before.as_deref();
        }
        steps.reverse();
        steps
    }
}
