//! Names of callees, and of the persons for whom links are made: which texts are accepted, and how
//! they are cleaned.

use icu_properties::{
    CodePointMapData, CodePointSetData,
    props::{
        BidiControl, DefaultIgnorableCodePoint, GeneralCategory, NoncharacterCodePoint,
        VariationSelector, WhiteSpace,
    },
};
use loop_core::{CalleeName, Reason, RemoteId};
use proptest::prelude::*;

const BLANK_SYMBOLS: [char; 3] = ['\u{2800}', '\u{16fe4}', '\u{1d159}'];

fn cleaned(text: &str) -> Result<String, Reason> {
    let remote_id: Result<RemoteId, _> = text.parse();
    let callee_name = CalleeName::try_from(text.to_owned());
    assert_eq!(
        remote_id.as_ref().map(RemoteId::as_str),
        callee_name.as_ref().map(CalleeName::as_str),
        "the same rules for both"
    );
    remote_id.map(String::from)
}

#[track_caller]
fn assert_kept(text: &str) {
    assert_eq!(cleaned(text).as_deref(), Ok(text), "{text:?} {}", text.escape_unicode());
}

#[track_caller]
fn assert_refused(text: &str) {
    let hidden = "no control characters and no invisible or direction-changing ones";
    assert_eq!(cleaned(text), Err(hidden.into()), "{text:?} {}", text.escape_unicode());
}

#[test]
fn the_bounds_are_characters() {
    for character in ["a", "é", "я", "ب", "名", "𠮷", "😀"] {
        assert_kept(character);
        assert_kept(&character.repeat(64));
        let long = character.repeat(65);
        assert_eq!(cleaned(&long).unwrap_err(), "at most 64 characters", "{long}");
    }
    for blank in ["", " ", " \u{a0}", "\u{200d}", "\u{3164}\u{2800}", "\u{202d}\u{202c}", "\t\r\n"]
    {
        assert_eq!(cleaned(blank).unwrap_err(), "must not be empty", "{blank:?}");
    }
}

#[test]
fn full_names_of_every_script_fit() {
    for name in [
        "Екатерина Смирнова",
        "Wolfeschlegelsteinhausenbergerdorff",
        "Αικατερίνη Παπαδοπούλου",
        "عبد الرحمن بن محمد",
        "محمد\u{200c}رضا پهلوان",
        "می\u{200c}خواهم",
        "מרים בת־אברהם",
        "श्रीमती लक्ष्मी वेंकटेश्वरन",
        "ক্ষমা র\u{200d}্যাব",
        "ന\u{d4d}\u{200d} അവന\u{d4d}\u{200d}",
        "ශ\u{dca}\u{200d}රී ලංකා",
        "ನರ\u{200d}್ಕ",
        "สมชาย ใจดี",
        "ម៉ៅ សេងហាក់",
        "မောင်မောင်",
        "བསྟན་འཛིན་རྒྱ་མཚོ་",
        "ᠮᠣᠩᠭᠣᠯ ᠠ\u{180b}",
        "葛\u{e0100}城 花子",
        "𠮷野家",
        "김수한무 거북이와두루미",
        "Nguyễn Thị Minh Khai",
        "Zoë <z@x>",
        "O'Neil & \"co\"",
        "+49 89 123",
        "a\u{fffd}",
        "\u{600}١٢",
    ] {
        assert_kept(name);
    }
}

#[test]
fn emoji_are_seen_whole() {
    for emoji in [
        "👩\u{200d}👩\u{200d}👧",
        "👨\u{1f3fd}\u{200d}🦰",
        "🏳\u{fe0f}\u{200d}🌈",
        "⛓\u{fe0f}\u{200d}💥",
        "👩\u{1f3fd}\u{200d}⚕\u{fe0f}",
        "❤\u{fe0f}",
        "1\u{fe0f}\u{20e3}",
        "🇩🇪",
        "🏴\u{e0067}\u{e0062}\u{e0077}\u{e006c}\u{e0073}\u{e007f}",
        "🏴\u{e0075}\u{e0073}\u{e0074}\u{e0078}\u{e007f}",
        "☎\u{fe0e}",
    ] {
        assert_kept(emoji);
        assert_kept(&format!("Bob {emoji}"));
        assert_kept(&format!("{emoji} Anna"));
        assert_kept(&format!("{emoji}{emoji}Anna{emoji}"));
    }
}

