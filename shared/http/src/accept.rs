//! Which type of answer a client prefers (RFC 9110, section 12.5.1), and whether compressed (12.5.3).

use lambda_http::http::{HeaderName, header};

use crate::{Error, Request};

/// `application/json`
pub const JSON: &str = "application/json";
/// `text/html`
pub const HTML: &str = "text/html";

/// The one of `available` that the client prefers. Among equals, the first: so the order of
/// `available` is the server's own preference.
///
/// # Errors
/// [`Error::NotAcceptable`]: the client accepts none of them.
pub fn preferred<'a>(request: &Request, available: &[&'a str]) -> Result<&'a str, Error> {
    let ranges = ranges(request, header::ACCEPT);
    let mut best: Option<(&str, f32)> = None;
    for candidate in available {
        let quality = quality(&ranges, candidate);
        if quality > 0.0 && best.is_none_or(|(_, best)| quality > best) {
            best = Some((candidate, quality));
        }
    }
    best.map(|(candidate, _)| candidate).ok_or(Error::NotAcceptable(if available.contains(&HTML) {
        "JSON or HTML"
    } else {
        "JSON"
    }))
}

/// Makes sure that the client takes JSON.
///
/// # Errors
/// [`Error::NotAcceptable`]
pub fn json(request: &Request) -> Result<(), Error> {
    preferred(request, &[JSON]).map(|_| ())
}

/// Whether the client takes gzip, and likes it as much as no compression. One that does not say so,
/// such as `curl`, may not look for it.
pub fn gzip(request: &Request) -> bool {
    let codings = ranges(request, header::ACCEPT_ENCODING);
    let quality = |wanted: &str| {
        let found = codings.iter().find(|(coding, _)| coding.eq_ignore_ascii_case(wanted));
        found.map(|(_, quality)| *quality)
    };
    // The older name means the same (section 8.4.1.3).
    let gzip = quality("gzip").or(quality("x-gzip")).or(quality("*")).unwrap_or(0.0);
    // No compression is one of all codings (section 12.5.3), which `*` may mean as well.
    let identity = quality("identity").or(quality("*")).unwrap_or(0.0);
    gzip > 0.0 && gzip >= identity
}

/// What a header lists, with qualities.
fn ranges(request: &Request, name: HeaderName) -> Vec<(&str, f32)> {
    let values = request.headers().get_all(name).into_iter().filter_map(|it| it.to_str().ok());
    values.flat_map(|value| value.split(',')).filter_map(range).collect()
}

/// A media range or a coding, and its quality, which is 1 unless it says otherwise.
fn range(text: &str) -> Option<(&str, f32)> {
    let mut parts = text.split(';').map(str::trim);
    let media_range = parts.next().filter(|range| !range.is_empty())?;
    let quality = parts
        .find_map(|parameter| parameter.strip_prefix("q=").or(parameter.strip_prefix("Q=")))
        .map_or(Some(1.0), |quality| quality.parse().ok())
        .unwrap_or(0.0);
    Some((media_range, quality))
}

/// The quality of the most specific range that matches; everything is welcome where there is none.
fn quality(ranges: &[(&str, f32)], candidate: &str) -> f32 {
    if ranges.is_empty() {
        return 1.0;
    }
    let whole_type = candidate.split_once('/').map_or("", |(kind, _)| kind);
    let specificity = |range: &str| match range.split_once('/') {
        _ if range.eq_ignore_ascii_case(candidate) => Some(2),
        Some((kind, "*")) if kind.eq_ignore_ascii_case(whole_type) => Some(1),
        Some(("*", "*")) => Some(0),
        _ => None,
    };
    ranges
        .iter()
        .filter_map(|(range, quality)| Some((specificity(range)?, *quality)))
        .max_by_key(|(specificity, _)| *specificity)
        .map_or(0.0, |(_, quality)| quality)
}

#[cfg(test)]
mod tests {
    use lambda_http::Body;

    use super::*;

    fn prefer(accept: Option<&str>) -> Option<&'static str> {
        let mut request = Request::new(Body::Empty);
        if let Some(accept) = accept {
            request.headers_mut().insert(header::ACCEPT, accept.parse().unwrap());
        }
        preferred(&request, &[JSON, HTML]).ok()
    }

    #[test]
    fn the_client_chooses_and_the_server_breaks_ties() {
        let firefox = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
        for (accept, expected) in [
            (None, Some(JSON)),
            (Some("*/*"), Some(JSON)),
            (Some(firefox), Some(HTML)),
            (Some("text/*"), Some(HTML)),
            (Some("application/json"), Some(JSON)),
            (Some("TEXT/HTML"), Some(HTML)),
            (Some("application/json;q=0.1, text/html;q=0.2"), Some(HTML)),
            (Some("*/*, application/json;q=0"), Some(HTML)),
            (Some("*/*;q=0.1, text/html;q=0"), Some(JSON)),
            (Some("image/png"), None),
            (Some("text/html;q=0"), None),
            (Some("text/html;q=much"), None),
            (Some(""), Some(JSON)),
        ] {
            assert_eq!(prefer(accept), expected, "{accept:?}");
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
