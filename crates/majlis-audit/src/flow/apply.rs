//! What tables say a call does.

use std::rc::Rc;

use super::call::{Given, Site};
use super::fold;
use super::machine::{Machine, Matches};
use super::names::Sym;
use super::shape::Shape;
use super::value::{Callable, Known, Labels, List, Value};
use crate::Span;
use crate::ir::{Expr, Text};
use crate::table::{CallEntry, CompiledSlot as Slot, Container, Returns};

impl<'a> Machine<'a> {
    /// Does what the entries say; what no entry is about lets everything through.
    pub(super) fn apply(&mut self, matches: &Matches, site: &Site<'a>) -> Value {
        let tables = self.tables;
        let count = site.args.len();
        let entries: Vec<&'a CallEntry> = matches
            .calls
            .iter()
            .map(|id| &tables.calls[*id as usize])
            .filter(|entry| entry.arity.is_none_or(|arity| usize::from(arity) == count))
            .filter(|entry| entry.when.is_empty() || self.all_hold(&entry.when, site, None))
            .collect();
        self.checks(matches, site);
        for entry in &entries {
            self.sinks(entry, site);
        }
        let all = self.all_labels(site);
        let called_back = self.call_back(&entries, site, &all);
        let mut result = self.outcome(&entries, site, &all);
        result.labels = result.labels.join(&called_back.labels);
        for entry in &entries {
            self.effects(entry, site, &mut result);
            self.proved(entry, site);
        }
        if entries.is_empty() {
            self.unlisted(site, &all);
        }
        self.touch_given(site);
        if entries.iter().any(|entry| entry.ends) {
            self.thrown();
        }
        self.stripped(result)
    }

    /// A method that is not listed, but whose name says that it keeps what it is given.
    fn unlisted(&mut self, site: &Site<'a>, all: &Labels) {
        if all.is_empty() {
            return;
        }
        let (Some(receiver), Some(base)) = (&site.receiver, site.base) else {
            return;
        };
        let name = self.names.text(site.name);
        let keeps = [
            "set", "add", "append", "put", "push", "write", "insert", "with", "unshift", "extend",
            "update", "concat", "offer", "enqueue", "store",
        ];
        if !keeps.iter().any(|word| name.starts_with(word)) {
            return;
        }
        if receiver.objects.is_empty() {
            self.taint(base, all, site.span);
        } else {
            self.taint_object(receiver.objects, all);
        }
    }

