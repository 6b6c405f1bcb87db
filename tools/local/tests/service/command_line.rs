//! Tests of the program that `cargo run` starts, not of the library.

use std::{
    io::{BufRead, BufReader, Read},
    path::Path,
    process::{Child, Command, Stdio},
};

use local::database::TABLE;
use loop_core::{Settings, UnixMillis};
use loop_store::Store;
use serde_json::json;

use crate::world::Browser;

/// The program, listening on any free port. It is killed when it is dropped.
struct Program {
    child: Child,
    url: String,
    greeting: String,
}

impl Program {
    fn start(arguments: &[&str]) -> Self {
        Self::start_command(&[&["--port", "0"], arguments].concat(), "Loop is ready: ")
    }

    /// Starts the program, which prints its URL after `ready`.
    fn start_command(arguments: &[&str], ready: &str) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_local"))
            .args(arguments)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut greeting = String::new();
        while !greeting.contains("Stop with") {
            greeting.push_str(&lines.next().expect("a greeting").unwrap());
            greeting.push('\n');
        }
        // If the test stopped reading, the program would stop once the pipe is full.
        std::thread::spawn(move || lines.for_each(drop));
        let url = greeting.split_once(ready).unwrap().1.split([',', '\n']).next().unwrap();
        Self { url: url.to_owned(), child, greeting }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test]
async fn the_printed_commands_work_as_they_stand() {
    the_printed_commands_work(&Program::start(&[]));
}

fn the_printed_commands_work(program: &Program) {
    let directory = tempfile::tempdir().unwrap();
    let commands: Vec<_> = program
        .greeting
        .lines()
        .filter_map(|line| line.strip_prefix("  "))
        .map(|line| line.replace("/tmp/", &format!("{}/", directory.path().display())))
        .collect();
    assert_eq!(commands.len(), 3, "{}", program.greeting);
    let output = Command::new("sh").arg("-ec").arg(commands.join("\n")).output().unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{told}{}", String::from_utf8_lossy(&output.stderr));
    for part in
        ["\"device_id\"", "Alice can open http://localhost:", "\"notified\":true", "\"calls\":[{"]
    {
        assert!(told.contains(part), "{part} is not in {told}");
    }
}

#[tokio::test]
async fn a_data_directory_keeps_registrations_links_and_sessions() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("data");
    let arguments = ["--data-dir", data.to_str().unwrap()];
    let (cookie, path) = {
        let program = Program::start(&arguments);
        let mut bob = Browser::new(&program.url);
        let device = json!({ "simple_push_url": "http://localhost:9/bob" });
        bob.post("/registration", device).await.expect(reqwest::StatusCode::OK);
        (bob.cookie.clone(), bob.link(600).await.0)
        // The program is killed here, before it can tidy up.
    };
    let program = Program::start(&arguments);
    let mut bob = Browser::new(&program.url);
    bob.cookie = cookie;
    bob.call(&path).await.expect(reqwest::StatusCode::OK);
    let listed = bob.get("/calls").await.expect(reqwest::StatusCode::OK);
    assert_eq!(listed["calls"].as_array().unwrap().len(), 1);
    expect_private(&data.join("keys.env"));
}

#[test]
fn a_taken_port_and_a_bad_setting_are_said_in_one_line() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let fault = failure(Command::new(env!("CARGO_BIN_EXE_local")).args(["--port", &port]));
    assert!(fault.contains(&format!("port {port}")) && fault.contains("--port"), "{fault}");
    let fault = failure(
        Command::new(env!("CARGO_BIN_EXE_local"))
            .args(["--port", "0"])
            .env("LOOP_RING_SECONDS", "hunter2")
            .env("LOOP_PROVIDER", "carrier-pigeon"),
    );
    assert!(fault.contains("LOOP_RING_SECONDS") && fault.contains("LOOP_PROVIDER"), "{fault}");
    assert!(!fault.contains("hunter2") && !fault.contains("pigeon"), "{fault}");
}

