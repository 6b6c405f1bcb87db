//! The bodies of responses that functions hand to the gateway.

use std::io::Read;

use base64::{Engine, engine::general_purpose::STANDARD};
use flate2::read::GzDecoder;
use serde_json::Value;

/// Returns the bytes that the gateway sends.
pub(crate) fn body(response: &Value) -> Vec<u8> {
    // A 204 has no body at all.
    let body = response["body"].as_str().unwrap_or_default();
    if response["isBase64Encoded"] == true {
        return STANDARD.decode(body).unwrap_or_default();
    }
    body.into()
}

/// Returns the text that a client reads, which is empty if there is none.
pub(crate) fn text(response: &Value) -> String {
    let body = body(response);
    if response["headers"]["content-encoding"] != "gzip" {
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
    fn a_compressed_body_is_decompressed() {
        let mut stream = GzEncoder::new(Vec::new(), Compression::best());
        stream.write_all(b"Bob").unwrap();
        let stream = stream.finish().unwrap();
        let mut response = json!({
            "headers": { "content-encoding": "gzip" }, "isBase64Encoded": true,
            "body": STANDARD.encode(&stream),
        });
        assert_eq!((body(&response), text(&response).as_str()), (stream, "Bob"));
        response["body"] = "e30=".into();
        assert_eq!(text(&response), "");
    }

    #[test]
    fn any_other_body_stays_as_it_is() {
        let response = json!({ "headers": {}, "isBase64Encoded": false, "body": "{}" });
        assert_eq!((body(&response), text(&response).as_str()), (b"{}".to_vec(), "{}"));
        assert_eq!(text(&json!({ "statusCode": 204, "body": null })), "");
    }
}
