//! The modules of a crate, and the modules that each of them uses.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use petgraph::{algo::tarjan_scc, prelude::DiGraphMap};
use syn::{
    Attribute, Expr, Item, ItemMod, ItemUse, Macro, Meta, Token, UseTree, Visibility,
    punctuated::Punctuated, visit::Visit,
};

/// The names of a path, such as `crate`, `http`, `Error`.
type Names = Vec<String>;

/// The modules of a crate, without those of tests; the root is the first.
pub(super) struct Modules(Vec<Module>);

#[derive(Default)]
struct Module {
    file: PathBuf,
    parent: usize,
    children: BTreeMap<String, usize>,
    /// The paths that `use` binds to names.
    bound: BTreeMap<String, Names>,
    /// The paths that stand in the module, except exports.
    paths: BTreeSet<Names>,
}

impl Modules {
    pub(super) fn read(root: &Path) -> Self {
        let mut modules = Self(Vec::new());
        modules.add_file(root.to_owned(), root.parent().unwrap(), 0);
        modules
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Returns each circle as lines that say which file uses which item of which other file.
    pub(super) fn circles(&self) -> Vec<String> {
        let mut graph: DiGraphMap<&Path, &Names> = DiGraphMap::new();
        for (index, module) in self.0.iter().enumerate() {
            for path in &module.paths {
                if let Some(used) = self.file_of(index, path, 0)
                    && used != module.file
                {
                    graph.add_edge(&module.file, used, path);
                }
            }
        }
        let circles = tarjan_scc(&graph).into_iter().filter(|circle| circle.len() > 1);
        let describe = |circle: Vec<&Path>| {
            let edges = graph.all_edges();
            let edges = edges.filter(|(from, to, _)| circle.contains(from) && circle.contains(to));
            let line = |(from, to, path): (&Path, &Path, &&Names)| {
                format!("{} uses {} of {}", from.display(), path.join("::"), to.display())
            };
            edges.map(line).collect::<Vec<_>>().join("\n")
        };
        circles.map(describe).collect()
    }

    /// Adds the module of a file. The files of its children are in `directory`.
    fn add_file(&mut self, file: PathBuf, directory: &Path, parent: usize) -> usize {
        let text = fs::read_to_string(&file).unwrap_or_else(|_| panic!("{}", file.display()));
        let items = syn::parse_file(&text).unwrap().items;
        self.add(file, directory, parent, &items)
    }

    fn add(&mut self, file: PathBuf, directory: &Path, parent: usize, items: &[Item]) -> usize {
        let index = self.0.len();
        self.0.push(Module { file: file.clone(), parent, ..Module::default() });
        let mut visitor = Visitor::default();
        for item in items {
            visitor.visit_item(item);
        }
        self.0[index].bound = visitor.bound;
        self.0[index].paths = visitor.paths;
        for module in visitor.modules {
            let name = module.ident.to_string();
            let below = directory.join(&name);
            let child = match &module.content {
                Some((_, items)) => self.add(file.clone(), &below, index, items),
                None => self.add_file(directory.join(format!("{name}.rs")), &below, index),
            };
            self.0[index].children.insert(name, child);
        }
        index
    }

    /// Returns the file that defines the item at `path`, seen from a module; `None` for an item of
    /// another crate, and for a module itself.
    fn file_of(&self, module: usize, path: &[String], depth: usize) -> Option<&Path> {
        let (first, rest) = path.split_first()?;
        let here = &self.0[module];
        match first.as_str() {
            "crate" => self.walk(0, rest, depth),
            "self" => self.walk(module, rest, depth),
            "super" => self.walk(here.parent, rest, depth),
            name if here.children.contains_key(name) || here.bound.contains_key(name) => {
                self.walk(module, path, depth)
            }
            _ => None,
        }
    }

    fn walk(&self, module: usize, path: &[String], depth: usize) -> Option<&Path> {
        let (first, rest) = path.split_first()?;
        let here = &self.0[module];
        if first == "super" {
            return self.walk(here.parent, rest, depth);
        }
        if let Some(child) = here.children.get(first) {
            return self.walk(*child, rest, depth);
        }
        match here.bound.get(first) {
            // The path bound to a name may begin with the same name, if that is another crate.
            Some(bound) if depth < 8 => {
                self.file_of(module, &[bound.as_slice(), rest].concat(), depth + 1)
            }
            Some(_) => None,
            None => Some(&here.file),
        }
    }
}

#[derive(Default)]
struct Visitor {
    modules: Vec<ItemMod>,
    bound: BTreeMap<String, Names>,
    paths: BTreeSet<Names>,
}

impl Visitor {
    fn bind(&mut self, tree: &UseTree, mut path: Names, is_export: bool) {
        let name = match tree {
            UseTree::Path(tree) => {
                path.push(tree.ident.to_string());
                return self.bind(&tree.tree, path, is_export);
            }
            UseTree::Group(group) => {
                return group.items.iter().for_each(|it| self.bind(it, path.clone(), is_export));
            }
            UseTree::Glob(_) => {
                path.push("*".to_owned());
                self.paths.insert(path);
                return;
            }
            UseTree::Name(name) if name.ident == "self" => path[path.len() - 1].clone(),
            UseTree::Name(name) => {
                path.push(name.ident.to_string());
                name.ident.to_string()
            }
            UseTree::Rename(rename) => {
                path.push(rename.ident.to_string());
                rename.rename.to_string()
            }
        };
        if !is_export {
            self.paths.insert(path.clone());
        }
        self.bound.insert(name, path);
    }
}

impl<'a> Visit<'a> for Visitor {
    fn visit_item(&mut self, item: &'a Item) {
        let attributes = match item {
            Item::Fn(item) => &item.attrs,
            Item::Impl(item) => &item.attrs,
            Item::Mod(item) => &item.attrs,
            Item::Use(item) => &item.attrs,
            _ => return syn::visit::visit_item(self, item),
        };
        if !attributes.iter().any(is_for_tests) {
            syn::visit::visit_item(self, item);
        }
    }

    fn visit_item_mod(&mut self, module: &'a ItemMod) {
        self.modules.push(module.clone());
    }

    fn visit_item_use(&mut self, item: &'a ItemUse) {
        let is_export = !matches!(item.vis, Visibility::Inherited);
        self.bind(&item.tree, Vec::new(), is_export);
    }

    fn visit_path(&mut self, path: &'a syn::Path) {
        self.paths.insert(path.segments.iter().map(|it| it.ident.to_string()).collect());
        syn::visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, called: &'a Macro) {
        let arguments = called.parse_body_with(Punctuated::<Expr, Token![,]>::parse_terminated);
        // Arguments in a syntax of the macro's own, which are no list of expressions, are not read.
        let arguments: Vec<_> = arguments.into_iter().flatten().collect();
        let mut inside = Self::default();
        for argument in &arguments {
            Visit::visit_expr(&mut inside, argument);
        }
        self.paths.append(&mut inside.paths);
    }
}

fn is_for_tests(attribute: &Attribute) -> bool {
    match &attribute.meta {
        Meta::List(list) => list.path.is_ident("cfg") && list.tokens.to_string() == "test",
        _ => false,
    }
}
