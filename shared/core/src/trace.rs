//! The id under which the parts of one request are found in other systems.

use std::fmt;

/// The id of a trace. It is checked, so that nothing but an id gets into a log line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceId(String);

impl TraceId {
    /// Reads the trace id in a `traceparent` (W3C Trace Context, section 3.2): 32 hexadecimal
    /// digits. `None` when there is none that is valid.
    pub fn of_traceparent(header: &str) -> Option<Self> {
        let mut fields = header.split('-');
        let (version, trace, parent, flags) =
            (fields.next()?, fields.next()?, fields.next()?, fields.next()?);
        let is_hex = |text: &str, length| {
            text.len() == length
                && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
        };
        let is_nothing = |text: &str| text.bytes().all(|byte| byte == b'0');
        let has_form = is_hex(version, 2)
            && version != "ff"
            && is_hex(trace, 32)
            && is_hex(parent, 16)
            && is_hex(flags, 2)
            && (version != "00" || fields.next().is_none());
        (has_form && !is_nothing(trace) && !is_nothing(parent)).then(|| Self(trace.to_owned()))
    }

    /// Reads the root of a tracing header of AWS X-Ray, as Lambda hands it over with each
    /// invocation: `Root=1-5759e988-bd862e3fe1be46a994272793;Parent=…`. `None` when there is none.
    pub fn of_xray(header: &str) -> Option<Self> {
        let root = header.split(';').find_map(|field| field.trim().strip_prefix("Root="))?;
        let (version, rest) = root.split_once('-')?;
        let (time, random) = rest.split_once('-')?;
        let is_hex = |text: &str, length| {
            text.len() == length && text.bytes().all(|byte| byte.is_ascii_hexdigit())
        };
        let has_form = version == "1" && is_hex(time, 8) && is_hex(random, 24);
        has_form.then(|| Self(root.to_owned()))
    }

    /// Returns the id.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TraceId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
    const ROOT: &str = "1-5759e988-bd862e3fe1be46a994272793";

    fn w3c(header: &str) -> Option<String> {
        TraceId::of_traceparent(header).map(|id| id.to_string())
    }

    fn xray(header: &str) -> Option<String> {
        TraceId::of_xray(header).map(|id| id.to_string())
    }

    #[test]
    fn the_example_of_the_standard_is_read() {
        let id = Some(TRACE.to_owned());
        assert_eq!(w3c(&format!("00-{TRACE}-00f067aa0ba902b7-01")), id);
        // A later version may have more fields after these.
        assert_eq!(w3c(&format!("01-{TRACE}-00f067aa0ba902b7-01-more")), id);
    }

    #[test]
    fn what_is_no_traceparent_gives_no_id() {
        for wrong in [
            String::new(),
            TRACE.to_owned(),
            format!("00-{TRACE}-00f067aa0ba902b7"),
            format!("00-{TRACE}-00f067aa0ba902b7-01-more"),
            format!("ff-{TRACE}-00f067aa0ba902b7-01"),
            format!("00-{TRACE}-0000000000000000-01"),
            format!("00-{}-00f067aa0ba902b7-01", "0".repeat(32)),
            format!("00-{}-00f067aa0ba902b7-01", TRACE.to_uppercase()),
            format!("00-{}-00f067aa0ba902b7-01", "secret".repeat(6)),
        ] {
            assert_eq!(w3c(&wrong), None, "{wrong}");
        }
    }

    #[test]
    fn the_root_of_a_header_of_aws_is_read_wherever_it_stands() {
        let id = Some(ROOT.to_owned());
        assert_eq!(xray(&format!("Root={ROOT}")), id);
        assert_eq!(xray(&format!("Root={ROOT};Parent=53995c3f42cd8ad8;Sampled=1")), id);
        assert_eq!(xray(&format!("Self=1-1-1;Root={ROOT}")), id);
        for wrong in ["", "Root=", "Root=1-5759e988", "Root=2-5759e988-bd862e3fe1be46a994272793"] {
            assert_eq!(xray(wrong), None, "{wrong}");
        }
        assert_eq!(xray("Root=1-5759e988-a secret with 24 letters"), None);
    }
}
