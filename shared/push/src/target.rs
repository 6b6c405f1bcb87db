//! What a client names when it registers or unregisters: one push URL and its protocol.

use loop_core::{PushKind, Reason};
use loop_http::{Error, Fields, field};
use serde_json::Value;

use crate::{PushPolicy, PushUrl};

/// A push URL that may be called, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PushTarget {
    /// The protocol of its push service.
    pub kind: PushKind,
    /// Where it is called.
    pub url: PushUrl,
}

impl PushTarget {
    /// Reads `{"simple_push_url": "https://…"}` or `{"push_subscription": {"endpoint":
    /// "https://…", …}}`, the latter as the browser's `PushSubscription.toJSON()` gives it (Push
    /// API, section 8.2). Its other members are not needed: a ping has no payload to encrypt.
    ///
    /// # Errors
    /// Neither of the two, both, or a URL that may not be called.
    pub fn of_fields(mut fields: Fields, policy: &PushPolicy) -> Result<Self, Error> {
        let simple =
            fields.optional("simple_push_url", field::text(|text| PushUrl::parse(&text, policy)));
        let web =
            fields.optional("push_subscription", |subscription| endpoint(&subscription, policy));
        let target = match (simple, web) {
            (Some(None), Some(None)) => {
                fields.missing("simple_push_url or push_subscription");
                None
            }
            (Some(Some(_)), Some(Some(_))) => {
                fields.invalid("push_subscription", "not together with simple_push_url");
                None
            }
            (Some(Some(url)), Some(None)) => Some(Self { kind: PushKind::SimplePush, url }),
            (Some(None), Some(Some(url))) => Some(Self { kind: PushKind::WebPush, url }),
            (None, _) | (_, None) => None,
        };
        fields.finish(target)
    }
}

fn endpoint(subscription: &Value, policy: &PushPolicy) -> Result<PushUrl, Reason> {
    let Value::Object(subscription) = subscription else {
        return Err("must be an object".into());
    };
    let Some(Value::String(endpoint)) = subscription.get("endpoint") else {
        return Err("endpoint: must be a string".into());
    };
    PushUrl::parse(endpoint, policy).map_err(|reason| format!("endpoint: {reason}").into())
}
