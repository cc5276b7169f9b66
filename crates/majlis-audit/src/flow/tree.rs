//! The classes and functions of the audited tree, by name.

use rustc_hash::{FxHashMap, FxHashSet};

use super::names::{Names, Sym};
use super::value::{ClassRef, FunctionRef};
use crate::Language;
use crate::ir::{Class, Function, FunctionKind, Module, Pattern, StmtKind, TypeName};
use crate::table::LanguageTables;

/// What is known of a class.
#[derive(Debug, Default)]
pub(super) struct ClassInfo {
    /// Full path; unlike that of any other class.
    pub(super) ty: Option<Sym>,
    /// Full paths of what it extends.
    pub(super) bases: Vec<Sym>,
    /// Classes of the tree that extend it.
    pub(super) below: Vec<ClassRef>,
    /// Methods by name.
    pub(super) methods: FxHashMap<Sym, Vec<FunctionRef>>,
    /// Indices of fields by name.
    pub(super) fields: FxHashMap<Sym, usize>,
    /// The class around it.
    pub(super) outer: Option<ClassRef>,
}

/// Through how many modules a name is handed on at most.
const HANDED_ON_MAX: u8 = 8;

/// The tree of one language.
#[derive(Debug)]
pub(super) struct Tree<'a> {
    pub(super) modules: Vec<&'a Module>,
    /// Between the parts of a path.
    pub(super) separator: &'static str,
    classes: FxHashMap<ClassRef, ClassInfo>,
    by_type: FxHashMap<Sym, ClassRef>,
    by_name: FxHashMap<Sym, Vec<ClassRef>>,
    functions: FxHashMap<Sym, Vec<FunctionRef>>,
    /// Imports of each module by local name.
    imports: Vec<FxHashMap<Sym, Sym>>,
    wildcards: Vec<Vec<Sym>>,
    /// What a module is called by those that import it.
    stems: Vec<Sym>,
    by_stem: FxHashMap<Sym, Vec<u32>>,
    types: FxHashMap<(u32, Sym), Sym>,
    is_a: FxHashMap<(Sym, Sym), bool>,
}

/// The last part of a path.
fn last(path: &str) -> &str {
    path.rsplit(['.', ':', '/']).next().unwrap_or(path)
}

/// Everything before the last part.
pub(super) fn owner(path: &str) -> Option<&str> {
    let end = path.rfind(['.', ':', '/'])?;
    Some(path[..end].trim_end_matches(':'))
}

impl<'a> Tree<'a> {
    /// Files all names.
    pub(super) fn new(
        language: Language,
        modules: Vec<&'a Module>,
        names: &mut Names,
        tables: &LanguageTables,
    ) -> Self {
        let mut tree = Self {
            modules: Vec::new(),
            separator: match language {
                Language::Rust | Language::Cpp => "::",
                _ => ".",
            },
            classes: FxHashMap::default(),
            by_type: FxHashMap::default(),
            by_name: FxHashMap::default(),
            functions: FxHashMap::default(),
            imports: Vec::new(),
            wildcards: Vec::new(),
            stems: Vec::new(),
            by_stem: FxHashMap::default(),
            types: FxHashMap::default(),
            is_a: FxHashMap::default(),
        };
        for module in modules {
            tree.add(module, names);
        }
        tree.chase(names);
        tree.link(names, tables);
        tree
    }

    fn add(&mut self, module: &'a Module, names: &mut Names) {
        let at = u32::try_from(self.modules.len()).unwrap_or(u32::MAX);
        self.modules.push(module);
        let stem = stem(module);
        let stem = names.of(stem);
        self.stems.push(stem);
        self.by_stem.entry(stem).or_default().push(at);
        let mut imports = FxHashMap::default();
        let mut wildcards = Vec::new();
        for import in &module.imports {
            let path = names.of_code(&import.path);
            if import.wildcard {
                wildcards.push(path);
            } else {
                imports.insert(names.of_code(&import.local), path);
            }
        }
        self.imports.push(imports);
        self.wildcards.push(wildcards);
        for (id, class) in (0..).zip(&module.classes) {
            self.add_class(ClassRef { module: at, id }, module, class, names);
        }
        self.nest(at, module);
        for (id, function) in (0..).zip(&module.functions) {
            let free = function.kind == FunctionKind::Function && !function.name.is_empty();
            if free && function.has_body && function.class.is_none() {
                let name = names.of_code(&function.name);
                let function = FunctionRef { module: at, id };
                self.functions.entry(name).or_default().push(function);
            }
        }
        for (id, function) in (0..).zip(&module.functions) {
            let Some(class) = function.class else {
                continue;
            };
            if function.kind == FunctionKind::Lambda {
                continue;
            }
            let class = ClassRef {
                module: at,
                id: class.0,
            };
            let name = method_name(function, names);
            let info = self.classes.entry(class).or_default();
            let known = info.methods.entry(name).or_default();
            known.push(FunctionRef { module: at, id });
        }
    }