    /// The value that comes back, apart from callbacks.
    fn outcome(&mut self, entries: &[&'a CallEntry], site: &Site<'a>, all: &Labels) -> Value {
        let mut result = Value::labelled(self.passed(entries, site, all));
        for entry in entries {
            if let Some(ty) = Self::returned_type(entry.returns) {
                result.ty = Some(ty);
            }
            result.built |= entry.builds;
        }
        if let Some(made) = site.made {
            result.ty = result.ty.or(Some(made));
        }
        if result.ty.is_some() {
            result.objects = self.object();
        }
        for entry in entries {
            if let Some(folded) = Self::folded(entry, site) {
                result.known = folded.known;
                result.labels = folded.labels;
                result.built = false;
            }
            if let Some(from) = entry.attributes_from {
                self.inherit(&result, from, site);
            }
            if let Some(container) = entry.container {
                self.fill(&mut result, container, site);
            }
            if let Some(held) = self.contained(entry, site) {
                result = Value {
                    ty: held.ty.or(result.ty),
                    ..held
                };
            }
        }
        for entry in entries {
            if let Some(source) = entry.source {
                let name = self.called_name(site);
                let labels = self.source_labels(source, site.span, name);
                result.labels = result.labels.join(&labels);
            }
        }
        result.shape = result
            .shape
            .with(Shape::FIXED, self.is_plain_call(entries, site));
        let cleaned = entries.iter().fold(0, |all, entry| all | entry.clean);
        result.labels = result.labels.cleaned(cleaned);
        let is_this = |entry: &&&CallEntry| matches!(entry.returns, Some(Returns::This));
        if entries.iter().any(|entry| is_this(&entry))
            && let Some(receiver) = &site.receiver
        {
            let labels = result.labels.join(&receiver.labels);
            let mut receiver = receiver.clone();
            if receiver.objects.is_empty() && receiver.ty.is_some() {
                receiver.objects = self.object();
                self.keep_object(site.base, &receiver, site.span);
            }
            result = Value { labels, ..receiver };
        }
        result
    }

    /// What a known function makes of constants only is as good as one.
    fn is_plain_call(&mut self, entries: &[&'a CallEntry], site: &Site<'a>) -> bool {
        let comes_in = entries.iter().any(|entry| entry.source.is_some());
        if entries.is_empty() || comes_in || site.made.is_some() {
            return false;
        }
        let values = site.receiver.iter();
        let values = values.chain(site.args.iter().map(|arg| &arg.value));
        let mut count = 0;
        for value in values {
            count += 1;
            if !self.is_plain(value) {
                return false;
            }
        }
        count > 0
    }

    /// `Type.method`, for people.
    fn called_name(&self, site: &Site<'a>) -> Text {
        let name = self.names.text(site.name);
        let ty = site.receiver.as_ref().and_then(|receiver| receiver.ty);
        match ty {
            Some(ty) => {
                let ty = self.names.text(ty);
                let short = ty.rsplit(['.', ':', '/']).next().unwrap_or(ty);
                format!("{short}.{name}").into()
            }
            None => name.clone(),
        }
    }

    /// What goes through to what comes back.
    fn passed(&mut self, entries: &[&'a CallEntry], site: &Site<'a>, all: &Labels) -> Labels {
        let mut arrows = entries
            .iter()
            .filter_map(|entry| entry.flow.as_ref())
            .peekable();
        if entries.is_empty() {
            return self.through_unlisted(site, all);
        }
        if arrows.peek().is_none() {
            return all.clone();
        }
        let arrows: Vec<(Slot, Slot)> = arrows.flatten().copied().collect();
        let mut back = Labels::default();
        for (from, to) in arrows {
            let labels = self.slot_labels(from, site);
            let made = to == Slot::This && site.receiver.is_none() && site.made.is_some();
            if to == Slot::Return || made {
                back = back.join(&labels);
            } else {
                self.taint_slot(to, site, &labels);
            }
        }
        back
    }

    /// All that an argument may hold.
    pub(super) fn slot_labels(&self, slot: Slot, site: &Site<'a>) -> Labels {
        Self::slot_values(slot, site)
            .into_iter()
            .fold(Labels::default(), |labels, value| {
                labels.join(&self.deep_labels(value))
            })
    }

    /// The values of an argument.
    pub(super) fn slot_values<'s>(slot: Slot, site: &'s Site<'a>) -> Vec<&'s Value> {
        if slot == Slot::This {
            return site.receiver.iter().collect();
        }
        Self::slot_args(slot, site)
            .into_iter()
            .map(|arg| &arg.value)
            .collect()
    }

    pub(super) fn slot_args<'s>(slot: Slot, site: &'s Site<'a>) -> Vec<&'s Given<'a>> {
        let args = &site.args;
        let positional = || args.iter().filter(|arg| arg.name.is_none());
        match slot {
            Slot::At(at) => {
                let spread = positional()
                    .take(usize::from(at) + 1)
                    .find(|arg| arg.is_spread);
                let given = positional().nth(usize::from(at));
                given.or(spread).into_iter().collect()
            }
            Slot::From(at) => {
                let spread = positional()
                    .take(usize::from(at))
                    .filter(|arg| arg.is_spread);
                spread.chain(positional().skip(usize::from(at))).collect()
            }
            Slot::Named(name) => args.iter().filter(|arg| arg.name == Some(name)).collect(),
            Slot::Any => args.iter().collect(),
            Slot::Last => args.last().into_iter().collect(),
            Slot::Spread => args.iter().filter(|arg| arg.is_spread).collect(),
            Slot::This | Slot::Return => Vec::new(),
        }
    }

    /// An argument becomes untrusted.
    fn taint_slot(&mut self, slot: Slot, site: &Site<'a>, labels: &Labels) {
        if labels.is_empty() {
            return;
        }
        if slot == Slot::This {
            match (&site.receiver, site.base) {
                (Some(receiver), _) if !receiver.objects.is_empty() => {
                    self.taint_object(receiver.objects, labels);
                }
                (_, Some(base)) => self.taint(base, labels, site.span),
                _ => {}
            }
            return;
        }
        let places: Vec<(&'a Expr, Value)> = Self::slot_args(slot, site)
            .into_iter()
            .map(|arg| (arg.expr, arg.value.clone()))
            .collect();
        for (place, value) in places {
            if value.objects.is_empty() {
                self.taint(place, labels, site.span);
            } else {
                self.taint_object(value.objects, labels);
            }
        }
    }

    pub(super) fn sinks(&mut self, entry: &'a CallEntry, site: &Site<'a>) {
        for sink in &entry.sinks {
            if !self.all_hold(&sink.when, site, None) {
                continue;
            }
            for slot in &sink.args {
                let labels = match sink.attribute {
                    None if self.is_open_file(*slot, site) && self.is_kind(sink.kind, "path") => {
                        Labels::default()
                    }
                    None if self.is_text_only(sink.kind) => Self::slot_values(*slot, site)
                        .into_iter()
                        .fold(Labels::default(), |all, value| all.join(&value.labels)),
                    None => self.slot_labels(*slot, site),
                    Some(attribute) => {
                        let values = Self::slot_values(*slot, site);
                        let values: Vec<Value> = values.into_iter().cloned().collect();
                        let held = values.iter().filter_map(|of| self.attribute(of, attribute));
                        held.collect::<Vec<Value>>()
                            .iter()
                            .fold(Labels::default(), |labels, value| {
                                labels.join(&self.deep_labels(value))
                            })
                    }
                };
                self.report_sink(sink.kind, site.span, &labels);
            }
        }
    }

    /// An object sent as an answer in JavaScript becomes JSON: only text is a page.
    pub(super) fn is_text_only(&self, kind: u8) -> bool {
        self.language == crate::Language::JavaScript && self.is_kind(kind, "html")
    }

    fn is_kind(&self, kind: u8, name: &str) -> bool {
        let kind = self.tables.kinds.get(usize::from(kind)).copied();
        kind.is_some_and(|kind| &**self.names.text(kind) == name)
    }

    /// A file that is open already is read where a name is opened.
    fn is_open_file(&self, slot: Slot, site: &Site<'a>) -> bool {
        let values = Self::slot_values(slot, site);
        let ty = values.first().and_then(|value| value.ty);
        let name = ty.map(|ty| self.names.text(ty));
        name.is_some_and(|name| {
            ["FileStorage", "io.BytesIO", "UploadFile", "UploadedFile"]
                .iter()
                .any(|open| name.ends_with(open))
        })
    }

    fn checks(&mut self, matches: &Matches, site: &Site<'a>) {
        let tables = self.tables;
        for id in matches.checks.iter() {
            let check = &tables.checks[*id as usize];
            if check
                .arity
                .is_some_and(|arity| usize::from(arity) != site.args.len())
            {
                continue;
            }
            let any = check.any.is_empty()
                || check
                    .any
                    .iter()
                    .any(|condition| self.holds(condition, site, None));
            if any && self.all_hold(&check.when, site, None) {
                self.report_check(check.rule, site.span);
            }
        }
    }

    /// An attribute of a value, where it was set; a number is the place in a list.
    pub(super) fn attribute(&self, of: &Value, name: Sym) -> Option<Value> {
        if let Ok(place) = self.names.text(name).parse::<usize>() {
            return self.exact_list(of)?.items.get(place).cloned();
        }
        let mut held = of
            .objects
            .iter()
            .map(|object| self.store.get((object, name)).cloned());
        let first = held.next()??;
        let second = held.next();
        match second {
            None => Some(first),
            Some(Some(second)) => Some(first.join(&second)),
            Some(None) => Some(Value {
                known: Known::Unknown,
                ..first
            }),
        }
    }

    /// Arguments made untrusted, attributes set.
    fn effects(&mut self, entry: &'a CallEntry, site: &Site<'a>, result: &mut Value) {
        for (slots, source) in &entry.taints {
            let name = self.called_name(site);
            let labels = self.source_labels(*source, site.span, name);
            for slot in slots {
                self.taint_slot(*slot, site, &labels);
            }
        }
        for set in &entry.sets {
            if !self.all_hold(&set.when, site, Some(result)) {
                continue;
            }
            let value = match (set.from, &set.value) {
                (Some(from), _) => Self::slot_values(from, site)
                    .first()
                    .map(|value| (*value).clone()),
                (None, Some(known)) => Some(Value::constant(fold::known(known))),
                (None, None) => None,
            };
            let Some(value) = value else {
                continue;
            };
            let of = match set.of {
                Slot::Return => Some(result.clone()),
                Slot::This if site.receiver.is_none() => Some(result.clone()),
                slot => Self::slot_values(slot, site)
                    .first()
                    .map(|value| (*value).clone()),
            };
            let Some(mut of) = of else {
                continue;
            };
            if of.objects.is_empty() {
                of.objects = self.object();
                match set.of {
                    Slot::Return => result.objects = of.objects,
                    Slot::This => {
                        if matches!(entry.returns, Some(Returns::This)) {
                            result.objects = of.objects;
                        }
                        self.keep_object(site.base, &of, site.span);
                    }
                    slot => {
                        let place = Self::slot_args(slot, site).first().map(|arg| arg.expr);
                        self.keep_object(place, &of, site.span);
                    }
                }
            }
            self.set_attribute(&of, set.attribute, value);
        }
    }

    /// A value that had no object has one now, also where it is kept.
    fn keep_object(&mut self, place: Option<&'a Expr>, value: &Value, span: Span) {
        use crate::ir::ExprKind;
        let Some(place) = place else {
            return;
        };
        match &place.kind {
            ExprKind::Name(name) => {
                let name = self.sym(name);
                if self.local(name).is_some() {
                    let pattern = value.clone();
                    self.rebind(name, pattern);
                }
            }
            ExprKind::Field { base, name } => {
                let of = self.eval(base);
                let name = self.sym(name);
                self.set_field(&of, None, name, value.clone(), span);
            }
            ExprKind::AddressOf(inner) | ExprKind::Deref(inner) => {
                self.keep_object(Some(inner), value, span);
            }
            _ => {}
        }
    }

    /// What comes back has the attributes of an argument.
    fn inherit(&mut self, result: &Value, from: Slot, site: &Site<'a>) {
        let of = Self::slot_values(from, site)
            .first()
            .map(|value| (*value).clone());
        if let Some(of) = of {
            self.spread_into(result, &of);
        }
    }

    /// The result where all operands are constant.
    fn folded(entry: &'a CallEntry, site: &Site<'a>) -> Option<Value> {
        let fold = entry.fold?;
        let values: Vec<&Value> = site
            .receiver
            .iter()
            .chain(site.args.iter().map(|arg| &arg.value))
            .collect();
        let operands: Vec<&Known> = values.iter().map(|value| &value.known).collect();
        let known = fold::call(fold, &operands);
        if !known.is_constant() {
            return None;
        }
        Some(Value::constant(known))
    }

    /// Fills a new container.
    fn fill(&mut self, result: &mut Value, container: Container, site: &Site<'a>) {
        let values = site.args.iter().map(|arg| arg.value.clone());
        if !matches!(
            container,
            Container::ListOf | Container::MapOf | Container::CopyOf | Container::Blank
        ) {
            return;
        }
        if result.objects.is_empty() {
            result.objects = self.object();
        }
        match container {
            Container::Blank => {
                let content = List::summary(std::iter::empty());
                result.objects = self.new_list(Known::List(Rc::new(content)));
                self.made_blank(result.objects);
            }
            Container::ListOf => {
                let whole = site.args.first().filter(|_| site.args.len() == 1);
                if let Some(list) = whole.and_then(|arg| self.exact_list(&arg.value)) {
                    result.objects = self.new_list(Known::List(list));
                } else {
                    let items = values.collect();
                    let list = List { items, rest: None };
                    result.objects = self.new_list(Known::List(Rc::new(list)));
                }
            }
            Container::MapOf => {
                let values: Vec<Value> = values.collect();
                for pair in values.chunks_exact(2) {
                    self.put(result, &pair[0], &pair[1]);
                }
            }
            _ => {
                let Some(of) = site.args.first().map(|arg| arg.value.clone()) else {
                    return;
                };
                if of.objects.is_empty() {
                    return;
                }
                self.spread_into(result, &of);
            }
        }
        result.labels = Labels::default();
    }

    /// What comes of a container.
    fn contained(&mut self, entry: &'a CallEntry, site: &Site<'a>) -> Option<Value> {
        let container = entry.container?;
        if container == Container::Appended {
            return self.relisted(container, &Value::unknown(), site);
        }
        let of = site.receiver.clone().unwrap_or_default();
        let arg = |at: usize| site.args.get(at).map(|arg| arg.value.clone());
        if of.objects.is_empty() {
            return self.loosely_contained(container, &of, site);
        }
        match container {
            Container::ListAdd => {
                match (arg(0), arg(1)) {
                    (Some(at), Some(held)) => self.add(&of, Some(&at), &held),
                    (Some(held), None) => self.add(&of, None, &held),
                    _ => {}
                }
                None
            }
            Container::ListGet | Container::MapGet => {
                let held = self.element(&of, arg(0).as_ref());
                match arg(1) {
                    // what comes back where there is none
                    Some(default) if !held.known.is_constant() => Some(held.join(&default)),
                    _ => Some(held),
                }
            }
            Container::ListRemove => {
                let last = Value::constant(Known::Int(-1));
                Some(self.remove(&of, &arg(0).unwrap_or(last)))
            }
            Container::ListClear => {
                self.clear(&of);
                if let Some(base) = site.base {
                    self.change(base, &mut |value| value.labels = Labels::default());
                }
                None
            }
            Container::MapPut => {
                if let (Some(key), Some(held)) = (arg(0), arg(1)) {
                    self.put(&of, &key, &held);
                }
                None
            }
            Container::TextAppend => {
                let more = arg(0).unwrap_or_default();
                self.append(&of, &more);
                Some(of)
            }
            Container::TextToString => {
                let object = of.objects.unique()?;
                let mut text = self.store.get((object, self.words.content)).cloned()?;
                text.ty = self.words.text;
                text.labels = text.labels.join(&self.deep_labels(&of));
                Some(text)
            }
            Container::SectionPut | Container::SectionGet => self.in_section(container, &of, site),
            Container::ListOf | Container::MapOf | Container::CopyOf | Container::Blank => None,
            Container::ListPush
            | Container::ListShift
            | Container::ListUnshift
            | Container::ListSlice
            | Container::Appended => self.relisted(container, &of, site),
            Container::Iterate => {
                let held = self.element(&of, None);
                let labels = self.deep_labels(&held);
                Some(Value { labels, ..of })
            }
        }
    }

    /// A container whose making was not seen.
    fn loosely_contained(
        &mut self,
        container: Container,
        of: &Value,
        site: &Site<'a>,
    ) -> Option<Value> {
        match container {
            Container::ListAdd
            | Container::ListPush
            | Container::ListUnshift
            | Container::MapPut
            | Container::SectionPut
            | Container::TextAppend => {
                let labels = site.args.iter().fold(Labels::default(), |labels, arg| {
                    labels.join(&self.deep_labels(&arg.value))
                });
                if let Some(base) = site.base {
                    self.taint(base, &labels, site.span);
                }
                let labels = of.labels.join(&labels);
                (container == Container::TextAppend).then(|| Value {
                    labels,
                    ..of.clone()
                })
            }
            Container::ListGet
            | Container::MapGet
            | Container::ListRemove
            | Container::ListShift => {
                let mut held = self.element(of, site.args.first().map(|arg| &arg.value));
                if let Some(default) = site.args.get(1) {
                    held = held.join(&default.value);
                    held.known = Known::Unknown;
                }
                Some(held)
            }
            _ => None,
        }
    }

    /// More text at the end of a builder.
    fn append(&mut self, of: &Value, more: &Value) {
        let Some(object) = of.objects.unique() else {
            let labels = self.deep_labels(more);
            self.taint_object(of.objects, &labels);
            return;
        };
        let key = (object, self.words.content);
        let before = self.store.get(key).cloned();
        // an emptied one has no text left
        let before = before.filter(|before| !matches!(before.known, Known::List(_)));
        let before = before.unwrap_or_else(|| Value::constant(Known::Str("".into())));
        let text = Value {
            ty: self.words.text,
            ..before
        };
        let joined = self.combine(crate::ir::BinaryOp::Add, &text, more, None);
        self.write(key, joined);
    }

    /// Calls the functions that are handed over.
    fn call_back(&mut self, entries: &[&'a CallEntry], site: &Site<'a>, all: &Labels) -> Value {
        let mut result = Value::unknown();
        for (at, arg) in site.args.iter().enumerate() {
            let params = entries
                .iter()
                .flat_map(|entry| &entry.callbacks)
                .find(|(slot, _)| match slot {
                    Slot::At(wanted) => usize::from(*wanted) == at,
                    Slot::From(from) => usize::from(*from) <= at,
                    Slot::Named(name) => arg.name == Some(*name),
                    Slot::Last => at + 1 == site.args.len(),
                    Slot::Any => true,
                    Slot::This | Slot::Return | Slot::Spread => false,
                });
            let params = params.map(|(_, params)| params.as_slice());
            let Some(function) = arg.value.function.clone() else {
                let value = self.refer(arg, params, site);
                result = result.join(&value);
                continue;
            };
            let listed = !entries.is_empty() && params.is_none();
            let closed = listed && entries.iter().any(|entry| entry.flow.is_some());
            let labels = if closed {
                Labels::default()
            } else {
                all.clone()
            };
            let each = self.each_of(site).filter(|_| params.is_none());
            let value = self.hand_over(&function, params, (&labels, each), arg.expr, site);
            result = result.join(&value);
        }
        result
    }

    /// Calls a function that was handed over: with what a table says, or with what else goes in.
    fn hand_over(
        &mut self,
        function: &Rc<Callable>,
        params: Option<&[crate::table::ParamEntry]>,
        (all, each): (&Labels, Option<Value>),
        expr: &'a Expr,
        site: &Site<'a>,
    ) -> Value {
        let span = site.span;
        let count = self.tree.function(function.function).params.len();
        let mut args = Vec::with_capacity(count);
        for at in 0..count {
            let mut value = match params {
                None => match &each {
                    Some(element) if at == 0 => element.clone(),
                    Some(_) => Value::unknown(),
                    None => Value::labelled(all.clone()),
                },
                Some(_) => Value::unknown(),
            };
            if let Some(param) = params.and_then(|params| params.get(at)) {
                value.ty = param.ty;
                if let Some(from) = param.from {
                    value.labels = self.slot_labels(from, site);
                }
                if let Some(source) = &param.source {
                    let name: Text = "a parameter of the callback".into();
                    let place = self.tree.function(function.function).params[at].span;
                    value.labels = self.source_labels(*source, place, name);
                }
                if value.ty.is_some() {
                    value.objects = self.object();
                }
            }
            args.push(Given {
                name: None,
                value,
                expr,
                is_spread: false,
            });
        }
        let (callable, this) = (Rc::clone(function), function.this.clone());
        self.branches([true, false], |machine, runs| {
            if !runs {
                return Value::unknown();
            }
            machine.invoke(
                callable.function,
                this.clone(),
                &args,
                callable.around,
                span,
            )
        })
        .unwrap_or_default()
    }

    /// A struct literal, by what tables say of its class.
    pub(super) fn made_struct(
        &mut self,
        ty: Sym,
        fields: Vec<(Option<Sym>, Value, &'a Expr)>,
        span: Span,
    ) -> Value {
        let objects = self.object();
        let made = Value {
            ty: Some(ty),
            objects,
            ..Value::default()
        };
        let own = self.tree.class_of(ty);
        let mut args = Vec::new();
        for (at, (name, value, expr)) in fields.into_iter().enumerate() {
            let declared = own.and_then(|own| self.tree.class(own).fields.get(at));
            let slot = match (name, declared) {
                (Some(name), _) => Some(name),
                (None, Some(field)) => Some(self.names.of_code(&field.name)),
                (None, None) => None,
            };
            match slot {
                Some(slot) => self.set_attribute(&made, slot, value.clone()),
                None => self.spread_into(&made, &value),
            }
            args.push(Given {
                name,
                value,
                expr,
                is_spread: false,
            });
        }
        let matches = self.matches(super::machine::Called::New(ty));
        if matches.is_empty() {
            return made;
        }
        let site = Site {
            span,
            name: ty,
            receiver: Some(made.clone()),
            base: None,
            args,
            made: Some(ty),
        };
        let result = self.apply(&matches, &site);
        Value {
            labels: result.labels,
            ..made
        }
    }
}
