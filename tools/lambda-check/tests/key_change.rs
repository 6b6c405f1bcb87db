//! A new key comes into service while old and new instances run side by side.
//!
//! The rings are made by the tool that an operator uses, in the order of `docs/token.md`.

#![allow(clippy::unwrap_used, reason = "tests report by panicking")]

use std::{path::Path, process::Command};

use emulator::{EmbeddedDynamoDb, LambdaProcess, RuntimeApi};
use serde_json::Value;

const TABLE: &str = "loop-test";

#[tokio::test]
async fn at_every_step_old_and_new_instances_accept_what_either_has_signed() {
    let table = Table::start().await;
    let former = keys(&["new"], "");
    let added = keys(&["rotate", "add"], &former);
    let signing = keys(&["rotate", "sign"], &added);
    let removed = keys(&["rotate", "remove"], &signing);

    let mut of_the_former_key = Vec::new();
    let mut of_the_new_key = Vec::new();
    let mut old = Instances::start(&former, &table).await;
    for (ring, is_new_key) in [(&former, false), (&added, false), (&signing, true)] {
        let new = Instances::start(ring, &table).await;
        let signed = [old.sign().await, new.sign().await];
        for signed in signed.iter().chain(&of_the_former_key).chain(&of_the_new_key) {
            assert_eq!([old.accept(signed).await, new.accept(signed).await], [ACCEPTED; 2]);
        }
        let [by_old, by_new] = signed;
        of_the_former_key.push(by_old);
        if is_new_key { &mut of_the_new_key } else { &mut of_the_former_key }.push(by_new);
        old = new;
    }

    let new = Instances::start(&removed, &table).await;
    of_the_new_key.extend([old.sign().await, new.sign().await]);
    for signed in &of_the_new_key {
        assert_eq!([old.accept(signed).await, new.accept(signed).await], [ACCEPTED; 2]);
    }
    for signed in &of_the_former_key {
        assert_eq!([old.accept(signed).await, new.accept(signed).await], [ACCEPTED, REFUSED]);
    }
}

#[tokio::test]
async fn a_key_that_signs_before_it_is_everywhere_makes_links_that_fail() {
    let table = Table::start().await;
    let former = keys(&["new"], "");
    let signing = keys(&["rotate", "sign"], &keys(&["rotate", "add"], &former));

    let (old, new) =
        (Instances::start(&former, &table).await, Instances::start(&signing, &table).await);
    let (by_old, by_new) = (old.sign().await, new.sign().await);
    assert_eq!([old.accept(&by_old).await, new.accept(&by_old).await], [ACCEPTED; 2]);
    assert_eq!([old.accept(&by_new).await, new.accept(&by_new).await], [REFUSED, ACCEPTED]);
}

/// What becomes of a session and a link: not a valid token, for either.
type Verdict = [(u64, Option<u64>); 2];

const ACCEPTED: Verdict = [(200, None), (200, None)];
const REFUSED: Verdict = [(401, Some(110)), (404, Some(105))];

/// What an instance hands out.
struct Signed {
    /// `name=value`
    cookie: String,
    call_token: String,
}

/// One of each function that signs or verifies, all with the same ring.
struct Instances {
    register: LambdaProcess,
    create_call_url: LambdaProcess,
    open_call_url: LambdaProcess,
}

impl Instances {
    async fn start(ring: &str, table: &Table) -> Self {
        Self {
            register: table.spawn(env!("CARGO_BIN_EXE_check-register"), ring).await,
            create_call_url: table.spawn(env!("CARGO_BIN_EXE_check-create-call-url"), ring).await,
            open_call_url: table.spawn(env!("CARGO_BIN_EXE_check-open-call-url"), ring).await,
        }
    }

    async fn sign(&self) -> Signed {
        let answer = self.register.invoke(lambda_check::event("register")).await.unwrap();
        let cookie = answer["cookies"][0].as_str().unwrap();
        let cookie = cookie.split(';').next().unwrap().to_owned();
        let answer = self.create_call_url(&cookie).await;
        let call_token = body(&answer)["call_token"].as_str().unwrap().to_owned();
        Signed { cookie, call_token }
    }

    async fn accept(&self, signed: &Signed) -> Verdict {
        let mut event = lambda_check::event("open-call-url");
        event["headers"]["accept"] = "application/json".into();
        event["rawPath"] = format!("/calls/{}", signed.call_token).into();
        event["pathParameters"]["token"] = signed.call_token.as_str().into();
        let opened = self.open_call_url.invoke(event).await.unwrap();
        [&self.create_call_url(&signed.cookie).await, &opened]
            .map(|answer| (answer["statusCode"].as_u64().unwrap(), body(answer)["errno"].as_u64()))
    }

    async fn create_call_url(&self, cookie: &str) -> Value {
        let mut event = lambda_check::event("create-call-url");
        event["cookies"] = [cookie].into_iter().collect();
        self.create_call_url.invoke(event).await.unwrap()
    }
}

/// Where devices are registered.
struct Table(EmbeddedDynamoDb);

impl Table {
    async fn start() -> Self {
        let database = EmbeddedDynamoDb::start(None).await.unwrap();
        database.create_table(TABLE).unwrap();
        Self(database)
    }

    async fn spawn(&self, binary: &str, ring: &str) -> LambdaProcess {
        let environment = [
            ("AWS_ENDPOINT_URL_DYNAMODB", &*self.0.endpoint_url()),
            ("LOOP_PUBLIC_URL", "https://loop.example.org"),
            ("LOOP_TABLE", TABLE),
            ("LOOP_TOKEN_KEYS", ring),
        ];
        RuntimeApi::start().await.spawn(Path::new(binary), &environment).unwrap()
    }
}

/// What `cargo run -p keys` prints.
fn keys(arguments: &[&str], ring: &str) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_check-keys"));
    let output = command.args(arguments).env("LOOP_TOKEN_KEYS", ring).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

fn body(answer: &Value) -> Value {
    serde_json::from_str(answer["body"].as_str().unwrap()).unwrap()
}
