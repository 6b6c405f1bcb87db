//! The languages of the pages.

/// A language of the pages.
///
/// A new language needs a variant here, a translated file in `shared/pages-build/texts/`, and the
/// texts of the error pages in `loop-lambda`: neither crate compiles without its texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// English, which is also the language for visitors who prefer none of the languages.
    English,
    /// German.
    German,
}

impl Language {
    /// All languages, the default first.
    pub const ALL: [Self; 2] = [Self::English, Self::German];

    /// Returns the code for `<html lang>` (RFC 5646).
    pub const fn code(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::German => "de",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_language_has_a_code_of_its_own() {
        let codes = Language::ALL.map(Language::code);
        for (index, code) in codes.iter().enumerate() {
            assert!(code.len() == 2 && !codes[..index].contains(code), "{code}");
        }
    }
}
