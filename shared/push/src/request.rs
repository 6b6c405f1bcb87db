//! The requests of the two push protocols.

use reqwest::{
    Body, Method, Request,
    header::{
        AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, HeaderName, HeaderValue, InvalidHeaderValue,
    },
};
use ring::error::Unspecified;

use crate::{Ping, PushUrl, VapidKey};

/// The error that a request could not be made, because the random source has failed.
#[derive(Debug)]
pub(crate) struct RequestError;

/// Makes a request of SimplePush, <https://wiki.mozilla.org/WebAPI/SimplePush/Protocol>, which
/// tells the device a version.
pub(crate) fn simple_push(url: &PushUrl, ping: &Ping) -> Request {
    let mut request = Request::new(Method::PUT, url.to_url());
    let form = HeaderValue::from_static("application/x-www-form-urlencoded");
    request.headers_mut().insert(CONTENT_TYPE, form);
    *request.body_mut() = Some(Body::from(format!("version={}", ping.version.get())));
    request
}

/// Makes a request of Web Push, RFC 8030. It has no payload, so nothing needs to be encrypted (RFC
/// 8291): the device wakes up and asks the service for its calls.
pub(crate) fn web_push(
    url: &PushUrl,
    ping: &Ping,
    vapid: Option<&VapidKey>,
) -> Result<Request, RequestError> {
    let mut request = Request::new(Method::POST, url.to_url());
    let headers = request.headers_mut();
    // The client leaves this header out if there is no body, and some servers then respond with
    // 411.
    headers.insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
    // A device that is offline for longer than the call rings need not learn of it (section 5.2).
    headers.insert(HeaderName::from_static("ttl"), ping.rings_for.as_secs().into());
    // A phone then wakes up even when its battery is low (section 5.3).
    headers.insert(HeaderName::from_static("urgency"), HeaderValue::from_static("high"));
    // A ping that is sent again replaces the first one (section 5.4).
    headers.insert(HeaderName::from_static("topic"), ping.call.to_string().try_into()?);
    if let Some(key) = vapid {
        let mut authorization = HeaderValue::try_from(key.authorization(url, ping.now)?)?;
        authorization.set_sensitive(true);
        headers.insert(AUTHORIZATION, authorization);
    }
    Ok(request)
}

impl From<Unspecified> for RequestError {
    fn from(_: Unspecified) -> Self {
        Self
    }
}

impl From<InvalidHeaderValue> for RequestError {
    fn from(_: InvalidHeaderValue) -> Self {
        Self
    }
}