#[test]
fn an_option_that_could_not_work_is_refused_before_the_start() {
    let command = || Command::new(env!("CARGO_BIN_EXE_local"));
    for (arguments, part) in [
        (["--port", "6000"], "browsers do not connect"),
        (["--port", "65536"], "from 0 to 65535"),
        (["--data-dir", ""], "a directory has a name"),
    ] {
        let output = command().args(arguments).output().unwrap();
        let fault = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && fault.contains(part), "{arguments:?}: {fault}");
    }
    let output = command().env("PORT", "6666").output().unwrap();
    assert!(String::from_utf8_lossy(&output.stderr).contains("browsers do not connect"));
    let output = command().args(["demo", "--url", "localhost:3000"]).output().unwrap();
    assert!(String::from_utf8_lossy(&output.stderr).contains("must be a URL"));
}

#[tokio::test]
async fn the_database_by_itself_has_the_table() {
    let arguments = ["dynamodb", "--port", "0"];
    let program = Program::start_command(&arguments, "DynamoDB is ready: ");
    let mut settings = Settings::new(|name| match name {
        "AWS_ENDPOINT_URL_DYNAMODB" => Some(program.url.clone()),
        "LOOP_TABLE" | "AWS_REGION" | "AWS_ACCESS_KEY_ID" | "AWS_SECRET_ACCESS_KEY" => {
            Some(TABLE.to_owned())
        }
        _ => None,
    });
    let store = Store::from_settings(&mut settings);
    let store = settings.finish(store).unwrap();
    store.heartbeat(UnixMillis::new(0)).await.unwrap();
}

#[test]
fn the_database_is_for_this_machine_alone_unless_others_are_asked_for() {
    let command = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_local"));
        command.args(["dynamodb", "--port", "0"]).args(arguments);
        command
    };
    for host in ["0.0.0.0", "::", "172.17.0.1"] {
        let fault = failure(&mut command(&["--host", host]));
        assert!(fault.starts_with(&format!("--host {host}: ")), "{fault}");
        assert!(fault.contains("--allow-remote"), "{fault}");
    }
    // The address is one for documentation, which no machine has.
    let fault = failure(&mut command(&["--host", "192.0.2.1", "--allow-remote"]));
    assert!(fault.starts_with("can't listen on 192.0.2.1"), "{fault}");
    let arguments = ["dynamodb", "--port", "0", "--host", "0.0.0.0", "--allow-remote"];
    Program::start_command(&arguments, "DynamoDB is ready: ");
    Program::start_command(&["dynamodb", "--port", "0", "--host", "::1"], "DynamoDB is ready: ");
}

#[cfg(unix)]
#[test]
fn a_setting_that_is_no_unicode_is_a_fault_and_no_panic() {
    use std::os::unix::ffi::OsStrExt;
    let bytes = std::ffi::OsStr::from_bytes(b"stun:\xff");
    let fault = failure(
        Command::new(env!("CARGO_BIN_EXE_local"))
            .args(["--port", "0"])
            .env("LOOP_STUN_URLS", bytes)
            .env("SOMEBODY_ELSES", bytes),
    );
    assert_eq!(fault.trim(), "settings: LOOP_STUN_URLS: not Unicode");
}

#[test]
fn a_name_that_is_no_setting_is_told_at_the_start() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_local"))
        .args(["--port", "0"])
        .env("LOOP_STUN_URL", "hunter2")
        .env("LOOP_TABLE", "hunter2")
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let lines = [lines.next().unwrap().unwrap(), lines.next().unwrap().unwrap()];
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(
        lines,
        [
            "settings: LOOP_STUN_URL is not a setting: is LOOP_STUN_URLS meant?",
            "settings: the local server has its own, and does not read: LOOP_TABLE",
        ]
    );
}

#[tokio::test]
async fn the_printed_commands_work_as_they_stand_where_others_reach_the_server() {
    the_printed_commands_work(&Program::start(&["--host", "0.0.0.0"]));
}

fn failure(command: &mut Command) -> String {
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut fault = String::new();
    child.stderr.take().unwrap().read_to_string(&mut fault).unwrap();
    assert!(!child.wait().unwrap().success());
    assert_eq!(fault.lines().count(), 1, "{fault}");
    fault
}

#[cfg(unix)]
fn expect_private(path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    assert_eq!(std::fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o600);
}

#[cfg(not(unix))]
fn expect_private(path: &Path) {
    assert!(path.exists());
}
