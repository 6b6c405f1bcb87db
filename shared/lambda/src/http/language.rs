//! Chooses the language of a visitor (RFC 9110, section 12.5.4).

use lambda_http::http::header;
use loop_page_model::Language;

use super::{quality::weighted, request::Request};

/// Returns the language that the visitor prefers, by `Accept-Language`.
pub fn preferred_language(request: &Request) -> Language {
    let mut best = None;
    for (range, quality) in weighted(request, header::ACCEPT_LANGUAGE) {
        if let Some(language) = language_of(range)
            && quality > 0.0
            && best.is_none_or(|(_, best)| quality > best)
        {
            best = Some((language, quality));
        }
    }
    best.map_or(Language::English, |(language, _)| language)
}

fn language_of(range: &str) -> Option<Language> {
    // This is the `de` of `de-AT`; there are no texts that differ between countries.
    match range.split('-').next()? {
        "*" => Some(Language::English),
        code => Language::ALL.into_iter().find(|it| it.code().eq_ignore_ascii_case(code)),
    }
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
            (Some("de;Q=0"), Language::English),
            (Some("fr;q=1, , de;q=0.1"), Language::German),
            (Some("de;q=much"), Language::English),
            (Some("deutsch"), Language::English),
            (Some(""), Language::English),
        ] {
            let mut request = Request::new(Body::Empty);
            if let Some(accepted) = accepted {
                request.headers_mut().insert(header::ACCEPT_LANGUAGE, accepted.parse().unwrap());
            }
            assert_eq!(preferred_language(&request), expected, "{accepted:?}");
        }
    }
}
