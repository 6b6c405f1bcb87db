//! The request and the response of the HTTP API, and the gateway's data about a request.

use lambda_http::{
    Body, RequestExt, aws_lambda_events::apigw::ApiGatewayV2httpRequestContext,
    request::RequestContext,
};
use loop_core::TraceId;

/// A request as the gateway hands it over, with its context in the extensions.
pub type Request = lambda_http::Request;

/// A response that goes back through the gateway.
pub type Response = lambda_http::Response<Body>;

/// Returns the value of a path parameter such as `{token}`, or an empty text when the route has no
/// parameter of this name.
pub fn path_parameter<'a>(request: &'a Request, name: &str) -> &'a str {
    request.path_parameters_ref().and_then(|parameters| parameters.first(name)).unwrap_or_default()
}

/// Returns the gateway's id of this request, for people who report a fault.
pub(crate) fn request_id(request: &Request) -> &str {
    context(request).and_then(|context| context.request_id.as_deref()).unwrap_or_default()
}

/// Returns the route that the gateway has chosen, such as `POST /calls/{token}`. Unlike the path,
/// it never holds a token.
pub(crate) fn route_key(request: &Request) -> &str {
    context(request).and_then(|context| context.route_key.as_deref()).unwrap_or_default()
}

/// Returns the host name by which the client has reached the gateway. No header of the client can
/// change it.
pub(crate) fn domain_name(request: &Request) -> Option<&str> {
    context(request).and_then(|context| context.domain_name.as_deref())
}

/// Returns the trace that the request belongs to: that of the client, if it has named one, or else
/// that of the invocation.
pub(crate) fn trace_id(request: &Request) -> Option<TraceId> {
    let header = request.headers().get("traceparent").and_then(|value| value.to_str().ok());
    let named = header.and_then(TraceId::of_traceparent);
    named.or_else(|| request.extensions().get().cloned())
}

fn context(request: &Request) -> Option<&ApiGatewayV2httpRequestContext> {
    match request.request_context_ref() {
        Some(RequestContext::ApiGatewayV2(context)) => Some(context),
        _ => None,
    }
}
