//! Names from other modules.

use tree_sitter::Node;

use super::super::syntax::{child_of, field, fields};
use super::Lowerer;

impl<'t> Lowerer<'t> {
    /// Takes note of what an import brings in, wherever it stands.
    pub(super) fn import(&mut self, node: Node<'t>) {
        let module = field(node, "module_name").map(|name| self.module_path(name));
        if let (Some(module), Some(_)) = (&module, child_of(node, "wildcard_import")) {
            self.build.add_import(module, module, true);
        }
        for imported in fields(node, "name") {
            let alias = field(imported, "alias").map(|alias| self.source(alias));
            let name = field(imported, "name").unwrap_or(imported);
            let name = self.source(name);
            match &module {
                Some(module) => self.names_of_module(module, name, alias),
                None => self.whole_module(name, alias),
            }
        }
    }

    /// The full path of `..a.b`, from where this file stands.
    fn module_path(&self, node: Node<'t>) -> String {
        if node.kind() != "relative_import" {
            return self.source(node).to_owned();
        }
        let written = self.source(node);
        let name = written.trim_start_matches(['.', ' ']);
        let levels = written.bytes().take_while(|c| *c == b'.').count();
        let mut folders: Vec<&str> = self.build.module.path.split('/').collect();
        folders.truncate(folders.len().saturating_sub(levels));
        if !name.is_empty() {
            folders.push(name);
        }
        folders.join(".")
    }

    fn names_of_module(&mut self, module: &str, name: &str, alias: Option<&str>) {
        let separator = if module.is_empty() { "" } else { "." };
        let path = format!("{module}{separator}{name}");
        self.build.add_import(alias.unwrap_or(name), &path, false);
    }

    /// `import a.b` binds `a`; `import a.b as c` binds `a.b`.
    fn whole_module(&mut self, name: &str, alias: Option<&str>) {
        let root = name.split('.').next().unwrap_or(name);
        let (local, path) = alias.map_or((root, root), |alias| (alias, name));
        self.build.add_import(local, path, false);
    }
}
