//! Tests of the tool as people and scripts run it.

use std::{
    collections::BTreeMap,
    io::Write,
    process::{Command, Stdio},
    time::Duration,
};

use loop_core::{
    CallToken, CallUrlClaims, CalleeName, KeyRing, Keys, ParticipantToken, RemoteId, Session,
    SessionToken, UnixSeconds, UrlId, UserId, VerifiedCallUrl,
};

/// A key ring whose key has the bytes 0 to 31.
const RING: &str = "1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";
/// A key ring whose key has the bytes 31 to 0.
const OTHER_RING: &str = "2:Hx4dHBsaGRgXFhUUExIREA8ODQwLCgkIBwYFBAMCAQA";

struct Ran {
    succeeded: bool,
    values: Vec<String>,
    note: String,
}

/// Runs the tool with `ring` in the environment and `input` on standard input.
fn run(arguments: &[&str], ring: Option<&str>, input: &str) -> Ran {
    let mut command = Command::new(env!("CARGO_BIN_EXE_keys"));
    command.args(arguments).env_clear();
    if let Some(ring) = ring {
        command.env("LOOP_TOKEN_KEYS", ring);
    }
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the tool was built for this test");
    // A tool that does not read its input may have ended already.
    let _ = child.stdin.take().expect("it is piped").write_all(input.as_bytes());
    let output = child.wait_with_output().expect("it ends by itself");
    let text = |bytes| String::from_utf8(bytes).expect("the tool writes UTF-8");
    Ran {
        succeeded: output.status.success(),
        values: text(output.stdout).lines().map(str::to_owned).collect(),
        note: text(output.stderr),
    }
}

/// Returns the ring that a step of the rotation makes of `ring`.
fn rotate(step: &str, ring: &str) -> String {
    let ran = run(&["rotate", step], Some(ring), "");
    assert!(ran.succeeded, "{}", ran.note);
    let [next] = ran.values.try_into().expect("one line");
    next
}

fn ring() -> KeyRing {
    RING.parse().expect("right")
}

fn ids(ring: &str) -> Vec<u8> {
    ring.parse::<KeyRing>().expect("a right ring").ids().collect()
}

/// Checks that the tool fails, says `expected`, and prints neither a value nor a secret.
fn assert_fails(arguments: &[&str], ring: Option<&str>, input: &str, expected: &str) {
    let ran = run(arguments, ring, input);
    assert!(!ran.succeeded && ran.values.is_empty(), "{arguments:?}: {:?}", ran.values);
    assert!(ran.note.contains(expected), "{arguments:?}: {}", ran.note);
    assert!(!ran.note.contains("AAECAwQF"), "{}", ran.note);
}

fn second(second: u64) -> UnixSeconds {
    UnixSeconds::try_from(second).expect("small")
}

fn call_token(expires_at: UnixSeconds) -> String {
    let claims = CallUrlClaims {
        expires_at,
        url_id: UrlId::new(expires_at.before(Duration::from_secs(1000)), [7; 4]),
        callee: UserId::from_bytes([9; 16]),
        remote_id: RemoteId::try_from("\"alice\"@example.com".to_owned()).expect("legal"),
        callee_name: CalleeName::try_from("Zoë".to_owned()).ok(),
    };
    CallToken::sign(&ring().keys(), &claims).as_str().to_owned()
}

#[test]
fn a_new_ring_has_one_key() {
    for (arguments, id) in [(&["new"][..], 1), (&["new", "--id", "200"], 200)] {
        let ran = run(arguments, None, "");
        assert!(ran.succeeded && ran.note.contains("secret"));
        assert_eq!(ran.values.len(), 1);
        assert_eq!(ids(&ran.values[0]), [id]);
    }
    assert_ne!(run(&["new"], None, "").values, run(&["new"], None, "").values);
    assert_fails(&["new", "--id", "256"], None, "", "256");
}

#[test]
fn three_steps_replace_the_signing_key() {
    let added = rotate("add", RING);
    assert_eq!(ids(&added), [1, 2]);
    assert!(added.starts_with(RING));
    let signing = rotate("sign", &added);
    assert_eq!(ids(&signing), [2, 1]);
    assert!(signing.ends_with(RING));
    let removed = rotate("remove", &signing);
    assert_eq!(ids(&removed), [2]);
    assert!(signing.starts_with(&removed));
    assert_eq!(ids(&rotate("add", &removed)), [2, 3]);
}

