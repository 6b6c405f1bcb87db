//! The metric math of the alarms, as *Using math expressions with CloudWatch metrics* in the Amazon
//! CloudWatch User Guide describes it. Only what `template.yaml` uses is known, and anything else
//! panics.

use std::collections::BTreeMap;

use regex::Regex;

/// The value of each metric in one period. Without data, there is none.
pub(crate) type Values = BTreeMap<String, Option<f64>>;

/// An expression, as its tokens.
#[derive(Clone, Debug)]
pub(crate) struct Expression(Vec<String>);

impl Expression {
    pub(crate) fn read(text: &str) -> Self {
        let token = Regex::new(r"^\s*([a-z][A-Za-z0-9_]*|[A-Z]+|[0-9.]+|>=|==|[+/(),])").unwrap();
        let (mut tokens, mut rest) = (Vec::new(), text);
        while !rest.trim().is_empty() {
            let found = token.captures(rest).unwrap_or_else(|| panic!("unknown: {rest}"));
            tokens.push(found[1].to_owned());
            rest = &rest[found[0].len()..];
        }
        Self(tokens)
    }

    /// Evaluates the expression for one period. A part without data leaves what is computed from it
    /// without data.
    pub(crate) fn evaluate(&self, values: &Values) -> Option<f64> {
        let tokens = self.0.iter().rev().map(String::as_str).collect();
        let mut reader = Reader { tokens, values };
        let value = reader.condition();
        assert_eq!(reader.tokens.pop(), None, "{self:?}");
        value
    }
}

/// The tokens that are left, the next one last.
struct Reader<'a> {
    tokens: Vec<&'a str>,
    values: &'a Values,
}

impl Reader<'_> {
    fn condition(&mut self) -> Option<f64> {
        let mut value = self.comparison();
        while self.takes("AND") {
            let other = self.comparison();
            value = both(value, other, |a, b| truth(a != 0.0 && b != 0.0));
        }
        value
    }

    fn comparison(&mut self) -> Option<f64> {
        let value = self.sum();
        if self.takes(">=") {
            return both(value, self.sum(), |a, b| truth(a >= b));
        }
        if self.takes("==") {
            return both(value, self.sum(), |a, b| truth(a == b));
        }
        value
    }

    fn sum(&mut self) -> Option<f64> {
        let mut value = self.quotient();
        while self.takes("+") {
            value = both(value, self.quotient(), |a, b| a + b);
        }
        value
    }

    /// The documentation does not say what a division by zero gives, so no rule may come to one,
    /// not even in a branch that is not chosen.
    fn quotient(&mut self) -> Option<f64> {
        let mut value = self.single();
        while self.takes("/") {
            value = both(value, self.single(), |a, b| {
                assert_ne!(b, 0.0, "a division by zero");
                a / b
            });
        }
        value
    }

    fn single(&mut self) -> Option<f64> {
        let token = self.tokens.pop().expect("the expression goes on");
        match token {
            "(" => {
                let value = self.condition();
                self.expect(")");
                value
            }
            "IF" => {
                self.expect("(");
                let condition = self.condition();
                self.expect(",");
                let yes = self.condition();
                self.expect(",");
                let no = self.condition();
                self.expect(")");
                if condition? == 0.0 { no } else { yes }
            }
            _ if token.starts_with(|first: char| first.is_ascii_digit()) => {
                Some(token.parse().unwrap())
            }
            _ if token.starts_with(|first: char| first.is_ascii_lowercase()) => {
                *self.values.get(token).unwrap_or_else(|| panic!("no metric {token}"))
            }
            _ => panic!("unknown: {token}"),
        }
    }

    fn takes(&mut self, token: &str) -> bool {
        let is_next = self.tokens.last() == Some(&token);
        if is_next {
            self.tokens.pop();
        }
        is_next
    }

    fn expect(&mut self, token: &str) {
        assert!(self.takes(token), "{token} expected, but {:?} comes", self.tokens.last());
    }
}

fn both(a: Option<f64>, b: Option<f64>, compute: impl Fn(f64, f64) -> f64) -> Option<f64> {
    Some(compute(a?, b?))
}

fn truth(is_so: bool) -> f64 {
    f64::from(u8::from(is_so))
}

#[test]
fn expressions_have_their_values() {
    let values = [("a", Some(6.0)), ("b", Some(2.0)), ("none", None)];
    let values: Values = values.map(|(name, value)| (name.to_owned(), value)).into();
    for (expression, value) in [
        ("a + b / b", Some(7.0)),
        ("(a + b) / b", Some(4.0)),
        ("IF(a >= 6 AND b == 2, a, b)", Some(6.0)),
        ("IF(a >= 6.5, a, b)", Some(2.0)),
        ("IF(a == 6 AND b >= 3, 1, 0)", Some(0.0)),
        ("a + none", None),
        ("IF(none >= 1, 1, 0)", None),
        ("IF(a >= 1, none, 0)", None),
    ] {
        assert_eq!(Expression::read(expression).evaluate(&values), value, "{expression}");
    }
    for wrong in ["a - b", "a * b", "FILL(a, 0)", "a > b", "c", "a b", "(a", "a / (IF(a, 0, 0))"] {
        let evaluated = std::panic::catch_unwind(|| Expression::read(wrong).evaluate(&values));
        assert!(evaluated.is_err(), "{wrong}");
    }
}