    fn add_class(&mut self, at: ClassRef, module: &Module, class: &Class, names: &mut Names) {
        let simple = names.of_code(&class.name);
        let mut path = match &module.package {
            Some(package) if !class.name.is_empty() => {
                format!("{package}{}{}", self.separator, class.name)
            }
            _ => class.name.to_string(),
        };
        if path.is_empty() || self.by_type.contains_key(&names.of(&path)) {
            path = format!("{}#{}{path}", module.path, at.id);
        }
        let ty = names.of(&path);
        self.by_type.insert(ty, at);
        if simple != Sym::EMPTY {
            self.by_name.entry(simple).or_default().push(at);
        }
        let info = self.classes.entry(at).or_default();
        info.ty = Some(ty);
        for (index, field) in class.fields.iter().enumerate() {
            info.fields.insert(names.of_code(&field.name), index);
        }
    }

    /// Finds for each class the one around it.
    fn nest(&mut self, at: u32, module: &Module) {
        let mut order: Vec<(u32, crate::Span)> = (0..)
            .zip(&module.classes)
            .map(|(id, class)| (id, class.span))
            .collect();
        order.sort_by_key(|(_, span)| (span.start, std::cmp::Reverse(span.end)));
        let mut around: Vec<(u32, crate::Span)> = Vec::new();
        for (id, span) in order {
            while around
                .last()
                .is_some_and(|(_, outer)| outer.end <= span.start)
            {
                around.pop();
            }
            if let Some((outer, _)) = around.last() {
                let info = self.classes.entry(ClassRef { module: at, id }).or_default();
                info.outer = Some(ClassRef {
                    module: at,
                    id: *outer,
                });
            }
            around.push((id, span));
        }
    }

    /// Resolves what each class extends.
    fn link(&mut self, names: &mut Names, tables: &LanguageTables) {
        let mut all: Vec<ClassRef> = self.classes.keys().copied().collect();
        all.sort_unstable();
        for class in all {
            let bases = &self.class(class).bases;
            let bases: Vec<Sym> = bases
                .iter()
                .map(|base| self.resolve_type(class.module, base, names, tables))
                .collect();
            for base in &bases {
                let above = self.by_type.get(base).copied();
                if let Some(info) = above.and_then(|above| self.classes.get_mut(&above)) {
                    info.below.push(class);
                }
            }
            if let Some(info) = self.classes.get_mut(&class) {
                info.bases = bases;
            }
        }
    }

