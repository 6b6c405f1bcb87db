//! The requests of the two push protocols.

use reqwest::{
    Body, Method, Request,
    header::{
        AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, HeaderName, HeaderValue, InvalidHeaderValue,
    },
};
use ring::error::Unspecified;

use crate::{Ping, PushUrl, VapidKey};

/// A request could not be made: the random source has failed.
#[derive(Debug)]
pub(crate) struct RequestError;

/// SimplePush, <https://wiki.mozilla.org/WebAPI/SimplePush/Protocol>: the device is told a version.
pub(crate) fn simple_push(url: &PushUrl, ping: &Ping) -> Request {
    let mut request = Request::new(Method::PUT, url.to_url());
    let form = HeaderValue::from_static("application/x-www-form-urlencoded");
    request.headers_mut().insert(CONTENT_TYPE, form);
    *request.body_mut() = Some(Body::from(format!("version={}", ping.version.get())));
    request
}

/// Web Push, RFC 8030. Without a payload, so nothing needs to be encrypted (RFC 8291): the device
/// wakes up and asks us what there is.
pub(crate) fn web_push(
    url: &PushUrl,
    ping: &Ping,
    vapid: Option<&VapidKey>,
) -> Result<Request, RequestError> {
    let mut request = Request::new(Method::POST, url.to_url());
    let headers = request.headers_mut();
    // The client leaves it out where there is no body, and some servers then answer 411.
    headers.insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
    // A device that is offline longer than it rings need not hear of the call (section 5.2).
    headers.insert(HeaderName::from_static("ttl"), ping.rings_for.as_secs().into());
    // So that a phone wakes up even when its battery is low (section 5.3).
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
