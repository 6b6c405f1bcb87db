//! Reads JSON from clients that are not trusted, and refuses objects with two members of one name.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value, map::Entry};

/// The mark that some programs put before their text (RFC 8259, section 8.1).
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// The reason why a text is refused.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The text is not JSON.
    Syntax,
    /// An object has two members of one name, and RFC 8259, section 4, leaves open which of them
    /// counts. The names lead from the outermost object to the repeated member.
    Repeated(Vec<String>),
}

/// Reads a JSON text, in UTF-8 and with or without a byte order mark.
pub(crate) fn read(text: &[u8]) -> Result<Value, Fault> {
    let text = text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text);
    let mut repeated = None;
    let mut deserializer = serde_json::Deserializer::from_slice(text);
    let value = OneOfEach { repeated: &mut repeated }
        .deserialize(&mut deserializer)
        .and_then(|value| deserializer.end().map(|()| value))
        .map_err(|_| Fault::Syntax)?;
    match repeated {
        None => Ok(value),
        Some(mut names) => {
            names.reverse();
            Err(Fault::Repeated(names))
        }
    }
}

/// A reader of values that reads as `serde_json` does, and notes the first name that an object has
/// twice.
struct OneOfEach<'a> {
    /// The names of the members that lead to the repeated one, the innermost first.
    repeated: &'a mut Option<Vec<String>>,
}

impl<'de> DeserializeSeed<'de> for OneOfEach<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for OneOfEach<'_> {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut array = Vec::new();
        while let Some(item) = items.next_element_seed(OneOfEach { repeated: self.repeated })? {
            array.push(item);
        }
        Ok(Value::Array(array))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            let mut within = None;
            let value = members.next_value_seed(OneOfEach { repeated: &mut within })?;
            let entry = object.entry(name);
            if matches!(entry, Entry::Occupied(_)) {
                within = Some(Vec::new());
            }
            if let Some(mut names) = within
                && self.repeated.is_none()
            {
                names.push(entry.key().clone());
                *self.repeated = Some(names);
            }
            entry.or_insert(value);
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn repeated(text: &str) -> Vec<String> {
        match read(text.as_bytes()) {
            Err(Fault::Repeated(names)) => names,
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn what_is_said_twice_is_found_at_every_depth() {
        for (text, expected) in [
            (r#"{"a":1,"a":2}"#, "a"),
            (r#"{"a":1,"a":1}"#, "a"),
            (r#"{"a":null,"b":2,"a":null}"#, "a"),
            (r#"{"\u0061":1,"a":2}"#, "a"),
            (r#"{"":1,"":2}"#, ""),
            (r#"{"a":{"b":1,"b":2}}"#, "a.b"),
            (r#"{"a":{"b":[1,{"c":{"d":1,"d":2}}]}}"#, "a.b.c.d"),
            (r#"[[{"a":1},{"a":1,"a":2}]]"#, "a"),
            (r#"{"a":{"b":1,"b":2},"a":1}"#, "a.b"),
        ] {
            assert_eq!(repeated(text).join("."), expected, "{text}");
        }
    }

    #[test]
    fn names_that_only_look_alike_are_two() {
        for text in [
            r#"{"a":1,"A":2}"#,
            r#"{"a":1,"b":{"a":2}}"#,
            r#"[{"a":1},{"a":2}]"#,
            r#"{"é":1,"e\u0301":2}"#,
            r#"{"a":1,"a ":2}"#,
        ] {
            assert!(read(text.as_bytes()).is_ok(), "{text}");
        }
    }

    #[test]
    fn one_byte_order_mark_is_no_part_of_the_text() {
        assert_eq!(read("\u{feff}{}".as_bytes()), Ok(json!({})));
        for wrong in ["\u{feff}", "\u{feff}\u{feff}{}", "{\u{feff}}", "{}\u{feff}"] {
            assert_eq!(read(wrong.as_bytes()), Err(Fault::Syntax), "{wrong:?}");
        }
        for utf_16 in [&b"\xff\xfe{\0}\0"[..], b"\xfe\xff\0{\0}"] {
            assert_eq!(read(utf_16), Err(Fault::Syntax));
        }
    }

    #[test]
    fn what_is_no_json_is_refused_even_if_it_says_a_thing_twice() {
        for text in [r#"{"a":1,"a":2"#, r#"{"a":1,"a":2} x"#, r#"{"a":1,"a":1e999}"#] {
            assert_eq!(read(text.as_bytes()), Err(Fault::Syntax), "{text}");
        }
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<u64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            any::<String>().prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 32, 8, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..8).prop_map(Value::from),
                prop::collection::btree_map(any::<String>(), inner, 0..8)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]

        /// A text without repeated names is read as `serde_json` reads it.
        #[test]
        fn the_rest_is_read_as_usual(value in any_json()) {
            let text = value.to_string();
            let usual: Value = serde_json::from_str(&text).unwrap();
            prop_assert_eq!(read(text.as_bytes()), Ok(usual));
        }
    }
}
