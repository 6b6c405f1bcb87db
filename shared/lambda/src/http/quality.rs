//! Lists with quality values (RFC 9110, section 12.4.2), as the `Accept` fields have them.

use lambda_http::http::HeaderName;

use super::request::Request;

/// Returns the items of a list in a header, each with its quality. The quality is 1 unless the item
/// states one, and 0, which is "not acceptable", where the stated one is not a number.
pub(crate) fn weighted(request: &Request, name: HeaderName) -> Vec<(&str, f32)> {
    let values = request.headers().get_all(name).into_iter().filter_map(|it| it.to_str().ok());
    values.flat_map(|value| value.split(',')).filter_map(with_quality).collect()
}

fn with_quality(text: &str) -> Option<(&str, f32)> {
    let mut parts = text.split(';').map(str::trim);
    let listed = parts.next().filter(|listed| !listed.is_empty())?;
    let quality = parts
        .find_map(|parameter| parameter.strip_prefix("q=").or(parameter.strip_prefix("Q=")))
        .map_or(Some(1.0), |quality| quality.parse().ok())
        .unwrap_or(0.0);
    Some((listed, quality))
}