    pub(super) fn module(&self, at: u32) -> &'a Module {
        self.modules[at as usize]
    }

    pub(super) fn function(&self, function: FunctionRef) -> &'a Function {
        &self.modules[function.module as usize].functions[function.id as usize]
    }

    pub(super) fn class(&self, class: ClassRef) -> &'a Class {
        &self.modules[class.module as usize].classes[class.id as usize]
    }

    pub(super) fn info(&self, class: ClassRef) -> Option<&ClassInfo> {
        self.classes.get(&class)
    }

    pub(super) fn class_of(&self, ty: Sym) -> Option<ClassRef> {
        self.by_type.get(&ty).copied()
    }

    pub(super) fn type_of(&self, class: ClassRef) -> Option<Sym> {
        self.classes.get(&class)?.ty
    }

    /// The full path of a name that a module imports.
    pub(super) fn import(&self, module: u32, name: Sym) -> Option<Sym> {
        self.imports.get(module as usize)?.get(&name).copied()
    }

    /// The full path of a type as written in a module.
    pub(super) fn resolve_type(
        &mut self,
        module: u32,
        ty: &TypeName,
        names: &mut Names,
        tables: &LanguageTables,
    ) -> Sym {
        let written = names.of_code(&ty.name);
        let path = self.resolve(module, written, names, tables);
        if ty.array.is_empty() {
            return path;
        }
        let text = format!("{}[]", names.text(path));
        names.of(&text)
    }

    /// The full path of a type's name as written in a module; the name itself where nothing is
    /// known of it.
    pub(super) fn resolve(
        &mut self,
        module: u32,
        written: Sym,
        names: &mut Names,
        tables: &LanguageTables,
    ) -> Sym {
        if let Some(known) = self.types.get(&(module, written)) {
            return *known;
        }
        let path = self.resolve_anew(module, written, names, tables);
        self.types.insert((module, written), path);
        path
    }

    fn resolve_anew(
        &self,
        module: u32,
        written: Sym,
        names: &mut Names,
        tables: &LanguageTables,
    ) -> Sym {
        let text = names.text(written).clone();
        let first_end = text.find(['.', ':']).unwrap_or(text.len());
        let (first, rest) = text.split_at(first_end);
        let own = self.by_name.get(&names.of(last(&text)));
        let here = own
            .into_iter()
            .flatten()
            .find(|class| class.module == module);
        if rest.is_empty()
            && let Some(ty) = here.and_then(|class| self.type_of(*class))
        {
            return ty;
        }
        let first_sym = names.of(first);
        if let Some(path) = self.import(module, first_sym) {
            let path = format!("{}{rest}", names.text(path));
            let path = names.of(&path);
            return self.own_or(path, own, names, tables);
        }
        if self.by_type.contains_key(&written) || tables.is_known(written) {
            return written;
        }
        let implied = self.modules[module as usize].package.iter();
        let mut around: Vec<String> = implied.map(ToString::to_string).collect();
        let wildcards = self.wildcards[module as usize].iter();
        around.extend(wildcards.map(|path| names.text(*path).to_string()));
        if self.modules[module as usize].language == Language::Java {
            around.push("java.lang".to_owned());
        }
        for path in around {
            let full = names.of(&format!("{path}{}{text}", self.separator));
            if self.by_type.contains_key(&full) || tables.is_known(full) {
                return full;
            }
        }
        match own.map(Vec::as_slice) {
            Some([class]) => self.type_of(*class).unwrap_or(written),
            _ => written,
        }
    }

    /// An imported path, or the class of the tree it means.
    fn own_or(
        &self,
        path: Sym,
        own: Option<&Vec<ClassRef>>,
        names: &Names,
        tables: &LanguageTables,
    ) -> Sym {
        if self.by_type.contains_key(&path) || tables.is_known(path) {
            return path;
        }
        let stem = owner(names.text(path)).map(last);
        let from = own.into_iter().flatten().find(|class| {
            let module = class.module as usize;
            Some(&**names.text(self.stems[module])) == stem
                || self.modules[module].package.as_deref().map(last) == stem
        });
        from.and_then(|class| self.type_of(*class)).unwrap_or(path)
    }

    /// Whether a type is another or extends it.
    pub(super) fn is_a(&mut self, ty: Sym, base: Sym, tables: &LanguageTables) -> bool {
        if ty == base {
            return true;
        }
        if let Some(known) = self.is_a.get(&(ty, base)) {
            return *known;
        }
        let mut seen = FxHashSet::default();
        let mut open = vec![ty];
        let mut found = false;
        while let Some(at) = open.pop() {
            if at == base {
                found = true;
                break;
            }
            if !seen.insert(at) {
                continue;
            }
            open.extend(tables.extends(at));
            let info = self.class_of(at).and_then(|class| self.info(class));
            open.extend(info.into_iter().flat_map(|info| &info.bases));
        }
        self.is_a.insert((ty, base), found);
        found
    }

    /// A type and all it extends.
    pub(super) fn all_above(&self, ty: Sym, tables: &LanguageTables) -> Vec<Sym> {
        let mut seen = vec![ty];
        let mut next = 0;
        while let Some(at) = seen.get(next).copied() {
            next += 1;
            let info = self.class_of(at).and_then(|class| self.info(class));
            let own = info.into_iter().flat_map(|info| info.bases.iter());
            let above: Vec<Sym> = tables.extends(at).iter().chain(own).copied().collect();
            for base in above {
                if !seen.contains(&base) {
                    seen.push(base);
                }
            }
        }
        seen
    }

    /// The method a class has or inherits in the tree.
    pub(super) fn methods(&self, class: ClassRef, name: Sym) -> Vec<FunctionRef> {
        let mut seen = FxHashSet::default();
        let mut at = vec![class];
        while let Some(class) = at.pop() {
            if !seen.insert(class) {
                continue;
            }
            let Some(info) = self.info(class) else {
                continue;
            };
            let found = info.methods.get(&name).into_iter().flatten();
            let found: Vec<FunctionRef> = found.copied().collect();
            if found.iter().any(|found| self.function(*found).has_body) {
                return found;
            }
            let above = info.bases.iter().rev();
            at.extend(above.filter_map(|base| self.class_of(*base)));
        }
        Vec::new()
    }

    /// Whether a function or a method of any class has this name and a body.
    pub(super) fn has_method(&self, name: Sym) -> bool {
        let in_class = |info: &ClassInfo| {
            let mut found = info.methods.get(&name).into_iter().flatten();
            found.any(|found| self.function(*found).has_body)
        };
        self.functions.contains_key(&name) || self.classes.values().any(in_class)
    }

    /// The class, of this one and those above it, that declares a field.
    pub(super) fn field_owner(&self, class: ClassRef, name: Sym) -> Option<(ClassRef, usize)> {
        let mut seen = FxHashSet::default();
        let mut at = vec![class];
        while let Some(class) = at.pop() {
            if !seen.insert(class) {
                continue;
            }
            let Some(info) = self.info(class) else {
                continue;
            };
            if let Some(index) = info.fields.get(&name) {
                return Some((class, *index));
            }
            let above = info.bases.iter().rev();
            at.extend(above.filter_map(|base| self.class_of(*base)));
        }
        None
    }

    /// The free function a path means: of that name, in a module that its owner names; one without
    /// an owner only in this module, or, where the language has no modules, anywhere.
    pub(super) fn free_function(
        &self,
        module: u32,
        path: Sym,
        names: &Names,
    ) -> Option<FunctionRef> {
        let text = names.text(path);
        let candidates = self.functions.get(&names.find(last(text))?)?;
        let Some(owned_by) = owner(text) else {
            let here = candidates.iter().find(|found| found.module == module);
            return here
                .copied()
                .or_else(|| self.package_function(module, candidates));
        };
        let owner = names.find(last(owned_by.trim_end_matches('.')))?;
        let fits = |found: &&FunctionRef| {
            let at = found.module as usize;
            self.stems[at] == owner
                || self.modules[at].package.as_deref() == Some(&**names.text(owner))
        };
        let mut fitting = candidates.iter().filter(fits);
        let found = fitting.next()?;
        if fitting.next().is_none() {
            return Some(*found);
        }
        let wanted = as_place(owned_by);
        let mut fitting = candidates.iter().filter(fits);
        fitting
            .find(|found| is_at(&self.modules[found.module as usize].path, &wanted))
            .copied()
    }

    /// A function of the same package; in C anywhere.
    fn package_function(&self, module: u32, candidates: &[FunctionRef]) -> Option<FunctionRef> {
        let here = self.module(module);
        let folder = |path: &str| path.rfind('/').map_or(0, |end| end);
        let mut reachable = candidates.iter().filter(|found| {
            let other = self.module(found.module);
            match here.language {
                Language::Cpp => true,
                Language::Go | Language::Java => {
                    here.path[..folder(&here.path)] == other.path[..folder(&other.path)]
                }
                _ => false,
            }
        });
        let found = reachable.next()?;
        reachable.next().is_none().then_some(*found)
    }

    /// The module that an import path names, for languages that import modules.
    pub(super) fn module_named(&self, path: Sym, names: &Names) -> Option<u32> {
        let text = names.text(path);
        let found = self.by_stem.get(&names.find(last(text))?)?;
        let [only] = found.as_slice() else {
            let wanted = as_place(text);
            let mut fitting = found
                .iter()
                .filter(|at| is_at(&self.modules[**at as usize].path, &wanted));
            let first = fitting.next()?;
            return fitting.next().is_none().then_some(*first);
        };
        Some(*only)
    }

    /// The modules, each behind those it imports, as far as they do not import each other.
    pub(super) fn in_order(&self, names: &mut Names) -> Vec<u32> {
        let count = u32::try_from(self.modules.len()).unwrap_or(u32::MAX);
        let mut seen = FxHashSet::default();
        let mut order = Vec::with_capacity(self.modules.len());
        for first in 0..count {
            let mut open = vec![(first, false)];
            while let Some((at, is_done)) = open.pop() {
                if is_done {
                    order.push(at);
                } else if seen.insert(at) {
                    open.push((at, true));
                    let imported = self.imported_modules(at, names).into_iter().rev();
                    open.extend(imported.map(|module| (module, false)));
                }
            }
        }
        order
    }

    fn imported_modules(&self, at: u32, names: &mut Names) -> Vec<u32> {
        let at = at as usize;
        let paths: Vec<Sym> = self.imports[at]
            .values()
            .chain(&self.wildcards[at])
            .copied()
            .collect();
        let mut found = Vec::new();
        for path in paths {
            let text = names.text(path).clone();
            let from = owner(&text).map(|owner| names.of(owner));
            let whole = self.module_named(path, names);
            found.extend(whole.or_else(|| self.module_named(from?, names)));
        }
        found.sort_unstable();
        found.dedup();
        found
    }

    /// Follows imported names through modules that only hand them on.
    fn chase(&mut self, names: &mut Names) {
        for at in 0..self.imports.len() {
            let locals: Vec<(Sym, Sym)> = self.imports[at]
                .iter()
                .map(|(local, path)| (*local, *path))
                .collect();
            for (local, first) in locals {
                let mut path = first;
                let mut left = HANDED_ON_MAX;
                while let Some(next) = self.handed_on(path, names).filter(|_| left > 0) {
                    path = next;
                    left -= 1;
                }
                if path != first {
                    self.imports[at].insert(local, path);
                }
            }
        }
    }

    /// Where a name really is that a module of the tree has from another.
    fn handed_on(&self, path: Sym, names: &mut Names) -> Option<Sym> {
        let text = names.text(path).clone();
        let from = names.of(owner(&text)?);
        let from = self.module_named(from, names)?;
        let name = names.of(last(&text));
        if self.declares(from, name, names) {
            return None;
        }
        if let Some(next) = self.import(from, name) {
            return Some(next).filter(|next| *next != path);
        }
        for wildcard in &self.wildcards[from as usize] {
            let Some(module) = self.module_named(*wildcard, names) else {
                continue;
            };
            if self.declares(module, name, names) || self.import(module, name).is_some() {
                let full = format!("{}{}{}", names.text(*wildcard), self.separator, last(&text));
                return Some(names.of(&full));
            }
        }
        None
    }

    /// Whether a module itself has a function, class or global of this name.
    fn declares(&self, module: u32, name: Sym, names: &Names) -> bool {
        let functions = self.functions.get(&name).into_iter().flatten();
        let mut functions = functions.map(|function| function.module);
        let classes = self.by_name.get(&name).into_iter().flatten();
        let mut classes = classes.map(|class| class.module);
        let text = names.text(name);
        let is_global = |statement: &crate::ir::Stmt| match &statement.kind {
            StmtKind::Let {
                pattern: Pattern::Name(global),
                ..
            } => global == text,
            _ => false,
        };
        functions.any(|at| at == module)
            || classes.any(|at| at == module)
            || self.modules[module as usize].top.iter().any(is_global)
    }
}

