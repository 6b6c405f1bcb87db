//! Classes of characters: those that can't be seen, and the places of those that are part of
//! others. Unicode's own properties decide; `table.rs` has them.

use super::table::{IDEOGRAPHIC, INVISIBLE, JOINING, PICTOGRAPHIC};

const ZERO_WIDTH_NON_JOINER: char = '\u{200C}';
const ZERO_WIDTH_JOINER: char = '\u{200D}';
const EMOJI_STYLE: char = '\u{FE0F}';
const KEYCAP: char = '\u{20E3}';
/// The one base of tag sequences so far.
const BLACK_FLAG: char = '\u{1F3F4}';
const CANCEL_TAG: char = '\u{E007F}';

/// Returns whether the General_Category is Cc, Zl or Zp.
pub(super) fn is_control(character: char) -> bool {
    character.is_control() || matches!(character, '\u{2028}' | '\u{2029}')
}

/// Returns whether the character is a Noncharacter_Code_Point.
pub(super) fn is_noncharacter(character: char) -> bool {
    u32::from(character) & 0xFFFE == 0xFFFE || matches!(character, '\u{FDD0}'..='\u{FDEF}')
}

/// Returns whether the character is a Bidi_Control.
pub(super) fn is_bidi_control(character: char) -> bool {
    matches!(character,
        '\u{061C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

/// Returns whether the character by itself shows nothing.
pub(super) fn is_invisible(character: char) -> bool {
    // ASCII has no such character, and most names are ASCII.
    !character.is_ascii() && is_in(INVISIBLE, character)
}

/// Returns whether an invisible character changes those beside it.
pub(super) fn is_attached(before: &str, character: char, after: &str) -> bool {
    let next = after.chars().next();
    match character {
        ZERO_WIDTH_NON_JOINER => last(before).is_some_and(joins) && next.is_some_and(joins),
        ZERO_WIDTH_JOINER => {
            let base = last(before.trim_end_matches(is_variation_selector));
            let is_between_emoji =
                base.is_some_and(is_emoji) && next.is_some_and(|next| is_in(PICTOGRAPHIC, next));
            base.is_some_and(joins) || next.is_some_and(joins) || is_between_emoji
        }
        CANCEL_TAG => ends_with_flag(before),
        _ if is_variation_selector(character) => last(before).is_some_and(|base| match base {
            '0'..='9' | '#' | '*' => character == EMOJI_STYLE && next == Some(KEYCAP),
            base => is_emoji(base) || is_in(IDEOGRAPHIC, base) || joins(base),
        }),
        _ => false,
    }
}

/// Returns how many bytes of tags follow `base` and turn it into the flag of a part of a country,
/// such as Wales (Unicode Technical Standard 51, annex C.1).
pub(super) fn attached_tags(base: char, after: &str) -> usize {
    let tags = after.trim_start_matches(is_tag_of_region);
    let length = after.len() - tags.len();
    match tags.strip_prefix(CANCEL_TAG) {
        Some(rest) if base == BLACK_FLAG && is_region(length) => after.len() - rest.len(),
        _ => 0,
    }
}

/// Returns whether the text ends with such a flag, without the tag that ends the flag.
fn ends_with_flag(text: &str) -> bool {
    let base = text.trim_end_matches(is_tag_of_region);
    base.ends_with(BLACK_FLAG) && is_region(text.len() - base.len())
}

/// Returns whether so many bytes of tags spell a region: two letters or three digits for a country,
/// and up to four more for a part of it (Unicode Technical Standard 35, `unicode_subdivision_id`).
fn is_region(bytes: usize) -> bool {
    (3..=7).contains(&(bytes / CANCEL_TAG.len_utf8()))
}

fn is_tag_of_region(character: char) -> bool {
    matches!(character, '\u{E0030}'..='\u{E0039}' | '\u{E0061}'..='\u{E007A}')
}

fn is_emoji(character: char) -> bool {
    // Skin colours stand between a person and the person's activity.
    is_in(PICTOGRAPHIC, character) || matches!(character, '\u{1F3FB}'..='\u{1F3FF}')
}

/// Returns whether the character is of a script in which joiners show.
fn joins(character: char) -> bool {
    is_in(JOINING, character)
}

/// Returns whether the character is a Variation_Selector.
fn is_variation_selector(character: char) -> bool {
    matches!(character,
        '\u{180B}'..='\u{180D}' | '\u{180F}' | '\u{FE00}'..='\u{FE0F}' | '\u{E0100}'..='\u{E01EF}')
}

fn last(text: &str) -> Option<char> {
    text.chars().next_back()
}

fn is_in(ranges: &[(u32, u32)], character: char) -> bool {
    let code_point = u32::from(character);
    let after = ranges.partition_point(|(first, _)| *first <= code_point);
    after.checked_sub(1).is_some_and(|index| code_point <= ranges[index].1)
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, fmt::Write, fs, path::Path};

    use icu_properties::{
        CodePointMapData, CodePointSetData,
        props::{
            BidiControl, DefaultIgnorableCodePoint, ExtendedPictographic, GeneralCategory,
            GeneralCategoryGroup, Ideographic, IndicSyllabicCategory, JoiningType,
            NoncharacterCodePoint, PrependedConcatenationMark, Script, VariationSelector,
        },
        script::ScriptWithExtensions,
    };

    use super::*;

    /// Blanks that are symbols or marks to Unicode, and that no property marks as blank: an empty
    /// braille cell, a filler of the Khitan script and a notehead that is not drawn.
    const BLANK_SYMBOLS: [char; 3] = ['\u{2800}', '\u{16FE4}', '\u{1D159}'];

    fn category(character: char) -> GeneralCategory {
        CodePointMapData::<GeneralCategory>::new().get(character)
    }

    fn is_in_category(character: char, group: GeneralCategoryGroup) -> bool {
        group.contains(category(character))
    }

    fn is_ignorable(character: char) -> bool {
        CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(character)
    }

    fn must_be_invisible(character: char) -> bool {
        let is_visible_format =
            CodePointSetData::new::<PrependedConcatenationMark>().contains(character);
        is_ignorable(character)
            || CodePointSetData::new::<BidiControl>().contains(character)
            || category(character) == GeneralCategory::Format && !is_visible_format
            || matches!(
                category(character),
                GeneralCategory::LineSeparator | GeneralCategory::ParagraphSeparator
            )
            || BLANK_SYMBOLS.contains(&character)
    }

    /// Returns the scripts whose letters take other shapes beside each other, or stack.
    fn joining_scripts() -> Vec<Script> {
        let shapes =
            [JoiningType::DualJoining, JoiningType::LeftJoining, JoiningType::RightJoining];
        let stackers = [
            IndicSyllabicCategory::Virama,
            IndicSyllabicCategory::InvisibleStacker,
            IndicSyllabicCategory::PureKiller,
        ];
        let no_script = [Script::Common, Script::Inherited, Script::Unknown, Script::Latin];
        let scripts: BTreeSet<_> = ('\0'..=char::MAX)
            .filter(|it| {
                shapes.contains(&CodePointMapData::<JoiningType>::new().get(*it))
                    || stackers.contains(&CodePointMapData::<IndicSyllabicCategory>::new().get(*it))
            })
            .map(|it| CodePointMapData::<Script>::new().get(it))
            .collect();
        scripts.into_iter().filter(|script| !no_script.contains(script)).collect()
    }

    /// Returns whether the character is a letter or mark of such a script. A mark of several
    /// scripts counts only if none of them is a script in which joiners show nothing.
    fn must_join(character: char, scripts: &[Script]) -> bool {
        let is_part = is_in_category(character, GeneralCategoryGroup::Letter)
            || is_in_category(character, GeneralCategoryGroup::Mark);
        if !is_part || must_be_invisible(character) {
            return false;
        }
        match CodePointMapData::<Script>::new().get(character) {
            Script::Inherited => {
                let data = ScriptWithExtensions::new();
                let extensions: Vec<_> = data.get_script_extensions_val(character).iter().collect();
                let plain = [Script::Latin, Script::Greek, Script::Cyrillic];
                extensions.iter().any(|script| scripts.contains(script))
                    && !plain.iter().any(|script| extensions.contains(script))
            }
            script => scripts.contains(&script),
        }
    }

    /// Returns the fewest ranges that say of each character whether it belongs in, if that matters.
    fn ranges(belongs: impl Fn(char) -> Option<bool>) -> Vec<(u32, u32)> {
        let mut ranges: Vec<(u32, u32)> = Vec::new();
        let mut was_in = false;
        for (character, is_in) in ('\0'..=char::MAX).filter_map(|it| Some((it, belongs(it)?))) {
            let code_point = u32::from(character);
            match ranges.last_mut() {
                Some((_, last)) if is_in && was_in => *last = code_point,
                _ if is_in => ranges.push((code_point, code_point)),
                _ => {}
            }
            was_in = is_in;
        }
        ranges
    }

    /// Returns the text that `table.rs` must have.
    fn table() -> String {
        let scripts = joining_scripts();
        let mut text = "//! Properties of Unicode's characters, as ranges of code points in ascending order. Made by\n\
             //! `cargo test -p loop-core the_table_is_written -- --ignored`; a test compares.\n"
            .to_owned();
        for (about, name, ranges) in [
            (
                "Default_Ignorable_Code_Point, Bidi_Control, General_Category Cf (without\n\
                 /// Prepended_Concatenation_Mark), Zl and Zp, and three blanks that are symbols.",
                "INVISIBLE",
                ranges(|it| Some(must_be_invisible(it))),
            ),
            (
                "Letters and marks of the scripts in which joiners show, and what is not assigned\n\
                 /// between them.",
                "JOINING",
                ranges(|it| {
                    let is_assigned = category(it) != GeneralCategory::Unassigned;
                    is_assigned.then(|| must_join(it, &scripts))
                }),
            ),
            (
                "Extended_Pictographic.",
                "PICTOGRAPHIC",
                ranges(|it| Some(CodePointSetData::new::<ExtendedPictographic>().contains(it))),
            ),
            (
                "Ideographic.",
                "IDEOGRAPHIC",
                ranges(|it| Some(CodePointSetData::new::<Ideographic>().contains(it))),
            ),
        ] {
            write!(text, "\n/// {about}\n#[rustfmt::skip]\n").unwrap();
            writeln!(text, "pub(super) const {name}: &[(u32, u32)] = &[").unwrap();
            for line in ranges.chunks(5) {
                let line: Vec<_> =
                    line.iter().map(|(first, last)| format!("({first:#X}, {last:#X}),")).collect();
                writeln!(text, "    {}", line.join(" ")).unwrap();
            }
            text.push_str("];\n");
        }
        text
    }

    fn file() -> std::path::PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("src/text/table.rs")
    }

    #[test]
    fn the_table_is_that_of_unicode() {
        assert!(
            fs::read_to_string(file()).unwrap() == table(),
            "run `cargo test -p loop-core the_table_is_written -- --ignored`"
        );
    }

    #[test]
    #[ignore = "writes the table: when `icu_properties` has a new version of Unicode"]
    fn the_table_is_written() {
        fs::write(file(), table()).unwrap();
    }

    #[test]
    fn what_needs_no_table_is_that_of_unicode_too() {
        for character in '\0'..=char::MAX {
            let expected = [
                matches!(
                    category(character),
                    GeneralCategory::Control
                        | GeneralCategory::LineSeparator
                        | GeneralCategory::ParagraphSeparator
                ),
                CodePointSetData::new::<NoncharacterCodePoint>().contains(character),
                CodePointSetData::new::<BidiControl>().contains(character),
                CodePointSetData::new::<VariationSelector>().contains(character),
            ];
            let found = [
                is_control(character),
                is_noncharacter(character),
                is_bidi_control(character),
                is_variation_selector(character),
            ];
            assert_eq!(found, expected, "{character:?}");
        }
    }
}