#[test]
fn the_notes_say_which_key_does_what() {
    let both = format!("{RING},{OTHER_RING}");
    let note = |step| run(&["rotate", step], Some(&both), "").note;
    assert!(note("add").contains("Key 3 is new: it verifies, and key 1 still signs"));
    assert!(note("sign").contains("Key 2 signs now, and key 1 still verifies. When 30 days"));
    assert!(note("remove").contains("Key 2 is gone"));
}

#[test]
fn new_ids_go_on_from_the_highest_and_start_again_after_the_last() {
    let high = RING.replacen('1', "255", 1);
    assert_eq!(ids(&rotate("add", &high)), [255, 0]);
    assert_eq!(ids(&rotate("add", &rotate("add", &high))), [255, 0, 1]);
    let secret = &RING[2..];
    let full = (0..=255).map(|id| format!("{id}:{secret}")).collect::<Vec<_>>().join(",");
    assert_fails(&["rotate", "add"], Some(&full), "", "the ring is full");
}

#[test]
fn the_ring_may_come_from_standard_input() {
    let ran = run(&["rotate", "add"], None, &format!("{RING}\n"));
    assert!(ran.succeeded, "{}", ran.note);
    assert_eq!(ids(&ran.values[0]), [1, 2]);
    let from_environment = run(&["rotate", "add"], Some(RING), OTHER_RING);
    assert_eq!(ids(&from_environment.values[0]), [1, 2]);
}

#[test]
fn a_step_that_cannot_be_taken_says_why() {
    for step in ["add", "sign", "remove"] {
        let rotate = ["rotate", step];
        assert_fails(&rotate, None, "", "set LOOP_TOKEN_KEYS, or pipe the ring in");
        assert_fails(&rotate, Some(""), " \n", "set LOOP_TOKEN_KEYS");
        assert_fails(&rotate, Some("1:AAECAwQF"), "", "LOOP_TOKEN_KEYS: the secret of key 1 must");
        assert_fails(&rotate, None, "rubbish", "standard input: each key is written as");
        let twice = format!("{RING},{RING}");
        assert_fails(&rotate, Some(&twice), "", "key id 1 occurs twice");
    }
    assert_fails(&["rotate", "sign"], Some(RING), "", "rotate add comes first");
    assert_fails(&["rotate", "remove"], Some(RING), "", "nothing can be signed");
    // The tool refuses a ring that a function would refuse.
    let with_blank = format!("{RING}, {OTHER_RING}");
    assert_fails(&["rotate", "add"], Some(&with_blank), "", "no blanks");
    assert_fails(&["rotate"], Some(RING), "", "Usage");
    assert_fails(&["rotate", "add", OTHER_RING], None, "", "unexpected argument");
}

#[test]
fn the_keys_of_each_purpose_are_derived() {
    let both = format!("{RING},{OTHER_RING}");
    let ran = run(&["derive"], Some(&both), "");
    assert!(ran.succeeded && ran.note.contains("secrets"), "{}", ran.note);
    let [members] = ran.values.try_into().expect("one line");
    let members: BTreeMap<String, String> = serde_json::from_str(&members).expect("an object");
    let names: Vec<_> = members.keys().map(String::as_str).collect();
    assert_eq!(names, ["call_url_keys", "participant_keys", "session_keys"]);

    let token = call_token(second(4_000_000_000));
    let keys: Keys<CallToken> = members["call_url_keys"].parse().expect("right");
    assert_eq!(keys.ids().collect::<Vec<_>>(), [1, 2]);
    assert!(VerifiedCallUrl::verify(&keys, &token, second(1)).is_ok());
    let session = Session::begin(UserId::from_bytes([9; 16]), second(1)).sign(&ring().keys());
    let keys: Keys<SessionToken> = members["session_keys"].parse().expect("right");
    assert!(Session::verify(&keys, session.as_str(), second(1)).is_ok());
    let keys: Keys<ParticipantToken> = members["participant_keys"].parse().expect("right");
    assert_eq!(keys.ids().collect::<Vec<_>>(), [1, 2]);

    assert!(members.values().all(|keys| !keys.contains("AAECAwQF")), "{members:?}");
    assert_fails(&["derive"], None, "", "set LOOP_TOKEN_KEYS, or pipe the ring in");
}

