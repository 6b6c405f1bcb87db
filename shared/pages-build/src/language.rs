//! The languages that the pages speak. To add one, copy a file of `texts/`, translate it, and add it
//! here and to the enum of the same name in `loop-lambda`, which also has the words for errors; the
//! build of the pages fails until it has both.

/// A language, and where its texts are.
#[derive(Clone, Copy, Debug)]
pub struct Language {
    /// As in `<html lang>`.
    pub code: &'static str,
    /// Its name in `loop_lambda::Language`.
    pub(crate) variant: &'static str,
    /// JSON.
    pub(crate) texts: &'static str,
}

impl Language {
    /// All of them.
    pub const ALL: [Self; 2] = [
        Self { code: "en", variant: "English", texts: include_str!("../texts/en.json") },
        Self { code: "de", variant: "German", texts: include_str!("../texts/de.json") },
    ];
}
