//! Ports, and those that no browser connects to.

use crate::Reason;

/// The "bad ports" of the Fetch standard (<https://fetch.spec.whatwg.org/#port-blocking>). Browsers
/// never connect to them, neither for pages, nor for WebSockets, nor, in Firefox, for STUN and
/// TURN.
const BLOCKED: [u16; 82] = [
    0, 1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 69, 77, 79, 87, 95, 101, 102,
    103, 104, 109, 110, 111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465,
    512, 513, 514, 515, 526, 530, 531, 532, 540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993,
    995, 1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668,
    6669, 6679, 6697, 10080,
];

/// Returns whether browsers refuse to connect to this port.
pub fn is_blocked_by_browsers(port: u16) -> bool {
    BLOCKED.binary_search(&port).is_ok()
}

/// Reads a port that a server can listen on, in decimal digits alone.
///
/// # Errors
/// It is not a whole number from 1 to 65535.
pub fn port(text: &str) -> Result<u16, Reason> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let port = if is_number { text.parse().ok() } else { None };
    port.filter(|port| *port != 0).ok_or_else(|| "a port is a number from 1 to 65535".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_is_a_number_that_something_can_listen_on() {
        assert_eq!((port("1"), port("03478"), port("65535")), (Ok(1), Ok(3478), Ok(65535)));
        for wrong in ["", "0", "65536", "99999", "+1", "-1", "1 ", "x"] {
            assert!(port(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn ports_that_browsers_block_are_found() {
        assert!(BLOCKED.is_sorted());
        for blocked in [0, 1, 22, 6000, 10080] {
            assert!(is_blocked_by_browsers(blocked), "{blocked}");
        }
        for open in [53, 80, 443, 3000, 3478, 5349, 8443, 65535] {
            assert!(!is_blocked_by_browsers(open), "{open}");
        }
    }
}