#[test]
fn a_call_token_is_explained() {
    let token = call_token(second(1_700_000_000));
    let ran = run(&["inspect", &token], None, "");
    assert!(ran.succeeded, "{}", ran.note);
    assert_eq!(
        ran.values,
        [
            "kind: call token, by its shape",
            "version: 2",
            "key id: 1",
            "expires at: 1700000000 (2023-11-14T22:13:20Z, over)",
            "made at: 1699999000 (2023-11-14T21:56:40Z)",
            "url id: ZVPtGAcHBwc",
            "callee: hidden",
            r#"remote_id: "\"alice\"@example.com""#,
            r#"callee_name: "Zoë""#,
            "verifies: unknown",
        ]
    );
    assert!(ran.note.contains("Not verified"));
    let with_keys = run(&["inspect", &token], Some(RING), "");
    assert_eq!(with_keys.values[6], "callee: CQkJCQkJCQkJCQkJCQkJCQ");
    let with_others = run(&["inspect", &token], Some(OTHER_RING), "");
    assert_eq!(with_others.values[6], "callee: hidden");

    let link = format!("https://loop.example.org/calls/{token}");
    assert_eq!(run(&["inspect", &link], None, "").values, ran.values);
    assert_eq!(run(&["inspect", "-"], None, &format!("{token}\n")).values, ran.values);
}

#[test]
fn a_session_token_is_explained() {
    let session = Session::begin(UserId::from_bytes([9; 16]), second(4_000_000_000));
    let token = session.sign(&ring().keys());
    let ran = run(&["inspect", token.as_str()], Some(RING), "");
    assert_eq!(
        ran.values,
        [
            "kind: session token, by its shape",
            "version: 1",
            "key id: 1",
            "expires at: 4002592000 (2096-11-01T07:06:40Z, not yet over)",
            "user: CQkJCQkJCQkJCQkJCQkJCQ",
            "verifies: yes",
        ]
    );
}

#[test]
fn with_the_keys_it_says_whether_a_token_is_authentic() {
    let verdict = |token: &str, ring| {
        let mut ran = run(&["inspect", token], Some(ring), "");
        assert!(ran.succeeded, "{}", ran.note);
        ran.values.pop()
    };
    let [valid, over] = [second(4_000_000_000), second(1)].map(call_token);
    let forged = format!("B{}", &valid[1..]);
    for (token, ring, expected) in [
        (&valid, RING, "yes"),
        (&over, RING, "authentic, but expired"),
        (&valid, OTHER_RING, "no"),
        (&forged, RING, "no"),
    ] {
        assert_eq!(verdict(token, ring), Some(format!("verifies: {expected}")));
    }
    let unknown_version = run(&["inspect", &forged], None, "").values;
    assert_eq!(unknown_version[1], "version: 6 (unknown; the rest is read as version 2)");
    assert_fails(&["inspect", &valid], Some("1:AAECAwQF"), "", "LOOP_TOKEN_KEYS: the secret");
}

#[test]
fn the_last_second_of_all_is_readable() {
    let ran = run(&["inspect", &call_token(UnixSeconds::MAX)], None, "");
    assert_eq!(ran.values[3], "expires at: 1099511627775 (after the year 9999, not yet over)");
}

#[test]
fn what_is_no_token_is_told_apart() {
    let token = call_token(second(1));
    for (text, expected) in [
        ("", "the text is empty"),
        ("https://loop.example.org/calls/", "a link that ends with a slash"),
        ("a b", "not base64url without padding"),
        (&format!("{token}="), "not base64url without padding"),
        ("AQEA", "3 bytes, and the shortest has 39"),
        ("-EAA", "3 bytes, and the shortest has 39"),
        (&"A".repeat(56), "the shape of neither"),
        (&"A".repeat(400), "the shape of neither"),
        (&token[4..], "the shape of neither"),
    ] {
        assert_fails(&["inspect", text], None, "", expected);
    }
    assert_fails(&["inspect"], None, "", "Usage");
}

#[test]
fn a_vapid_key_has_a_private_and_a_public_half() {
    let ran = run(&["vapid"], None, "");
    assert!(ran.succeeded, "{}", ran.note);
    let [private, public] = ran.values.try_into().expect("two lines");
    assert!(private.len() > public.len());
    // 65 bytes that begin with 4: an uncompressed point (SEC 1, section 2.3.3).
    assert!(public.len() == 87 && public.starts_with('B'));
    assert!(ran.note.contains("LOOP_VAPID_KEY"));

    let told = run(&["vapid-public"], None, &format!("{private}\n"));
    assert_eq!(told.values, [public.as_str()], "{}", told.note);
    for wrong in ["", "rubbish", &public] {
        assert_fails(&["vapid-public"], None, wrong, "not a private VAPID key");
    }
}

#[test]
fn no_command_and_unknown_commands_show_how_it_is_used() {
    assert_fails(&[], None, "", "Usage");
    assert_fails(&["sign"], Some(RING), "", "unrecognized subcommand");
}
