//! Chooses the type of response that a client prefers (RFC 9110, section 12.5.1), and whether it is
//! compressed (section 12.5.3).

use std::cmp::Ordering;

use lambda_http::http::header;

use super::{error::Error, quality::weighted, request::Request};

/// `application/json`
pub const JSON: &str = "application/json";
/// `text/html`
pub const HTML: &str = "text/html";

/// Returns the type that the client prefers, JSON or HTML: the one with the higher quality, and
/// among equals the one that it names more exactly. A client that names neither, such as one that
/// sends `*/*` or no `Accept` at all, gets `unnamed`. A client that names both with the same
/// quality is a program, and gets JSON.
///
/// # Errors
/// [`Error::NotAcceptable`]: the client accepts neither.
pub fn json_or_html(request: &Request, unnamed: &'static str) -> Result<&'static str, Error> {
    let ranges = weighted(request, header::ACCEPT);
    let (json, html) = (preference(&ranges, JSON), preference(&ranges, HTML));
    if !json.is_acceptable() && !html.is_acceptable() {
        return Err(Error::NotAcceptable("JSON or HTML"));
    }
    Ok(match json.partial_cmp(&html) {
        Some(Ordering::Greater) => JSON,
        Some(Ordering::Less) => HTML,
        _ if json.specificity == NAMED => JSON,
        _ => unnamed,
    })
}

/// Checks that the client accepts JSON.
///
/// # Errors
/// [`Error::NotAcceptable`]: the client does not accept JSON.
pub fn json(request: &Request) -> Result<(), Error> {
    if preference(&weighted(request, header::ACCEPT), JSON).is_acceptable() {
        return Ok(());
    }
    Err(Error::NotAcceptable("JSON"))
}

/// Returns whether the client accepts gzip and likes it at least as much as no compression. A
/// client that does not ask for gzip, such as `curl`, may not decompress it.
pub fn gzip(request: &Request) -> bool {
    let codings = weighted(request, header::ACCEPT_ENCODING);
    let quality = |wanted: &str| {
        let found = codings.iter().find(|(coding, _)| coding.eq_ignore_ascii_case(wanted));
        found.map(|(_, quality)| *quality)
    };
    // `x-gzip` is an older name of the same coding (section 8.4.1.3).
    let gzip = quality("gzip").or(quality("x-gzip")).or(quality("*")).unwrap_or(0.0);
    // No compression counts as a coding (section 12.5.3), which `*` may stand for as well.
    let identity = quality("identity").or(quality("*")).unwrap_or(0.0);
    gzip > 0.0 && gzip >= identity
}

/// The quality that a client gives a type, and how exactly it has named the type.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
struct Preference {
    /// A value from 0, which is "not acceptable", to 1.
    quality: f32,
    /// A value from 0, which stands for `*/*`, to [`NAMED`].
    specificity: u8,
}

/// The specificity of a range that is a type and a subtype.
const NAMED: u8 = 2;

impl Preference {
    fn is_acceptable(self) -> bool {
        self.quality > 0.0
    }
}

/// Returns the preference that the most specific matching range gives. Every type is acceptable
/// when there are no ranges.
fn preference(ranges: &[(&str, f32)], candidate: &str) -> Preference {
    if ranges.is_empty() {
        return Preference { quality: 1.0, specificity: 0 };
    }
    let whole_type = candidate.split_once('/').map_or("", |(kind, _)| kind);
    let specificity = |range: &str| match range.split_once('/') {
        _ if range.eq_ignore_ascii_case(candidate) => Some(NAMED),
        Some((kind, "*")) if kind.eq_ignore_ascii_case(whole_type) => Some(1),
        Some(("*", "*")) => Some(0),
        _ => None,
    };
    ranges
        .iter()
        .filter_map(|(range, quality)| {
            Some(Preference { quality: *quality, specificity: specificity(range)? })
        })
        .max_by_key(|preference| preference.specificity)
        .unwrap_or(Preference { quality: 0.0, specificity: 0 })
}

#[cfg(test)]
mod tests {
    use lambda_http::Body;

    use super::*;

    fn prefer(accept: Option<&str>, unnamed: &'static str) -> Option<&'static str> {
        let mut request = Request::new(Body::Empty);
        if let Some(accept) = accept {
            request.headers_mut().insert(header::ACCEPT, accept.parse().unwrap());
        }
        json_or_html(&request, unnamed).ok()
    }

    #[test]
    fn the_client_chooses() {
        let firefox = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
        for (accept, expected) in [
            (firefox, Some(HTML)),
            ("text/html, application/xhtml+xml, */*", Some(HTML)),
            ("text/html", Some(HTML)),
            ("TEXT/HTML", Some(HTML)),
            ("text/*", Some(HTML)),
            ("text/*, */*", Some(HTML)),
            ("application/json", Some(JSON)),
            ("Application/JSON; charset=utf-8", Some(JSON)),
            ("application/json, text/plain, */*", Some(JSON)),
            ("application/*, */*", Some(JSON)),
            ("application/json, text/html", Some(JSON)),
            ("text/html, application/json", Some(JSON)),
            ("text/html;q=0.9, application/json", Some(JSON)),
            ("application/json;q=0.1, text/html;q=0.2", Some(HTML)),
            ("application/json;q=0.1, */*", Some(HTML)),
            ("*/*, application/json;q=0", Some(HTML)),
            ("*/*;q=0.1, text/html;q=0", Some(JSON)),
            ("image/png", None),
            ("text/html;q=0", None),
            ("text/html;q=much", None),
            ("*/*;q=0", None),
        ] {
            for unnamed in [JSON, HTML] {
                assert_eq!(prefer(Some(accept), unnamed), expected, "{accept:?}");
            }
        }
    }

    #[test]
    fn who_names_neither_gets_what_is_usual_there() {
        for accept in [None, Some(""), Some("*/*"), Some("*/*;q=0.1"), Some("image/png, */*;q=0.5")]
        {
            for unnamed in [JSON, HTML] {
                assert_eq!(prefer(accept, unnamed), Some(unnamed), "{accept:?}");
            }
        }
    }

    #[test]
    fn who_excludes_json_is_told_so() {
        for (accept, expected) in [("*/*", true), ("application/json", true), ("text/html", false)]
        {
            let mut request = Request::new(Body::Empty);
            request.headers_mut().insert(header::ACCEPT, accept.parse().unwrap());
            assert_eq!(json(&request).is_ok(), expected, "{accept}");
        }
    }

    #[test]
    fn only_who_takes_gzip_gets_it() {
        for (accept, expected) in [
            (None, false),
            (Some(""), false),
            (Some("gzip"), true),
            (Some("gzip, deflate, br, zstd"), true),
            (Some("br, GZIP;q=0.1"), true),
            (Some("x-gzip"), true),
            (Some("*"), true),
            (Some("deflate, br"), false),
            (Some("identity"), false),
            (Some("gzip;q=0"), false),
            (Some("gzip;q=0.0, *"), false),
            (Some("*;q=0"), false),
            (Some("gzip;q=much"), false),
            (Some("identity, gzip;q=0.5"), false),
            (Some("identity;q=0.5, gzip;q=1.0"), true),
            (Some("identity;q=0, gzip;q=0.001"), true),
            (Some("gzip;q=0.5, *;q=1"), false),
            (Some("gzip;q=0.5, *;q=1, identity;q=0.1"), true),
            (Some("gzip, *;q=0.1"), true),
        ] {
            let mut request = Request::new(Body::Empty);
            if let Some(accept) = accept {
                request.headers_mut().insert(header::ACCEPT_ENCODING, accept.parse().unwrap());
            }
            assert_eq!(gzip(&request), expected, "{accept:?}");
        }
    }
}
