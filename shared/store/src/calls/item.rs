//! The item of a call.

use loop_core::{
    Call, CallHistory, CallId, CallSlot, CallType, CallVersion, ParticipantToken, PendingCall,
    ProviderSession, RemoteId, UnavailableError, UnixMillis, UnixSeconds, UrlId, UserId,
    progress::{CallState, Progress},
};
use serde::{Deserialize, Serialize};
use serde_dynamo::aws_sdk_dynamodb_1::{from_item, to_item};

use crate::{
    item::{Item, attribute, expires_at, key, not_written, sort_key},
    schema::{CALL_PREFIX, PROGRESS},
    write_token::with_write_token,
};

/// Returns the sort key of a call in `slot`.
pub(crate) fn call_sort_key(slot: CallSlot) -> String {
    format!("{CALL_PREFIX}{}", slot.number())
}

/// Returns the key of a call of `callee` in `slot`.
pub(crate) fn call_key(callee: UserId, slot: CallSlot) -> Item {
    key(callee.to_string(), call_sort_key(slot))
}

/// Returns the slot that an item is in. `None` when it is no call.
pub(crate) fn call_slot(item: &Item) -> Option<CallSlot> {
    let number = sort_key(item).strip_prefix(CALL_PREFIX)?.parse().ok()?;
    CallSlot::from_number(number)
}

/// Builds the attributes of a call beside the keys and the expiry. `history` are the calls that had
/// its slot before, and `token` is the write token.
pub(crate) fn call_content(
    pending: &PendingCall,
    history: CallHistory,
    token: u64,
) -> Result<Item, UnavailableError> {
    let PendingCall { call, version } = pending.clone();
    let content = CallItem {
        call_id: call.id,
        url_id: call.url,
        version,
        remote_id: call.remote_id,
        call_type: call.call_type,
        provider: call.session.provider,
        api_key: call.session.api_key,
        session_id: call.session.session_id,
        server_url: call.session.server_url,
        callee_token: call.callee_token.expose().to_owned(),
        caller_token: call.caller_token.map(|token| token.expose().to_owned()),
        rings_until: Some(call.expires_at),
        history,
        write_tokens: with_write_token(token, &[]),
    };
    to_item(content).map_err(|_| not_written())
}

/// Reads the call that an item holds. `None` when it can't be read.
pub(crate) fn pending_call(item: Item) -> Option<PendingCall> {
    let slot_expires_at = expires_at(&item)?;
    let item: CallItem = from_item(item).ok()?;
    let call = Call {
        id: item.call_id,
        url: item.url_id,
        remote_id: item.remote_id,
        call_type: item.call_type,
        session: ProviderSession {
            provider: item.provider,
            api_key: item.api_key,
            session_id: item.session_id,
            server_url: item.server_url,
        },
        callee_token: ParticipantToken::new(item.callee_token),
        caller_token: item.caller_token.map(ParticipantToken::new),
        expires_at: item.rings_until.unwrap_or(slot_expires_at),
        slot_expires_at,
    };
    Some(PendingCall { call, version: item.version })
}

/// Returns whether the call that an item holds still rings: no device has accepted it, it is not
/// over, and no deadline has passed that ends it.
pub(crate) fn is_ringing(item: &Item, now: UnixMillis) -> bool {
    if !item.contains_key(PROGRESS) {
        return true;
    }
    attribute::<Progress>(item, PROGRESS).is_some_and(|progress| {
        progress.is_ringing() && progress.deadline().is_none_or(|deadline| now < deadline)
    })
}

/// Returns whether the call that an item holds is over: ended, expired, or past its deadline.
pub(crate) fn is_over(item: &Item, now: UnixMillis) -> bool {
    let progress: Progress = attribute(item, PROGRESS).unwrap_or_default();
    let has_deadline_passed = progress.deadline().is_some_and(|deadline| deadline <= now);
    expires_at(item).is_none_or(|end| end <= now.seconds())
        || progress.state() == CallState::Terminated
        || progress.is_ringing() && has_deadline_passed
}

#[derive(Serialize, Deserialize)]
struct CallItem {
    call_id: CallId,
    url_id: UrlId,
    version: CallVersion,
    remote_id: RemoteId,
    call_type: CallType,
    provider: String,
    api_key: String,
    session_id: String,
    server_url: String,
    callee_token: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    caller_token: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    rings_until: Option<UnixSeconds>,
    #[serde(default, skip_serializing_if = "CallHistory::is_empty")]
    history: CallHistory,
    #[serde(default, rename = "writers")]
    write_tokens: Vec<u64>,
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use aws_sdk_dynamodb::types::AttributeValue;
    use proptest::prelude::*;

