//! What a build script leaves for its function.

use std::{collections::BTreeMap, env, fs, path::Path};

use crate::{
    Failure, Language, STYLE, Script, Texts, compressed,
    hash::hash_source,
    hole::{Part, parts},
};

/// The code of `pages.rs`, which a function includes: constants, and for everything that is written
/// in languages a function from the language to it.
#[derive(Debug)]
pub struct Output {
    languages: Vec<(Language, Texts)>,
    code: String,
    /// What is the same in several pages is there once.
    constants: BTreeMap<String, usize>,
}

impl Output {
    /// With the texts of every language.
    ///
    /// # Errors
    /// A language's texts are not complete.
    pub fn new() -> Result<Self, Failure> {
        let read = |language| Ok::<_, Failure>((language, Texts::read(language)?));
        let languages = Language::ALL.into_iter().map(read).collect::<Result<_, _>>()?;
        Ok(Self { languages, code: String::new(), constants: BTreeMap::new() })
    }

    /// `INLINE`: how a policy names the script and the style of the pages.
    pub fn inline(&mut self, script: &Script) {
        let (script, style) = (script.hash_source(), hash_source(STYLE));
        self.code += &format!(
            "pub(crate) const INLINE: loop_pages::Inline = \
             loop_pages::Inline {{ script: {script:?}, style: {style:?} }};\n"
        );
    }

    /// A function `name` from a language to a text in it.
    pub fn text(&mut self, name: &str, text: impl Fn(&Texts) -> &str) {
        let texts = self.languages.iter();
        let values = texts.map(|(language, texts)| (*language, format!("{:?}", text(texts))));
        let values = values.collect();
        self.by_language(name, "str", values);
    }

    /// A function `name` from a language to what `make` makes in it, whose holes are left open.
    ///
    /// # Errors
    /// `make` has failed.
    pub fn template(
        &mut self,
        name: &str,
        make: impl Fn(Language, &Texts) -> Result<String, Failure>,
    ) -> Result<(), Failure> {
        let made: Result<Vec<_>, Failure> = self
            .languages
            .iter()
            .map(|(language, texts)| Ok((*language, make(*language, texts)?)))
            .collect();
        let mut values = Vec::new();
        for (language, text) in made? {
            let path = format!("{}_{}", name.to_uppercase(), language.code.to_uppercase());
            let parts = self.parts(&text)?;
            self.code += &format!(
                "static {path}: loop_pages::Template = loop_pages::Template::new(&[{parts}]);\n"
            );
            values.push((language, format!("&{path}")));
        }
        self.by_language(name, "loop_pages::Template", values);
        Ok(())
    }

    /// Writes `pages.rs` to where Cargo wants it.
    ///
    /// # Errors
    /// It can't be written.
    pub fn write(self) -> Result<(), Failure> {
        let directory = env::var("OUT_DIR")?;
        fs::write(Path::new(&directory).join("pages.rs"), self.code)?;
        // All that a page is made of is compiled into the build script, and Cargo runs one again
        // that has changed.
        println!("cargo::rerun-if-changed=build.rs");
        Ok(())
    }

    fn by_language(&mut self, name: &str, kind: &str, values: Vec<(Language, String)>) {
        let arms = values.iter().map(|(language, value)| {
            format!("        loop_pages::Language::{} => {value},\n", language.variant)
        });
        self.code += &format!(
            "pub(crate) fn {name}(language: loop_pages::Language) -> &'static {kind} {{\n    \
             match language {{\n{}    }}\n}}\n",
            arms.collect::<String>()
        );
    }

    fn parts(&mut self, text: &str) -> Result<String, Failure> {
        let mut code = String::new();
        for part in parts(text)? {
            match part {
                Part::Constant(text) => {
                    let index = self.constant(text)?;
                    code += &format!("loop_pages::Part::Constant(&CONSTANT_{index}), ");
                }
                Part::Html(name) => code += &format!("loop_pages::Part::Html({name:?}), "),
                Part::Script(name) => code += &format!("loop_pages::Part::Script({name:?}), "),
            }
        }
        Ok(code)
    }

    fn constant(&mut self, text: &str) -> Result<usize, Failure> {
        if let Some(index) = self.constants.get(text) {
            return Ok(*index);
        }
        let index = self.constants.len();
        let blocks = compressed(text)?;
        self.code += &format!(
            "static CONSTANT_{index}: loop_pages::Constant = \
             loop_pages::Constant {{ text: {text:?}, compressed: b\"{}\" }};\n",
            blocks.escape_ascii()
        );
        self.constants.insert(text.to_owned(), index);
        Ok(index)
    }
}
