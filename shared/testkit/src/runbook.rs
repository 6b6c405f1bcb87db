//! The procedures of `docs/runbook.md`, so that tests run what is written there.

use std::{fs, path::Path};

/// The headline above all procedures.
const PROCEDURES: &str = "\n## Procedures\n";
const BLOCK: &str = "```sh";

/// A procedure: its headline, and the text below it.
#[derive(Clone, Debug)]
pub struct Procedure {
    /// The headline.
    pub title: String,
    /// Everything up to the next headline.
    pub text: String,
}

impl Procedure {
    /// Returns all procedures in their order.
    ///
    /// # Panics
    /// The document has no such part.
    pub fn all() -> Vec<Self> {
        let part = part();
        part.split("\n### ")
            .skip(1)
            .map(|section| {
                let (title, text) = section.split_once('\n').unwrap();
                Self { title: title.to_owned(), text: text.to_owned() }
            })
            .collect()
    }

    /// Returns the procedure with this headline.
    ///
    /// # Panics
    /// There is none.
    pub fn titled(title: &str) -> Self {
        let found = Self::all().into_iter().find(|procedure| procedure.title == title);
        found.unwrap_or_else(|| panic!("docs/runbook.md has no procedure {title:?}"))
    }

    /// Returns the blocks of commands in their order.
    pub fn blocks(&self) -> Vec<String> {
        blocks(&self.text)
    }

    /// Returns the text between quotes that an option has wherever the procedure gives it.
    ///
    /// # Panics
    /// The procedure does not give it, or gives it different values.
    pub fn option(&self, name: &str) -> String {
        let blocks = self.blocks().join("\n");
        let mut values: Vec<_> = blocks
            .split(&format!("{name} '"))
            .skip(1)
            .map(|rest| rest.split('\'').next().unwrap_or_default())
            .collect();
        values.dedup();
        let [value] = values[..] else { panic!("{}: {name} is {values:?}", self.title) };
        value.to_owned()
    }

    /// Returns the tests that run the procedure, as `path::function`: the line "Run by" has them.
    pub fn tests(&self) -> Vec<(&str, &str)> {
        let line = self.text.lines().find(|line| line.starts_with("Run by "));
        let quoted = line.unwrap_or_default().split('`').skip(1).step_by(2);
        quoted.filter_map(|test| test.split_once("::")).collect()
    }
}

/// Returns the blocks of commands that stand before the first procedure: what all of them use.
pub fn shared_blocks() -> Vec<String> {
    blocks(part().split("\n### ").next().unwrap())
}

fn part() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/runbook.md");
    let text = fs::read_to_string(path).unwrap();
    let (_, part) = text.split_once(PROCEDURES).expect("there are procedures");
    part.split("\n## ").next().unwrap_or(part).to_owned()
}

/// Returns the blocks of commands, without the blanks that a list indents them by.
fn blocks(text: &str) -> Vec<String> {
    let mut blocks = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let Some(indentation) = line.strip_suffix(BLOCK).filter(|it| it.trim().is_empty()) else {
            continue;
        };
        let block = lines.by_ref().take_while(|line| line.trim() != "```");
        let block: Vec<_> =
            block.map(|line| line.strip_prefix(indentation).unwrap_or(line)).collect();
        blocks.push(block.join("\n"));
    }
    blocks
}
