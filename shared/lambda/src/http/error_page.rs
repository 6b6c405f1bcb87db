//! The page for a person who has opened an address in a browser, and gets an error.
//!
//! It is small and has no script, since every function contains it. It says in everyday words what
//! the person can do; the number and the message of the error are for programs.

use lambda_http::{
    Body,
    http::{HeaderValue, header},
};
use loop_page_model::Language;

use super::{
    error::Error,
    language::preferred_language,
    request::{Request, Response, request_id},
};

const STYLE: &str = ":root{color-scheme:light dark;font:1.0625rem/1.5 system-ui,sans-serif}\
                     body{max-width:36rem;margin:15vh auto;padding:0 1rem}\
                     h1{font-size:1.7rem;line-height:1.2}";
/// The policy of the page, with the hash of its style.
const POLICY: &str = "default-src 'none'; \
                      style-src 'sha256-Va99rjIKZ8AiI4WEM1kbNhqJcnkWG4XssyAD3NHJeJI='; \
                      img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The kinds of errors by what a person can do about them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// The person can check the address, or ask for another one.
    NothingHere,
    /// The person can begin to receive calls.
    NoSession,
    /// The person can wait.
    Busy,
    /// The person can do nothing.
    Fault,
}

struct Words {
    heading: &'static str,
    text: &'static str,
    /// The text of the link to the first page.
    link: Option<&'static str>,
    /// The text before the id of the request.
    report: Option<&'static str>,
}

/// Makes the page for an error, in the visitor's language.
pub(crate) fn page(request: &Request, error: &Error) -> Response {
    let language = preferred_language(request);
    let words = words(Kind::of(error), language);
    let mut response = Response::new(Body::Text(html(language, &words, request_id(request))));
    *response.status_mut() = error.status();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(header::CONTENT_LANGUAGE, HeaderValue::from_static(language.code()));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    response
}

impl Kind {
    fn of(error: &Error) -> Self {
        match error {
            Error::InvalidToken
            | Error::Gone
            | Error::NotFound
            | Error::NotThroughFront
            | Error::MethodNotAllowed { .. }
            | Error::NotAcceptable(_)
            | Error::NotJson
            | Error::InvalidParameters(_)
            | Error::MissingParameters { .. }
            | Error::BodyTooLarge
            | Error::UnsupportedMediaType
            | Error::KeyReused
            | Error::CallOver => Self::NothingHere,
            Error::Unauthorized(_) | Error::ForeignOrigin { .. } => Self::NoSession,
            Error::TooMany { .. } | Error::NoDevice | Error::Unavailable { .. } => Self::Busy,
            Error::Internal { .. } => Self::Fault,
        }
    }
}

fn words(kind: Kind, language: Language) -> Words {
    match language {
        Language::English => match kind {
            Kind::NothingHere => Words {
                heading: "There is no page here",
                text: "The address may be mistyped, or part of it may be missing. If somebody gave \
                       you a link, ask them for a new one.",
                link: None,
                report: None,
            },
            Kind::NoSession => Words {
                heading: "This browser does not get calls yet",
                text: "Only a browser that gets calls here can see who is calling.",
                link: Some("Get calls in this browser"),
                report: None,
            },
            Kind::Busy => Words {
                heading: "The service is not available just now",
                text: "Try again in a moment.",
                link: None,
                report: Some("If you report it, please name this:"),
            },
            Kind::Fault => Words {
                heading: "That did not work",
                text: "It is our fault. Try again later.",
                link: None,
                report: Some("If you report it, please name this:"),
            },
        },
        Language::German => match kind {
            Kind::NothingHere => Words {
                heading: "Hier ist keine Seite",
                text: "Vielleicht ist die Adresse falsch geschrieben, oder es fehlt ein Teil. Wenn \
                       Ihnen jemand einen Link gegeben hat, bitten Sie um einen neuen.",
                link: None,
                report: None,
            },
            Kind::NoSession => Words {
                heading: "Dieser Browser nimmt noch keine Anrufe an",
                text: "Nur ein Browser, der hier Anrufe annimmt, kann sehen, wer anruft.",
                link: Some("Anrufe in diesem Browser annehmen"),
                report: None,
            },
            Kind::Busy => Words {
                heading: "Der Dienst ist gerade nicht verfügbar",
                text: "Versuchen Sie es gleich noch einmal.",
                link: None,
                report: Some("Wenn Sie es melden, nennen Sie bitte dies:"),
            },
            Kind::Fault => Words {
                heading: "Das hat nicht geklappt",
                text: "Es liegt an uns. Versuchen Sie es später noch einmal.",
                link: None,
                report: Some("Wenn Sie es melden, nennen Sie bitte dies:"),
            },
        },
    }
}

fn html(language: Language, words: &Words, request_id: &str) -> String {
    let Words { heading, text, link, report } = words;
    let language = language.code();
    let mut html = format!(
        "<!doctype html>\n<html lang=\"{language}\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"robots\" content=\"noindex\">\n<title>{heading}</title>\n\
         <link rel=\"icon\" href=\"data:,\">\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n\
         <h1>{heading}</h1>\n<p>{text}</p>\n"
    );
    if let Some(link) = link {
        html += &format!("<p><a href=\"/\">{link}</a></p>\n");
    }
    if let Some(report) = report
        && is_plain(request_id)
    {
        html += &format!("<p>{report} <code>{request_id}</code></p>\n");
    }
    html + "</main>\n</body>\n</html>\n"
}

/// Returns whether the id of a request, which the gateway makes, needs no escaping.
fn is_plain(request_id: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'=');
    !request_id.is_empty() && request_id.bytes().all(is_plain)
}

#[cfg(test)]
mod tests {
    use base64::{Engine, engine::general_purpose::STANDARD};
    use ring::digest;

    use super::*;

    const KINDS: [Kind; 4] = [Kind::NothingHere, Kind::NoSession, Kind::Busy, Kind::Fault];

    #[test]
    fn the_policy_knows_the_style() {
        let hash = STANDARD.encode(digest::digest(&digest::SHA256, STYLE.as_bytes()));
        assert!(POLICY.contains(&format!("style-src 'sha256-{hash}';")), "{hash}");
    }

    #[test]
    fn every_language_says_the_same_things_in_its_own_words() {
        let [english, others @ ..] = Language::ALL;
        for kind in KINDS {
            let expected = words(kind, english);
            for language in others {
                let words = words(kind, language);
                assert_ne!(words.heading, expected.heading, "{kind:?}");
                assert_eq!(words.link.is_some(), expected.link.is_some(), "{kind:?}");
                assert_eq!(words.report.is_some(), expected.report.is_some(), "{kind:?}");
            }
        }
    }

    #[test]
    fn a_page_is_whole_small_and_without_a_script() {
        for language in Language::ALL {
            for kind in KINDS {
                let html = html(language, &words(kind, language), "MkUAwiMmoAMEVaw=");
                assert!(html.starts_with("<!doctype html>") && html.ends_with("</html>\n"));
                assert!(html.len() < 1024 && !html.contains("<script"), "{html}");
                let names = html.contains("<code>MkUAwiMmoAMEVaw=</code>");
                assert_eq!(names, matches!(kind, Kind::Busy | Kind::Fault), "{html}");
            }
        }
    }

    #[test]
    fn a_name_of_a_request_can_not_be_markup() {
        let words = words(Kind::Fault, Language::English);
        for strange in ["", "<b>", "a&b", "\"", "é"] {
            assert!(!html(Language::English, &words, strange).contains("<code>"), "{strange}");
        }
    }
}