    use crate::{
        item::{item, number},
        schema::{
            API_KEY, CALL_ID, CALL_TYPE, CALLEE_TOKEN, CALLER_TOKEN, EXPIRES_AT, HISTORY,
            PARTITION_KEY, PROVIDER, REMOTE_ID, RINGS_UNTIL, SERVER_URL, SESSION_ID, SORT_KEY, TTL,
            URL_ID, VERSION, WRITE_TOKENS,
        },
    };

    use super::*;

    fn pending() -> PendingCall {
        let session = ProviderSession {
            provider: "livekit".to_owned(),
            api_key: "key".to_owned(),
            session_id: "room".to_owned(),
            server_url: "wss://example.org".to_owned(),
        };
        let call = Call {
            id: CallId::from_bytes([1; 16]),
            url: UrlId::from_bytes([2; 8]),
            remote_id: RemoteId::try_from("alice".to_owned()).unwrap(),
            call_type: CallType::Audio,
            session,
            callee_token: ParticipantToken::new("token"),
            caller_token: Some(ParticipantToken::new("other token")),
            expires_at: UnixSeconds::try_from(1_100).unwrap(),
            slot_expires_at: UnixSeconds::try_from(1_000).unwrap(),
        };
        PendingCall { call, version: CallVersion::new(880_003) }
    }

    #[test]
    fn the_schema_names_every_attribute_of_a_call() {
        let mut history = CallHistory::default();
        history.add(UrlId::from_bytes([3; 8]), CallVersion::new(7));
        let content = call_content(&pending(), history.clone(), 5).unwrap();
        let item =
            item("user".to_owned(), "call#3".to_owned(), pending().call.slot_expires_at, content);
        let schema = BTreeSet::from([
            PARTITION_KEY,
            SORT_KEY,
            EXPIRES_AT,
            TTL,
            CALL_ID,
            VERSION,
            REMOTE_ID,
            CALL_TYPE,
            PROVIDER,
            API_KEY,
            SESSION_ID,
            SERVER_URL,
            CALLEE_TOKEN,
            CALLER_TOKEN,
            RINGS_UNTIL,
            HISTORY,
            URL_ID,
            WRITE_TOKENS,
        ]);
        let names: BTreeSet<_> = item.keys().map(String::as_str).collect();
        assert_eq!(names, schema);
        assert_eq!(item[TTL], number(4_600));
        assert_eq!(call_slot(&item), CallSlot::from_number(3));
        assert_eq!(attribute(&item, HISTORY), Some(history));
        assert_eq!(attribute(&item, WRITE_TOKENS), Some(vec![5]));
        assert_eq!(pending_call(item), Some(pending()));
    }

    #[test]
    fn only_the_twenty_slots_are_calls() {
        for wrong in ["call#20", "call#", "call#x", "call", "devices", ""] {
            let item = Item::from([(SORT_KEY.to_owned(), AttributeValue::S(wrong.to_owned()))]);
            assert_eq!(call_slot(&item), None, "{wrong:?}");
        }
    }

    proptest! {
        #[test]
        fn a_call_is_read_as_it_was_written(
            ids: ([u8; 16], [u8; 8], u64, u64),
            remote_id in "[a-zA-Zé@.]{1,30}",
            texts: [String; 6],
            has_picture: bool,
            is_repeatable: bool,
            ends in (0..1_u64 << 40, 0..1_u64 << 40),
            history: Vec<([u8; 8], u64)>,
        ) {
            let [provider, api_key, session_id, server_url, callee_token, caller_token] = texts;
            let (call, url, version, token) = ids;
            let call = Call {
                id: CallId::from_bytes(call),
                url: UrlId::from_bytes(url),
                remote_id: RemoteId::try_from(remote_id).unwrap(),
                call_type: if has_picture { CallType::AudioVideo } else { CallType::Audio },
                session: ProviderSession { provider, api_key, session_id, server_url },
                callee_token: ParticipantToken::new(callee_token),
                caller_token: is_repeatable.then(|| ParticipantToken::new(caller_token)),
                expires_at: UnixSeconds::try_from(ends.0).unwrap(),
                slot_expires_at: UnixSeconds::try_from(ends.1).unwrap(),
            };
            let slot_expires_at = call.slot_expires_at;
            let pending = PendingCall { call, version: CallVersion::new(version) };
            let mut calls = CallHistory::default();
            for (url, version) in history {
                calls.add(UrlId::from_bytes(url), CallVersion::new(version));
            }
            let content = call_content(&pending, calls.clone(), token).unwrap();
            prop_assert_eq!(attribute::<CallHistory>(&content, HISTORY).unwrap_or_default(), calls);
            prop_assert_eq!(attribute::<Vec<u64>>(&content, WRITE_TOKENS), Some(vec![token]));
            let item = item(String::new(), String::new(), slot_expires_at, content);
            prop_assert_eq!(pending_call(item), Some(pending));
        }
    }
}
