//! The demo: Bob and Alice, played over real HTTP from Bob's registration to Alice's call.

mod browser;

use std::{io::Write, time::Duration};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use loop_lambda::{LogFormat, Logger};
use serde_json::{Value, json};

use tokio::time::timeout;

use crate::{
    LocalServer, Options,
    demo::browser::{Browser, Result},
    inbox::PushInbox,
};

/// The URL on which `cargo run` listens by default.
const USUAL_URL: &str = "http://localhost:3000";
/// The longest time that a ping may take to arrive.
const PING_DEADLINE: Duration = Duration::from_secs(5);
const STEPS: usize = 12;

/// Plays the story against the server at `url`; without a URL, against the server on the usual port
/// if there is one, and else against a server of its own. Writes each step to `output` as it
/// happens.
///
/// # Errors
/// A step has an unexpected outcome, which the error describes.
pub async fn run(url: Option<&str>, output: &mut (dyn Write + Send)) -> Result<()> {
    let (url, _own_server) = match url {
        Some(url) => (url.trim_end_matches('/').to_owned(), None),
        None if answers(USUAL_URL).await => (USUAL_URL.to_owned(), None),
        None => {
            let logger = Logger::new(LogFormat::Text, std::io::sink());
            let server = LocalServer::start(Options::new(logger)).await?;
            (server.url(), Some(server))
        }
    };
    play(&url, &mut Story { output, step: 0 }).await
}

async fn play(url: &str, story: &mut Story<'_>) -> Result<()> {
    let (mut bob, mut alice) = (Browser::new(url)?, Browser::new(url)?);

    let service = bob.get("/").await?;
    story.tell(&format!("{url} is {} {}", text(&service, "name")?, text(&service, "version")?))?;

    let mut inbox = PushInbox::start().await?;
    let push_url = inbox.push_url();
    story.tell(&format!("Bob's push service rings {push_url}"))?;

    let registered = bob.post("/registration", json!({ "simple_push_url": push_url })).await?;
    let device = text(&registered, "device_id")?;
    story.tell(&format!("Bob registers it: device {device}, and gets a session cookie"))?;

    let wish = json!({
        "remote_id": "alice@example.com", "callee_name": "Bob", "valid_duration": 86_400,
    });
    let made = bob.post("/call-url", wish).await?;
    let (link, token) = (text(&made, "call_url")?, text(&made, "call_token")?);
    let size = token.len();
    story.tell(&format!("Bob makes a link, {size} characters of token: {link}"))?;

    let path = format!("/calls/{token}");
    let page = alice.page(&path).await?;
    let question = between(&page, "<h1>", "</h1>").ok_or("the page asks nothing")?;
    story.tell(&format!("Alice opens it and reads: {}", without_tags(question)))?;

    let opened = alice.get(&path).await?;
    story.tell(&format!(
        "The same for programs: made for {}, valid until {}",
        text(&opened, "remote_id")?,
        number(&opened, "expires_at")?
    ))?;

    let placed = alice.post(&path, json!({ "call_type": "audio-video" })).await?;
    if placed["notified"] != true {
        return Err("no device was notified".into());
    }
    let call_id = text(&placed, "call_id")?;
    story.tell(&format!("Alice calls: call {call_id}, a device is notified"))?;

    let ping = timeout(PING_DEADLINE, inbox.next()).await.ok().flatten();
    let ping = ping.ok_or("Bob was not rung")?;
    let body = &ping.body;
    let version = body.strip_prefix("version=").ok_or("the ping has no version")?;
    story.tell(&format!("Bob's push URL rings: {} {} with {body}", ping.method, ping.path))?;

    let listed = bob.get(&format!("/calls?version={version}")).await?;
    let call = match listed["calls"].as_array().map(Vec::as_slice) {
        Some([call]) if call["call_id"] == call_id => call,
        _ => return Err("Bob does not see exactly this call".into()),
    };
    story.tell(&format!("Bob lists his calls: 1, from {}", text(call, "remote_id")?))?;

    let session = text(call, "session_id")?;
    if placed["session_id"] != session || placed["session_token"] == call["session_token"] {
        return Err("Alice and Bob would not meet".into());
    }
    let (hers, his) = (participant(&placed)?, participant(call)?);
    let server = text(call, "server_url")?;
    story.tell(&format!("They meet at {server}, session {session}, as {hers} and {his}"))?;

    bob.delete(&format!("/call-url/{token}")).await?;
    story.tell("Bob revokes the link")?;

    let refusal = alice.refused_call(&path).await?;
    if refusal["errno"] != 111 {
        return Err(format!("a revoked link gave {refusal}").into());
    }
    story.tell(&format!("Alice calls again: {}", text(&refusal, "message")?))
}

struct Story<'a> {
    output: &'a mut (dyn Write + Send),
    step: usize,
}

impl Story<'_> {
    fn tell(&mut self, what: &str) -> Result<()> {
        self.step += 1;
        writeln!(self.output, "[{:>2}/{STEPS}] {what}", self.step)?;
        Ok(self.output.flush()?)
    }
}

/// Returns whether our service, and not another one, listens at `url`.
async fn answers(url: &str) -> bool {
    let Ok(mut browser) = Browser::new(url) else { return false };
    browser.get("/").await.is_ok_and(|service| service["name"] == "loop")
}

fn text<'a>(response: &'a Value, name: &str) -> Result<&'a str> {
    response[name].as_str().ok_or_else(|| format!("a response without {name}: {response}").into())
}

fn number(response: &Value, name: &str) -> Result<u64> {
    response[name].as_u64().ok_or_else(|| format!("a response without {name}: {response}").into())
}

/// Returns the identity that a LiveKit token gives its holder, or, with other providers, the end of
/// the token: only there do the two tokens differ for sure.
fn participant(response: &Value) -> Result<String> {
    let token = text(response, "session_token")?;
    let claims = token.split('.').nth(1).and_then(|part| URL_SAFE_NO_PAD.decode(part).ok());
    let claims: Option<Value> = claims.and_then(|claims| serde_json::from_slice(&claims).ok());
    let identity = claims.and_then(|claims| claims["sub"].as_str().map(str::to_owned));
    Ok(identity
        .unwrap_or_else(|| token.chars().skip(token.chars().count().saturating_sub(8)).collect()))
}

fn between<'a>(page: &'a str, start: &str, end: &str) -> Option<&'a str> {
    page.split_once(start)?.1.split_once(end).map(|(inside, _)| inside)
}

fn without_tags(html: &str) -> String {
    let mut is_tag = false;
    html.chars()
        .filter(|character| {
            let was_tag = is_tag;
            is_tag = match character {
                '<' => true,
                '>' => false,
                _ => is_tag,
            };
            !was_tag && !is_tag
        })
        .collect()
}
