//! The target of a registration: a push URL and its protocol, or a page that polls.

use loop_core::{DeviceId, PushTarget, Reason};
use loop_lambda::{Error, Fields, field};
use loop_push::{PushPolicy, PushUrl};
use serde_json::Value;
use url::Url;

/// Reads the target that a client registers, which is one of
///
/// - `{"simple_push_url": "https://…"}`,
/// - `{"push_subscription": {"endpoint": "https://…", …}}` as the browser's
///   `PushSubscription.toJSON()` gives it (Push API, section 8.2); its other members are not
///   needed, for a ping has no payload to encrypt,
/// - `{"polling_id": "…"}`, 16 random bytes in base64url: an open page without push.
///
/// # Errors
/// None of them, more than one, or a URL that may not be called.
pub fn to_register(fields: Fields, policy: &PushPolicy) -> Result<PushTarget, Error> {
    read(fields, |text| Ok(PushUrl::parse(text, policy)?.as_str().to_owned()))
}

/// Reads the target that a client unregisters, in the form of [`to_register`], as the id of its
/// device. A URL that may no longer be called is taken too: its device must not be stuck in the
/// user's list.
///
/// # Errors
/// None of them, more than one, or not a URL.
pub fn to_unregister(fields: Fields) -> Result<DeviceId, Error> {
    let target = read(fields, |text| match Url::parse(text) {
        Ok(url) => Ok(url.to_string()),
        Err(_) => Err(Reason::from("must be a URL")),
    });
    Ok(target?.device_id())
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
    let targets = [
        simple.map(PushTarget::SimplePush),
        web.map(PushTarget::WebPush),
        polling.map(PushTarget::Polling),
    ];
    let mut targets = targets.into_iter().flatten();
    let target = targets.next();
    if target.is_none() {
        fields.missing("simple_push_url, push_subscription or polling_id");
    } else if targets.next().is_some() {
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
    use loop_core::limits::{POLLING_LIFETIME, REGISTRATION_LIFETIME};
    use serde_json::json;

    use super::*;

    fn target(fields: Value) -> PushTarget {
        let Value::Object(fields) = fields else { panic!("fields are an object") };
        to_register(Fields::of(fields), &PushPolicy::default()).unwrap()
    }

    #[test]
    fn a_target_is_known_by_its_canonical_address() {
        let endpoint = "https://FCM.googleapis.com:443/fcm/send/a";
        let address = "https://fcm.googleapis.com/fcm/send/a";
        let polling_id = "AAECAwQFBgcICQoLDA0ODw";
        let polling_address = "polling AAECAwQFBgcICQoLDA0ODw";
        for (fields, expected, lifetime) in [
            (
                json!({ "simple_push_url": endpoint }),
                PushTarget::SimplePush(address.to_owned()),
                REGISTRATION_LIFETIME,
            ),
            (
                json!({ "push_subscription": { "endpoint": endpoint, "keys": {} } }),
                PushTarget::WebPush(address.to_owned()),
                REGISTRATION_LIFETIME,
            ),
            (
                json!({ "polling_id": polling_id }),
                PushTarget::Polling(polling_address.to_owned()),
                POLLING_LIFETIME,
            ),
        ] {
            let target = target(fields);
            assert_eq!(target, expected);
            assert_eq!(target.device_id(), DeviceId::of_push_url(expected.address()));
            assert_eq!(target.lifetime(), lifetime);
        }
    }
}
