//! The code that a build script writes for its function.

use std::{collections::BTreeMap, env, fs, path::Path};

use loop_page_model::{Language, Segment};

use crate::{
    compress::compressed, document::STYLE, error::BuildError, hash::hash_source,
    placeholder::segments, script::Script, texts::Texts,
};

/// The code of `pages.rs`, which a function includes: constants, and for each text and template a
/// function that returns it in a language.
#[derive(Debug)]
pub struct Output {
    languages: Vec<(Language, Texts)>,
    code: String,
    /// The index of each constant. A text that several pages share is there once.
    constants: BTreeMap<String, usize>,
}

impl Output {
    /// Reads the texts of every language.
    ///
    /// # Errors
    /// The texts of a language are not complete.
    pub fn new() -> Result<Self, BuildError> {
        let read = |language| Ok::<_, BuildError>((language, Texts::read(language)?));
        let languages = Language::ALL.into_iter().map(read).collect::<Result<_, _>>()?;
        Ok(Self { languages, code: String::new(), constants: BTreeMap::new() })
    }

    /// Writes the constant `INLINE` with the source expressions of the script and the style for a
    /// policy.
    pub fn inline(&mut self, script: &Script) {
        let (script, style) = (script.hash_source(), hash_source(STYLE));
        self.code += &format!(
            "pub(crate) const INLINE: loop_pages::Inline = \
             loop_pages::Inline {{ script: {script:?}, style: {style:?} }};\n"
        );
    }

    /// Writes a function `name` that returns a text in a language.
    pub fn text(&mut self, name: &str, text: impl Fn(&Texts) -> &str) {
        let texts = self.languages.iter();
        let values = texts.map(|(language, texts)| (*language, format!("{:?}", text(texts))));
        let values = values.collect();
        self.by_language(name, "str", values);
    }

    /// Writes a function `name` that returns the template which `make` makes in a language.
    ///
    /// # Errors
    /// `make` has failed.
    pub fn template(
        &mut self,
        name: &str,
        make: impl Fn(Language, &Texts) -> Result<String, BuildError>,
    ) -> Result<(), BuildError> {
        let made: Result<Vec<_>, BuildError> = self
            .languages
            .iter()
            .map(|(language, texts)| Ok((*language, make(*language, texts)?)))
            .collect();
        let mut values = Vec::new();
        for (language, text) in made? {
            let path = format!("{}_{}", name.to_uppercase(), language.code().to_uppercase());
            let segments = self.segments(&text)?;
            self.code += &format!(
                "static {path}: loop_pages::Template = loop_pages::Template::new(&[{segments}]);\n"
            );
            values.push((language, format!("&{path}")));
        }
        self.by_language(name, "loop_pages::Template", values);
        Ok(())
    }

    /// Writes `pages.rs` to the directory that Cargo expects.
    ///
    /// # Errors
    /// The file can't be written.
    pub fn write(self) -> Result<(), BuildError> {
        let directory = env::var("OUT_DIR")?;
        fs::write(Path::new(&directory).join("pages.rs"), self.code)?;
        // All parts of a page are compiled into the build script, and Cargo runs a build script
        // again when it has changed.
        println!("cargo::rerun-if-changed=build.rs");
        Ok(())
    }

    fn by_language(&mut self, name: &str, kind: &str, values: Vec<(Language, String)>) {
        let arms = values.iter().map(|(language, value)| {
            format!("        loop_pages::Language::{language:?} => {value},\n")
        });
        self.code += &format!(
            "pub(crate) fn {name}(language: loop_pages::Language) -> &'static {kind} {{\n    \
             match language {{\n{}    }}\n}}\n",
            arms.collect::<String>()
        );
    }

    fn segments(&mut self, text: &str) -> Result<String, BuildError> {
        let mut code = String::new();
        for segment in segments(text)? {
            match segment {
                Segment::Constant(text) => {
                    let index = self.constant(text)?;
                    code += &format!("loop_pages::Segment::Constant(&CONSTANT_{index}), ");
                }
                Segment::Html(name) => code += &format!("loop_pages::Segment::Html({name:?}), "),
                Segment::Script(name) => {
                    code += &format!("loop_pages::Segment::Script({name:?}), ")
                }
            }
        }
        Ok(code)
    }

    fn constant(&mut self, text: &str) -> Result<usize, BuildError> {
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
