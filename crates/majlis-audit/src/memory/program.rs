//! What the files of a tree say together: functions, records, types, constants.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use super::names;
use super::types::{Ty, is_container, known, shape};
use super::value::FunctionRef;
use crate::ir::{
    BinaryOp, Class, Const, Expr, ExprKind, Function, Module, Stmt, StmtKind, Text, TypeName,
    UnaryOp,
};

/// A struct, union or class.
#[derive(Debug, Clone, Default)]
pub(super) struct Record {
    pub(super) name: Text2,
    pub(super) fields: Vec<Member>,
    pub(super) size: i128,
    pub(super) align: i128,
    pub(super) bases: Vec<usize>,
    pub(super) methods: HashMap<Text, Vec<FunctionRef>>,
    pub(super) has_fields: bool,
    /// The size of a field is not known, so that of the whole is not either.
    pub(super) is_open: bool,
}

/// A name that may be missing.
pub(super) type Text2 = Option<Text>;

/// A field and where it lies.
#[derive(Debug, Clone)]
pub(super) struct Member {
    pub(super) name: Text,
    pub(super) ty: Ty,
    pub(super) offset: i128,
}

/// The index over all modules.
pub(super) struct Program<'m> {
    pub(super) modules: Vec<&'m Module>,
    pub(super) records: Vec<Record>,
    functions: HashMap<Text, Vec<FunctionRef>>,
    record_names: HashMap<Text, usize>,
    typedefs: HashMap<Text, (usize, &'m TypeName)>,
    defines: HashMap<Text, Vec<(usize, &'m Expr)>>,
    globals: HashMap<Text, Vec<(usize, &'m Stmt)>>,
    /// Globals that something assigns to, or takes the address of.
    pub(super) changed: HashSet<Text>,
    /// Functions someone calls or takes.
    pub(super) called: HashSet<Text>,
}

/// How deep types and constants are followed.
const DEPTH_MAX: u8 = 12;

/// How deep records are followed into each other.
const NESTING_MAX: u8 = 8;

impl<'m> Program<'m> {
    pub(super) fn new(modules: Vec<&'m Module>) -> Self {
        let mut program = Self {
            modules,
            records: Vec::new(),
            functions: HashMap::new(),
            record_names: HashMap::new(),
            typedefs: HashMap::new(),
            defines: HashMap::new(),
            globals: HashMap::new(),
            changed: HashSet::new(),
            called: HashSet::new(),
        };
        for (at, module) in program.modules.clone().into_iter().enumerate() {
            program.collect(at, module);
        }
        for (at, module) in program.modules.clone().into_iter().enumerate() {
            program.lay_out(at, module);
        }
        program.lay_out_again();
        program
    }

    fn collect(&mut self, at: usize, module: &'m Module) {
        for (name, value) in &module.defines {
            self.defines
                .entry(name.clone())
                .or_default()
                .push((at, value));
        }
        for (index, function) in module.functions.iter().enumerate() {
            let is_found = function.has_body && function.class.is_none();
            if is_found && !function.name.is_empty() {
                let found = FunctionRef { module: at, index };
                self.functions
                    .entry(function.name.clone())
                    .or_default()
                    .push(found);
            }
            names::collect(function, &mut self.changed, &mut self.called);
        }
        for stmt in &module.top {
            names::collect_stmt(stmt, &mut self.changed, &mut self.called);
            if let StmtKind::Let {
                pattern: crate::ir::Pattern::Name(name),
                ..
            } = &stmt.kind
            {
                self.globals
                    .entry(name.clone())
                    .or_default()
                    .push((at, stmt));
            }
        }
        for class in &module.classes {
            let is_typedef = is_marked(class, "typedef") || is_marked(class, "enum");
            if is_typedef && let Some(base) = class.bases.first() {
                self.typedefs
                    .entry(class.name.clone())
                    .or_insert((at, base));
            } else if !self.record_names.contains_key(&class.name) {
                self.record_names
                    .insert(class.name.clone(), self.records.len());
                let name = Some(class.name.clone());
                self.records.push(Record {
                    name,
                    ..Record::default()
                });
            }
        }
    }

    fn lay_out(&mut self, at: usize, module: &'m Module) {
        for class in &module.classes {
            let Some(&index) = self.record_names.get(&class.name) else {
                continue;
            };
            for id in &class.methods {
                let found = FunctionRef {
                    module: at,
                    index: id.0 as usize,
                };
                let Some(function) = module.functions.get(found.index) else {
                    continue;
                };
                let record = &mut self.records[index];
                let methods = record.methods.entry(function.name.clone()).or_default();
                if function.has_body {
                    methods.insert(0, found);
                } else {
                    methods.push(found);
                }
            }
            let is_typedef = is_marked(class, "typedef") || is_marked(class, "enum");
            if is_typedef || self.records[index].has_fields {
                continue;
            }
            self.lay_out_fields(at, class, index);
        }
    }

    /// Records hold records whose own fields stand further behind or in another file: lays all
    /// out until nothing moves.
    fn lay_out_again(&mut self) {
        let mut chosen: Vec<(usize, &'m Class, usize)> = Vec::new();
        let mut seen = HashSet::new();
        for (at, module) in self.modules.clone().into_iter().enumerate() {
            for class in &module.classes {
                let index = self.record_names.get(&class.name).copied();
                let is_typedef = is_marked(class, "typedef") || is_marked(class, "enum");
                let index = index.filter(|_| !is_typedef && !class.fields.is_empty());
                if let Some(index) = index.filter(|index| seen.insert(*index)) {
                    chosen.push((at, class, index));
                }
            }
        }
        for _ in 0..NESTING_MAX {
            let mut is_stable = true;
            for (at, class, index) in &chosen {
                let record = &mut self.records[*index];
                let before = (record.size, record.fields.len(), record.is_open);
                record.fields.clear();
                record.bases.clear();
                self.lay_out_fields(*at, class, *index);
                let record = &self.records[*index];
                is_stable &= before == (record.size, record.fields.len(), record.is_open);
            }
            if is_stable {
                break;
            }
        }
    }

    fn lay_out_fields(&mut self, at: usize, class: &'m Class, index: usize) {
        let mut record = std::mem::take(&mut self.records[index]);
        let is_union = is_marked(class, "union");
        let (mut end, mut align, mut size) = (0i128, 1i128, 0i128);
        record.is_open = false;
        for base in &class.bases {
            if let Ty::Record(base) = self.ty(at, base)
                && base != index
            {
                record.bases.push(base);
                let inherited = self.records[base].fields.clone();
                end = end.max(self.records[base].size);
                record.is_open |= self.records[base].is_open;
                align = align.max(self.records[base].align);
                record.fields.extend(inherited);
            }
        }
        for field in &class.fields {
            if field.is_static {
                continue;
            }
            let ty = field.ty.as_ref().map_or(Ty::Unknown, |ty| self.ty(at, ty));
            let (field_size, field_align) = match &ty {
                Ty::Record(inner) if *inner == index => (8, 8),
                // The last, `T tail[]`: what is asked for decides how long it is.
                Ty::Array(_, None) if is_tail(field) => (0, self.align(&ty)),
                _ => {
                    let known = self.size(&ty);
                    record.is_open |= known.is_none();
                    (known.unwrap_or(8), self.align(&ty))
                }
            };
            let start = if is_union {
                0
            } else {
                (end + field_align - 1) / field_align * field_align
            };
            end = start + field_size;
            size = size.max(end);
            align = align.max(field_align);
            if field.name.is_empty()
                && let Ty::Record(inner) = ty
            {
                let inner = self.records[inner].fields.clone();
                record.fields.extend(inner.into_iter().map(|member| Member {
                    offset: member.offset + start,
                    ..member
                }));
                continue;
            }
            record.fields.push(Member {
                name: field.name.clone(),
                ty,
                offset: start,
            });
        }
        size = size.max(end);
        record.size = ((size + align - 1) / align * align).max(1);
        record.align = align;
        record.has_fields = !class.fields.is_empty();
        self.records[index] = record;
    }

    /// The function with a body that a name means in a file: of the file, of its namespace, of
    /// the tree when there is only one.
    pub(super) fn function(&self, module: usize, name: &str) -> Option<FunctionRef> {
        let all = self.functions.get(name)?;
        if let Some(own) = all.iter().find(|found| found.module == module) {
            return Some(*own);
        }
        let package = &self.modules[module].package;
        let near = all
            .iter()
            .filter(|found| self.is_visible(**found))
            .collect::<Vec<_>>();
        near.iter()
            .find(|found| &self.modules[found.module].package == package)
            .or_else(|| near.first())
            .copied()
            .copied()
    }

    /// A function of a namespace.
    pub(super) fn function_in(
        &self,
        module: usize,
        scope: &str,
        name: &str,
    ) -> Option<FunctionRef> {
        let all = self.functions.get(name)?;
        all.iter()
            .find(|found| self.modules[found.module].package.as_deref() == Some(scope))
            .copied()
            .or_else(|| self.function(module, name))
    }

    fn is_visible(&self, found: FunctionRef) -> bool {
        self.get(found).is_some_and(|function| function.is_public)
    }

    pub(super) fn get(&self, function: FunctionRef) -> Option<&'m Function> {
        self.modules
            .get(function.module)?
            .functions
            .get(function.index)
    }

    /// The value of a macro or enumerator, and the file it stands in.
    pub(super) fn define(&self, module: usize, name: &str) -> Option<(usize, &'m Expr)> {
        let all = self.defines.get(name)?;
        all.iter()
            .rev()
            .find(|(at, _)| *at == module)
            .or_else(|| all.last())
            .copied()
    }

    /// The declaration of a global.
    pub(super) fn global(&self, module: usize, name: &str) -> Option<(usize, &'m Stmt)> {
        let all = self.globals.get(name)?;
        all.iter()
            .find(|(at, _)| *at == module)
            .or_else(|| all.first())
            .copied()
    }

    pub(super) fn record(&self, name: &str) -> Option<usize> {
        self.record_names.get(name).copied()
    }

    /// A method of a class or of what it inherits from.
    pub(super) fn method(&self, record: usize, name: &str) -> Vec<FunctionRef> {
        let mut open = vec![record];
        let mut seen = 0;
        while let Some(at) = open.pop() {
            seen += 1;
            if seen > 32 {
                break;
            }
            let Some(record) = self.records.get(at) else {
                continue;
            };
            if let Some(found) = record.methods.get(name) {
                return found.clone();
            }
            open.extend(&record.bases);
        }
        Vec::new()
    }

    pub(super) fn member(&self, record: usize, name: &str) -> Option<&Member> {
        let fields = &self.records.get(record)?.fields;
        fields.iter().rev().find(|member| &*member.name == name)
    }

    /// Whether a name is a type.
    pub(super) fn is_type(&self, name: &str) -> bool {
        self.typedefs.contains_key(name)
            || self.record_names.contains_key(name)
            || known(name).is_some()
    }

    pub(super) fn ty(&self, module: usize, name: &TypeName) -> Ty {
        self.ty_within(module, name, 0)
    }

    fn ty_within(&self, module: usize, name: &TypeName, depth: u8) -> Ty {
        let mut ty = self.base(module, name, depth);
        for _ in 0..name.stars() {
            ty = Ty::pointer(ty);
        }
        for length in name.array.iter().rev() {
            let length = length
                .as_ref()
                .and_then(|length| self.constant(module, length));
            ty = Ty::Array(Rc::new(ty), length);
        }
        ty
    }

    fn base(&self, module: usize, name: &TypeName, depth: u8) -> Ty {
        if depth > DEPTH_MAX {
            return Ty::Unknown;
        }
        if is_container(&name.name) && !name.args.is_empty() {
            let element = name
                .args
                .last()
                .map_or(Ty::Unknown, |arg| self.ty_within(module, arg, depth + 1));
            return Ty::Container(Rc::new(element), shape(&name.name));
        }
        if let Some((at, alias)) = self.typedefs.get(&name.name)
            && alias.name != name.name
        {
            return self.ty_within(*at, alias, depth + 1);
        }
        let last = name.name.rsplit("::").next().unwrap_or(&name.name);
        if let Some(record) = self.record_names.get(last) {
            return Ty::Record(*record);
        }
        if let Some((_, value)) = self.define(module, &name.name)
            && let ExprKind::Name(other) = &value.kind
            && *other != name.name
        {
            let other = TypeName {
                name: other.clone(),
                args: Vec::new(),
                pointers: 0,
                array: Vec::new(),
            };
            return self.base(module, &other, depth + 1);
        }
        known(&name.name).unwrap_or(Ty::Unknown)
    }

    /// In bytes; `None` where it is not known.
    pub(super) fn size(&self, ty: &Ty) -> Option<i128> {
        match ty {
            Ty::Unknown => None,
            Ty::Void => Some(1),
            Ty::Int { bytes, .. } | Ty::Float(bytes) => Some(i128::from(*bytes)),
            Ty::Pointer(_) | Ty::Function => Some(8),
            Ty::Owner => Some(16),
            Ty::Text => Some(32),
            Ty::Container(..) => Some(24),
            Ty::Array(inner, Some(length)) => self.size(inner)?.checked_mul(*length),
            Ty::Array(_, None) => None,
            Ty::Record(index) => {
                let record = self.records.get(*index)?;
                (record.size > 0 && !record.is_open).then_some(record.size)
            }
        }
    }

    fn align(&self, ty: &Ty) -> i128 {
        match ty {
            Ty::Int { bytes, .. } | Ty::Float(bytes) => i128::from(*bytes),
            Ty::Array(inner, _) => self.align(inner),
            Ty::Record(index) => self
                .records
                .get(*index)
                .map_or(8, |record| record.align.max(1)),
            Ty::Void => 1,
            _ => 8,
        }
    }

    /// A constant of the preprocessor, an enumerator, or arithmetic with them.
    pub(super) fn constant(&self, module: usize, expr: &Expr) -> Option<i128> {
        self.constant_within(module, expr, 0)
    }

    fn constant_within(&self, module: usize, expr: &Expr, depth: u8) -> Option<i128> {
        if depth > DEPTH_MAX {
            return None;
        }
        let inner = |expr: &Expr| self.constant_within(module, expr, depth + 1);
        match &expr.kind {
            ExprKind::Const(Const::Int(value)) => Some(i128::from(*value)),
            ExprKind::Const(Const::Char(mark)) => Some(i128::from(u32::from(*mark))),
            ExprKind::Name(name) => {
                if let Some((at, value)) = self.define(module, name) {
                    return self.constant_within(at, value, depth + 1);
                }
                if self.changed.contains(name) {
                    return None;
                }
                let (at, global) = self.global(module, name)?;
                match &global.kind {
                    StmtKind::Let {
                        value: Some(value), ..
                    } => self.constant_within(at, value, depth + 1),
                    _ => None,
                }
            }
            ExprKind::SizeOfType(ty) => self.size(&self.ty(module, ty)),
            ExprKind::Cast { value, .. } => inner(value),
            ExprKind::Unary {
                op: UnaryOp::Negate,
                operand,
            } => Some(-inner(operand)?),
            ExprKind::Binary { op, left, right } => {
                let (left, right) = (inner(left)?, inner(right)?);
                match op {
                    BinaryOp::Add => left.checked_add(right),
                    BinaryOp::Subtract => left.checked_sub(right),
                    BinaryOp::Multiply => left.checked_mul(right),
                    BinaryOp::Divide => left.checked_div(right),
                    BinaryOp::ShiftLeft => left.checked_shl(u32::try_from(right).ok()?.min(80)),
                    _ => None,
                }
            }
            _ => None,
        }
    }
}

fn is_tail(field: &crate::ir::Variable) -> bool {
    let length = field.ty.as_ref().and_then(|ty| ty.array.first());
    matches!(length, Some(None))
}

fn is_marked(class: &Class, mark: &str) -> bool {
    class.annotations.iter().any(|found| &*found.name == mark)
}
