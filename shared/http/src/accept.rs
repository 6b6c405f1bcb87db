//! Which type of answer a client prefers (RFC 9110, section 12.5.1).

use lambda_http::http::header;

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
    let values = request.headers().get_all(header::ACCEPT).iter().filter_map(|v| v.to_str().ok());
    let ranges: Vec<_> = values.flat_map(|value| value.split(',')).filter_map(range).collect();
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

/// A media range and its quality, which is 1 unless it says otherwise.
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
}
