//! The request and the response of the HTTP API, and what the gateway says about a request.

use lambda_http::{
    Body, RequestExt, aws_lambda_events::apigw::ApiGatewayV2httpRequestContext,
    request::RequestContext,
};

/// A request as the gateway hands it over, with its context in the extensions.
pub type Request = lambda_http::Request;

/// What goes back through the gateway.
pub type Response = lambda_http::Response<Body>;

/// The value of a path parameter such as `{token}`; empty when the route has none of this name.
pub fn path_parameter<'a>(request: &'a Request, name: &str) -> &'a str {
    request.path_parameters_ref().and_then(|parameters| parameters.first(name)).unwrap_or_default()
}

/// The gateway's name for this request: for people who report a fault.
pub(crate) fn request_id(request: &Request) -> &str {
    context(request).and_then(|context| context.request_id.as_deref()).unwrap_or_default()
}

/// The route that the gateway has chosen, such as `POST /calls/{token}`: unlike the path, it never
/// holds a token.
pub(crate) fn route_key(request: &Request) -> &str {
    context(request).and_then(|context| context.route_key.as_deref()).unwrap_or_default()
}

/// The host name that the gateway was reached by, which no header of the client can change.
pub(crate) fn domain_name(request: &Request) -> Option<&str> {
    context(request).and_then(|context| context.domain_name.as_deref())
}

fn context(request: &Request) -> Option<&ApiGatewayV2httpRequestContext> {
    match request.request_context_ref() {
        Some(RequestContext::ApiGatewayV2(context)) => Some(context),
        _ => None,
    }
}
