//! The target of a registration: a push URL and its protocol, or a page that polls.

use std::time::Duration;

use loop_core::{
    DeviceId, PushKind, Reason,
    limits::{POLLING_LIFETIME, REGISTRATION_LIFETIME},
};
use loop_lambda::{Error, Fields, field};
use loop_push::{PushPolicy, PushUrl};
use serde_json::Value;
use url::Url;

/// A way to reach a device.
#[derive(Clone, PartialEq, Eq)]
pub struct PushTarget {
    kind: PushKind,
    address: String,
}

impl PushTarget {
    /// Reads one of these members:
    ///
    /// - `{"simple_push_url": "https://…"}`,
    /// - `{"push_subscription": {"endpoint": "https://…", …}}` as the browser's
    ///   `PushSubscription.toJSON()` gives it (Push API, section 8.2); its other members are not
    ///   needed, for a ping has no payload to encrypt,
    /// - `{"polling_id": "…"}`, 16 random bytes in base64url: an open page without push.
    ///
    /// # Errors
    /// None of them, more than one, or a URL that may not be called.
    pub fn of_fields(fields: Fields, policy: &PushPolicy) -> Result<Self, Error> {
        read(fields, |text| Ok(PushUrl::parse(text, policy)?.as_str().to_owned()))
    }

    /// Reads a target that is to be forgotten. Its URL need not be one that may be called: one that
    /// no longer may must not be stuck in the user's list.
    ///
    /// # Errors
    /// None of them, more than one, or not a URL.
    pub fn to_forget(fields: Fields) -> Result<Self, Error> {
        read(fields, |text| match Url::parse(text) {
            Ok(url) => Ok(url.to_string()),
            Err(_) => Err(Reason::from("must be a URL")),
        })
    }

    /// Returns the id of the device that is reached this way.
    pub fn device(&self) -> DeviceId {
        DeviceId::of_push_url(&self.address)
    }

    /// Returns the protocol by which it is reached.
    pub fn kind(&self) -> PushKind {
        self.kind
    }

    /// Returns the push URL in its canonical spelling, or the name of a page that polls.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Returns the lifetime of a registration.
    pub fn lifetime(&self) -> Duration {
        match self.kind {
            PushKind::SimplePush | PushKind::WebPush => REGISTRATION_LIFETIME,
            PushKind::Polling => POLLING_LIFETIME,
        }
    }
}

fn read(
    mut fields: Fields,
    push_url: impl Fn(&str) -> Result<String, Reason>,
) -> Result<PushTarget, Error> {
    let simple = fields.optional("simple_push_url", field::text(|text| push_url(&text)));
    let web = fields.optional("push_subscription", |subscription| {
        push_url(endpoint(&subscription)?).map_err(|reason| format!("endpoint: {reason}").into())
    });
    let polling = fields.optional("polling_id", field::text(polling_address));
    let (Some(simple), Some(web), Some(polling)) = (simple, web, polling) else {
        return fields.finish(None);
    };
    let named =
        [(PushKind::SimplePush, simple), (PushKind::WebPush, web), (PushKind::Polling, polling)];
    let mut named = named.into_iter().filter_map(|(kind, address)| Some((kind, address?)));
    let target = named.next().map(|(kind, address)| PushTarget { kind, address });
    if target.is_none() {
        fields.missing("simple_push_url, push_subscription or polling_id");
    } else if named.next().is_some() {
        fields.invalid("body", "one of simple_push_url, push_subscription and polling_id");
    }
    fields.finish(target)
}

fn endpoint(subscription: &Value) -> Result<&str, Reason> {
    let Value::Object(subscription) = subscription else {
        return Err("must be an object".into());
    };
    match subscription.get("endpoint") {
        Some(Value::String(endpoint)) => Ok(endpoint),
        _ => Err("endpoint: must be a string".into()),
    }
}

/// Reads the address of a page that polls. No URL looks like it, so it can't be mistaken for one.
fn polling_address(text: String) -> Result<String, Reason> {
    match text.parse::<DeviceId>() {
        Ok(id) => Ok(format!("polling {id}")),
        Err(_) => Err("must be 16 bytes in base64url: 22 characters".into()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn target(fields: Value) -> PushTarget {
        let Value::Object(fields) = fields else { panic!("fields are an object") };
        PushTarget::of_fields(Fields::of(fields), &PushPolicy::default()).unwrap()
    }

    #[test]
    fn a_target_is_known_by_its_canonical_address() {
        let endpoint = "https://FCM.googleapis.com:443/fcm/send/a";
        let address = "https://fcm.googleapis.com/fcm/send/a";
        let polling_id = "AAECAwQFBgcICQoLDA0ODw";
        for (fields, kind, address, lifetime) in [
            (
                json!({ "simple_push_url": endpoint }),
                PushKind::SimplePush,
                address,
                REGISTRATION_LIFETIME,
            ),
            (
                json!({ "push_subscription": { "endpoint": endpoint, "keys": {} } }),
                PushKind::WebPush,
                address,
                REGISTRATION_LIFETIME,
            ),
            (
                json!({ "polling_id": polling_id }),
                PushKind::Polling,
                "polling AAECAwQFBgcICQoLDA0ODw",
                POLLING_LIFETIME,
            ),
        ] {
            let target = target(fields);
            assert_eq!((target.kind(), target.address()), (kind, address));
            assert_eq!(target.device(), DeviceId::of_push_url(address));
            assert_eq!(target.lifetime(), lifetime);
        }
    }
}