#[test]
fn blanks_and_invisible_marks_at_both_ends_are_dropped() {
    let marks = [
        " ",
        "\t",
        "\r\n",
        "\u{a0}",
        "\u{3000}",
        "\u{2028}",
        "\u{85}",
        "\u{ad}",
        "\u{200b}",
        "\u{200c}",
        "\u{200e}",
        "\u{200f}",
        "\u{61c}",
        "\u{202a}",
        "\u{202c}",
        "\u{202d}",
        "\u{202e}",
        "\u{2060}",
        "\u{2066}",
        "\u{2069}",
        "\u{feff}",
        "\u{3164}",
        "\u{2800}",
        "\u{180e}",
        "\u{1bca0}",
        "\u{e0001}",
        "\u{e0041}",
        "\u{e007f}",
        "\u{e0fff}",
        "\u{fe0f}",
        "\u{200d}",
    ];
    for text in ["Bob", "+49 89 1234567", "Боб", "名", "بوب", "❤\u{fe0f}"] {
        for before in marks {
            for after in marks {
                // After a letter that it joins, a joiner is a part of the visible text.
                if text == "بوب" && ["\u{200d}", "\u{fe0f}"].contains(&after)
                    || text == "名" && after == "\u{fe0f}"
                {
                    continue;
                }
                let written = format!("{before}{before}{text}{after}{before}{after}");
                if text != "بوب" && text != "名" {
                    assert_eq!(
                        cleaned(&written).as_deref(),
                        Ok(text),
                        "{}",
                        written.escape_unicode()
                    );
                }
                let written = format!("{before}{text}{after}");
                assert_eq!(cleaned(&written).as_deref(), Ok(text), "{}", written.escape_unicode());
            }
        }
    }
    assert_eq!(cleaned(&format!("{0}{1}{0}", " ".repeat(500), "b".repeat(64))).unwrap().len(), 64);
}

#[test]
fn what_hides_inside_is_refused() {
    for hidden in [
        "Bo\u{200d}b",
        "Bo\u{200c}b",
        "Bo\u{fe0f}b",
        "Bo\u{1bca0}b",
        "Bo\u{e0080}b",
        "Bo\u{e01f0}b",
        "Bo\u{e0fff}b",
        "Бо\u{fe0f}б",
        "Бо\u{200d}б",
        "é\u{200d}a",
        "あ\u{200d}あ",
        "한\u{200c}글",
        "a\u{202e}b",
        "a\u{2066}b",
        "a\u{200e}b",
        "a\u{3164}b",
        "a\u{2800}b",
        "a\u{115f}b",
        "a\u{fff9}b",
        "a\nb",
        "a\tb",
        "a\u{2028}b",
        "a\u{85}b",
        "a \u{200d} b",
        "1\u{fe0f}2",
        "❤\u{fe0f}\u{fe0f}b",
        "👩\u{200d}b",
        "👩\u{200d}\u{200d}👧",
        // These are tags without a flag, without an end, and with letters that no flag has.
        "a\u{e0067}\u{e0062}\u{e007f}b",
        "🏴\u{e0067}\u{e0062}\u{e0077}\u{e006c}\u{e0073}b",
        "🏴\u{e0041}\u{e0042}\u{e0043}\u{e007f}b",
        "🏴\u{e007f}b",
        "😀\u{e0067}\u{e0062}\u{e0077}\u{e006c}\u{e0073}\u{e007f}b",
    ] {
        assert_refused(hidden);
    }
    // These are no marks that come along with copied text.
    for broken in ["a\0", "\u{1b}a", "a\u{7f}", "a\u{9b}", "a\u{fffe}", "\u{fdd0}a", "\u{10ffff}a"]
    {
        assert_refused(broken);
    }
}

/// Between two Latin letters, every character is either seen or refused.
#[test]
fn unicode_decides_what_is_invisible() {
    let category = CodePointMapData::<GeneralCategory>::new();
    for character in '\0'..=char::MAX {
        let category = category.get(character);
        let is_control = matches!(
            category,
            GeneralCategory::Control
                | GeneralCategory::LineSeparator
                | GeneralCategory::ParagraphSeparator
        );
        let must_be_refused = is_control
            || CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(character)
            || CodePointSetData::new::<BidiControl>().contains(character)
            || CodePointSetData::new::<NoncharacterCodePoint>().contains(character)
            || CodePointSetData::new::<VariationSelector>().contains(character);
        // Some of these are visible, and some of the blanks are symbols.
        let may_be_either =
            category == GeneralCategory::Format || BLANK_SYMBOLS.contains(&character);
        let text = format!("a{character}b");
        if must_be_refused {
            assert_refused(&text);
        } else if !may_be_either {
            assert_kept(&text);
        }
        // At an end it is dropped, refused, or visible.
        let written = format!("{character}a");
        match cleaned(&written) {
            Ok(text) if text == "a" => assert!(
                must_be_refused
                    || CodePointSetData::new::<WhiteSpace>().contains(character)
                    || may_be_either,
                "{character:?}"
            ),
            Ok(text) => assert!(text == written && !must_be_refused, "{character:?}"),
            Err(_) => assert!(must_be_refused, "{character:?}"),
        }
    }
}

proptest! {
    /// Cleaning a second time changes nothing, and nothing is removed from the middle.
    #[test]
    fn what_is_clean_stays_as_it_is(text in "[ a-cя👩🏴🏽\u{200b}-\u{200f}\u{fe0f}\u{e0061}\u{e007f}ب्क]{0,20}") {
        if let Ok(clean) = cleaned(&text) {
            prop_assert!(text.contains(&clean));
            prop_assert_eq!(cleaned(&clean), Ok(clean));
        }
    }
}
