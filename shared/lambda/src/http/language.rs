//! Which language a visitor reads (RFC 9110, section 12.5.4).

use super::request::Request;
use lambda_http::http::header;

/// A language that pages speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// English, which is also for those who have not said.
    English,
    /// German.
    German,
}

impl Language {
    /// All of them, the default first.
    pub const ALL: [Self; 2] = [Self::English, Self::German];

    /// The one that the visitor prefers, by `Accept-Language`.
    pub fn preferred(request: &Request) -> Self {
        let values = request.headers().get_all(header::ACCEPT_LANGUAGE).iter();
        let ranges = values.filter_map(|value| value.to_str().ok()).flat_map(|it| it.split(','));
        let mut best = None;
        for (language, quality) in ranges.filter_map(range) {
            if quality > 0.0 && best.is_none_or(|(_, best)| quality > best) {
                best = Some((language, quality));
            }
        }
        best.map_or(Self::English, |(language, _)| language)
    }

    /// As in `<html lang>`.
    pub fn code(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::German => "de",
        }
    }
}

/// One of our languages and its quality, which is 1 unless it says otherwise.
fn range(text: &str) -> Option<(Language, f32)> {
    let mut parts = text.split(';').map(str::trim);
    let tag = parts.next()?;
    // Of `de-AT`, the language; where the country matters we have nothing to choose from.
    let code = tag.split('-').next()?;
    let language = match code {
        "*" => Language::English,
        _ => Language::ALL.into_iter().find(|it| it.code().eq_ignore_ascii_case(code))?,
    };
    let quality = parts.find_map(|parameter| parameter.strip_prefix("q="));
    Some((language, quality.map_or(Some(1.0), |quality| quality.parse().ok())?))
}

#[cfg(test)]
mod tests {
    use lambda_http::Body;

    use super::*;

    #[test]
    fn the_visitor_chooses() {
        for (accepted, expected) in [
            (None, Language::English),
            (Some("de"), Language::German),
            (Some("DE-at, en;q=0.5"), Language::German),
            (Some("en-GB,en;q=0.5"), Language::English),
            (Some("fr, de;q=0.7, en;q=0.8"), Language::English),
            (Some("fr, de;q=0.7, *;q=0.1"), Language::German),
            (Some("de, en"), Language::German),
            (Some("de;q=0"), Language::English),
            (Some("de;q=much"), Language::English),
            (Some("deutsch"), Language::English),
            (Some(""), Language::English),
        ] {
            let mut request = Request::new(Body::Empty);
            if let Some(accepted) = accepted {
                request.headers_mut().insert(header::ACCEPT_LANGUAGE, accepted.parse().unwrap());
            }
            assert_eq!(Language::preferred(&request), expected, "{accepted:?}");
        }
    }
}
