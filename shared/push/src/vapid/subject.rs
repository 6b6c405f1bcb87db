//! The contact for a push service's operator (RFC 8292, section 2.1).

use loop_core::{
    Reason,
    setting::{HostName, server_url},
};

/// The longest part of an address before the `@` (RFC 5321, section 4.5.3.1.1).
const LOCAL_PART_MAX_BYTES: usize = 64;

/// Reads a contact: `mailto:` and one address, or an `https` URL, both with a host of the public
/// Domain Name System. Apple's push service refuses a subject with a host such as `localhost`,
/// `something.local` or `something.invalid` with 403 `BadJwtToken`
/// (<https://github.com/web-push-libs/web-push/issues/947>), while others do not check it.
pub(super) fn parse(text: &str) -> Result<String, Reason> {
    let host = match text.split_once(':') {
        Some(("mailto", address)) => host_of_address(address)?,
        Some(("https", _)) => host_of_url(text)?,
        _ => return Err("must be a contact: mailto: with an address, or an https: URL".into()),
    };
    HostName::public(&host).map_err(|reason| format!("its host {reason}"))?;
    Ok(text.to_owned())
}

/// Returns the host of an address. Only characters that need no escape in a URL (RFC 6068, section
/// 2) are allowed, and no header after the address.
fn host_of_address(address: &str) -> Result<String, Reason> {
    let fault = "must be a contact: mailto:somebody@example.org";
    let (local, host) = address.split_once('@').ok_or(fault)?;
    let is_atom = |atom: &str| {
        !atom.is_empty()
            && atom.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!$'*+-=_~".contains(&byte))
    };
    if local.len() > LOCAL_PART_MAX_BYTES || !local.split('.').all(is_atom) {
        return Err(fault.into());
    }
    Ok(host.to_owned())
}

fn host_of_url(text: &str) -> Result<String, Reason> {
    let url = server_url(text, &["https"])?;
    let authority = url.origin();
    let host = authority.strip_prefix("https://").unwrap_or_default();
    Ok(host
        .rsplit_once(':')
        .filter(|_| !host.ends_with(']'))
        .map_or(host, |(host, _)| host)
        .to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_contact_is_an_address_or_a_page_that_others_can_reach() {
        for right in [
            "mailto:ops@example.org",
            "mailto:first.last+loop@mail.example.co.uk",
            "mailto:o'neil@xn--bcher-kva.de",
            "https://example.org",
            "https://example.org/contact/",
            "https://Example.org:8443/contact",
        ] {
            assert_eq!(parse(right), Ok(right.to_owned()));
        }
    }

    #[test]
    fn what_push_services_refuse_is_refused() {
        let long = format!("mailto:{}@example.org", "a".repeat(65));
        for wrong in [
            "ops@example.org",
            "mailto:",
            "mailto:ops",
            "mailto:@example.org",
            "mailto:ops@",
            "mailto: ops@example.org",
            "mailto:<ops@example.org>",
            "mailto:ops@example.org?subject=a",
            "mailto:a@example.org,b@example.org",
            "mailto:a@b@example.org",
            "mailto:.a@example.org",
            "mailto:a.@example.org",
            "mailto:a..b@example.org",
            "mailto:a%20b@example.org",
            "mailto:ops@localhost",
            "mailto:ops@loop",
            "mailto:ops@loop.local",
            "mailto:ops@a.localhost",
            "mailto:ops@a.invalid",
            "mailto:ops@a.example",
            "mailto:ops@a.test",
            "mailto:ops@127.0.0.1",
            "mailto:ops@[127.0.0.1]",
            "mailto:ops@[::1]",
            "mailto:ops@example.org.",
            "mailto:ops@-a.org",
            "mailto:ops@example..org",
            "mailto:ops@a_b.org",
            "mailto://ops@example.org",
            &long,
            "MAILTO:ops@example.org",
            "http://example.org",
            "tel:+4989123",
            "https:",
            "https://",
            "https:example.org",
            "https://localhost",
            "https://localhost:3000/",
            "https://127.0.0.1",
            "https://[::1]:3000",
            "https://loop.local",
            "https://loop",
            "https://me@example.org",
            "https://example.org/?a",
            "https://example.org/#a",
        ] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }
}
