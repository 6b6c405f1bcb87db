//! The bodies of answers, as functions give them to the gateway.

use std::io::Read;

use base64::{Engine, engine::general_purpose::STANDARD};
use flate2::read::GzDecoder;
use serde_json::Value;

/// What the gateway passes on.
pub(crate) fn body(answer: &Value) -> Vec<u8> {
    // A 204 has no body at all.
    let body = answer["body"].as_str().unwrap_or_default();
    if answer["isBase64Encoded"] == true {
        return STANDARD.decode(body).unwrap_or_default();
    }
    body.into()
}

/// What is read there; empty when it can't be.
pub(crate) fn text(answer: &Value) -> String {
    let body = body(answer);
    if answer["headers"]["content-encoding"] != "gzip" {
        return String::from_utf8(body).unwrap_or_default();
    }
    let mut text = String::new();
    let read = GzDecoder::new(body.as_slice()).read_to_string(&mut text);
    read.map_or_else(|_| String::new(), |_| text)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::{Compression, write::GzEncoder};
    use serde_json::json;

    use super::*;

    #[test]
    fn a_compressed_body_is_read_as_what_it_says() {
        let mut stream = GzEncoder::new(Vec::new(), Compression::best());
        stream.write_all(b"Bob").unwrap();
        let stream = stream.finish().unwrap();
        let mut answer = json!({
            "headers": { "content-encoding": "gzip" }, "isBase64Encoded": true,
            "body": STANDARD.encode(&stream),
        });
        assert_eq!((body(&answer), text(&answer).as_str()), (stream, "Bob"));
        answer["body"] = "e30=".into();
        assert_eq!(text(&answer), "");
    }

    #[test]
    fn any_other_body_is_what_it_is() {
        let answer = json!({ "headers": {}, "isBase64Encoded": false, "body": "{}" });
        assert_eq!((body(&answer).as_slice(), text(&answer).as_str()), (b"{}".as_slice(), "{}"));
        assert_eq!(text(&json!({ "statusCode": 204, "body": null })), "");
    }
}