/// A path of an import as one of files.
fn as_place(path: &str) -> String {
    let path = path.trim_start_matches("./");
    path.replace("::", "/").replace('.', "/")
}

/// Whether a module's file is where a path leads, seen from any folder above it.
fn is_at(file: &str, wanted: &str) -> bool {
    let bare = file.rsplit_once('/').map_or("", |(folder, _)| folder);
    let name = last_segment(file);
    let name = name.split('.').next().unwrap_or(name);
    let place = match name {
        "index" | "__init__" | "mod" | "lib" => bare.to_owned(),
        _ if bare.is_empty() => name.to_owned(),
        _ => format!("{bare}/{name}"),
    };
    place == wanted || place.ends_with(&format!("/{wanted}"))
}

fn last_segment(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// Constructors are filed under one name, whatever they are called.
fn method_name(function: &Function, names: &mut Names) -> Sym {
    match function.kind {
        FunctionKind::Constructor => names.of("<new>"),
        FunctionKind::Initializer => names.of("<init>"),
        _ => names.of_code(&function.name),
    }
}

/// What others call a module: its file's name without ending, or its folder's where the file
/// stands for the folder.
fn stem(module: &Module) -> &str {
    let (folder, file) = module.path.rsplit_once('/').unwrap_or(("", &module.path));
    let name = file.split('.').next().unwrap_or(file);
    match name {
        "index" | "__init__" | "mod" | "lib" if !folder.is_empty() => last(folder),
        _ => name,
    }
}
