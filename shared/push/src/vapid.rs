//! VAPID, by which a push service knows who sends a ping (RFC 8292).

mod subject;

use std::{fmt, sync::Arc, time::Duration};

use base64::{
    Engine,
    engine::{
        DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig, general_purpose::URL_SAFE_NO_PAD,
    },
};
use loop_core::{
    Reason, Settings, UnixMillis, jwt,
    setting::{secret, vapid_public_key},
};
use ring::{
    error::Unspecified,
    rand::{SecureRandom, SystemRandom},
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair},
};
use serde::Serialize;
use zeroize::Zeroizing;

use crate::PushUrl;

/// The setting that holds the private key.
const KEY_SETTING: &str = "LOOP_VAPID_KEY";
/// The setting that holds a contact for the push service's operator.
const SUBJECT_SETTING: &str = "LOOP_VAPID_SUBJECT";
/// The setting that browsers are given. This crate only checks that it belongs to the private key.
const PUBLIC_KEY_SETTING: &str = "LOOP_VAPID_PUBLIC_KEY";
/// The time for which an authorization is valid. RFC 8292, section 2, allows at most 24 hours; half
/// of that leaves room for clocks that are wrong.
const TOKEN_LIFETIME: Duration = Duration::from_hours(12);

/// The key that signs the pings, and a contact for the push service's operator.
///
/// `LOOP_VAPID_KEY` is a P-256 private key with its public key, as DER, in base64 or base64url:
/// PKCS#8 as [`VapidKey::generate`] makes it, or PKCS#8 or SEC 1 (RFC 5915) as, depending on its
/// version, `openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -outform DER | base64
/// -w0` makes it. `LOOP_VAPID_SUBJECT` is a `mailto:` or `https:` URL with a host of the public
/// Domain Name System, and required with the key.
#[derive(Clone)]
pub struct VapidKey {
    key: Arc<EcdsaKeyPair>,
    subject: String,
}

#[derive(Serialize)]
struct Claims<'a> {
    aud: &'a str,
    exp: u64,
    sub: &'a str,
}

impl VapidKey {
    /// Reads `LOOP_VAPID_KEY` and `LOOP_VAPID_SUBJECT`, and compares `LOOP_VAPID_PUBLIC_KEY`, if it
    /// is set: browsers subscribe with it, so if it belonged to another key, or to none, no push
    /// service would take a ping of ours. The inner `None` means that there is no key; only push
    /// services that require none can then be used. The outer `None` means that a setting is
    /// faulty.
    pub fn from_settings(settings: &mut Settings<'_>) -> Option<Option<Self>> {
        let key = settings.optional(KEY_SETTING, |text| parse_key(text).map(Arc::new));
        let public_key = settings.optional(PUBLIC_KEY_SETTING, vapid_public_key);
        if let Some(None) = key {
            settings.optional(SUBJECT_SETTING, subject::parse)?;
            if public_key?.is_some() {
                settings.fault(format!("{KEY_SETTING} of {PUBLIC_KEY_SETTING} is missing"));
                return None;
            }
            return Some(None);
        }
        let subject = settings.required(SUBJECT_SETTING, subject::parse);
        let vapid = Self { key: key??, subject: subject? };
        if public_key?.is_some_and(|public_key| public_key != vapid.public_key()) {
            settings.fault(format!("{PUBLIC_KEY_SETTING} is not of {KEY_SETTING}"));
            return None;
        }
        Some(Some(vapid))
    }

    /// Generates a new key in the form of `LOOP_VAPID_KEY`.
    ///
    /// # Errors
    /// The random source has failed.
    pub fn generate(source: &dyn SecureRandom) -> Result<String, Unspecified> {
        let key = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, source)?;
        Ok(URL_SAFE_NO_PAD.encode(key))
    }

    /// Returns the public key in the form that browsers take as `applicationServerKey`: the
    /// uncompressed point, in base64url without padding.
    pub fn public_key(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.key.public_key())
    }

    /// Returns the value of `Authorization` for one push service, valid for 12 hours from `now` on
    /// (RFC 8292, section 3).
    ///
    /// # Errors
    /// The random source has failed.
    pub fn authorization(&self, url: &PushUrl, now: UnixMillis) -> Result<String, Unspecified> {
        let origin = url.origin();
        let exp = now.seconds().after(TOKEN_LIFETIME).get();
        let claims = Claims { aud: &origin, exp, sub: &self.subject };
        let token = jwt::sign_with("ES256", &claims, |input| {
            let signature = self.key.sign(&SystemRandom::new(), input)?;
            Ok::<_, Unspecified>(signature.as_ref().to_vec())
        })?;
        Ok(format!("vapid t={token}, k={}", self.public_key()))
    }
}

impl fmt::Debug for VapidKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("VapidKey").field("public_key", &self.public_key()).finish()
    }
}

/// The bytes before a SEC 1 key of 121 bytes in PKCS#8 (RFC 5958): the lengths, version 0, and the
/// algorithm, an elliptic-curve key (RFC 5480) on P-256. `openssl genpkey` 3.0 leaves them out.
const PKCS8_BEFORE_SEC1: [u8; 29] = [
    0x30, 0x81, 0x93, 0x02, 0x01, 0x00, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02,
    0x01, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x04, 0x79,
];
/// The length of a SEC 1 key with the name of its curve and its public key.
const SEC1_BYTES: usize = 0x79;

fn parse_key(text: &str) -> Result<EcdsaKeyPair, Reason> {
    secret(text)?;
    // The two alphabets differ in two characters only, so no text has two meanings.
    let base64url = Zeroizing::new(text.replace('+', "-").replace('/', "_"));
    let padding = DecodePaddingMode::Indifferent;
    let config = GeneralPurposeConfig::new().with_decode_padding_mode(padding);
    let mut der = GeneralPurpose::new(&base64::alphabet::URL_SAFE, config)
        .decode(base64url.as_bytes())
        .map(Zeroizing::new)
        .map_err(|_| "not base64 or base64url")?;
    if der.len() == SEC1_BYTES {
        der = Zeroizing::new([PKCS8_BEFORE_SEC1.as_slice(), &der].concat());
    }
    // This also checks that the public key belongs to the private one.
    EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &der, &SystemRandom::new())
        .map_err(|_| "not a P-256 key with its public key, in PKCS#8 or SEC 1".into())
}

#[cfg(test)]
mod tests {
    use ring::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};

    use super::*;
    use crate::PushPolicy;

    /// A key made with `openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 | openssl
    /// pkcs8 -topk8 -nocrypt -outform DER | base64 -w0`, OpenSSL 3.0.19.
    const PKCS8: &str = "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg5CD/dzq7nBzvUIzmV+C2vlOe\
        HIKYfIycRELkYqomoouhRANCAAQSxTpWYB4bjkDsaKAhCF7wytOuStYez4fwus9kEWwB6unKFA9MPsyjQcEKrGAa\
        cAp6gqz4/2+TSFdMJx5/wDwB";
    const PKCS8_PUBLIC: &str = "BBLFOlZgHhuOQOxooCEIXvDK065K1h7Ph_C6z2QRbAHq6coUD0w-zKNBwQqsYBpwC\
        nqCrPj_b5NIV0wnHn_APAE";
    /// A SEC 1 key made with `openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256
    /// -outform DER | base64 -w0`, OpenSSL 3.0.19.
    const SEC1: &str = "MHcCAQEEIIkI+W624ZeXppcBGtI2V4mZvF4ClPlsufD8lKRTrnMooAoGCCqGSM49AwEHoUQDQ\
        gAESWV0tWwGyCmUV5+RhR1tEJNEYXbKsj/szhQltRXi6icGcSI5PysK54cCSPOYAYp4lhhcVJTCWHXpbh+Ua04ve\
        w==";
    const SEC1_PUBLIC: &str = "BElldLVsBsgplFefkYUdbRCTRGF2yrI_7M4UJbUV4uonBnEiOT8rCueHAkjzmAGKeJ\
        YYXFSUwlh16W4flGtOL3s";

    fn read(key: &str, subject: &str) -> Result<Option<VapidKey>, String> {
        read_beside(key, subject, "")
    }

    fn read_beside(key: &str, subject: &str, public_key: &str) -> Result<Option<VapidKey>, String> {
        let mut settings = Settings::new(|name| match name {
            KEY_SETTING => Some(key.to_owned()),
            SUBJECT_SETTING => Some(subject.to_owned()),
            PUBLIC_KEY_SETTING => Some(public_key.to_owned()),
            _ => None,
        });
        let key = VapidKey::from_settings(&mut settings);
        settings.finish(key).map_err(|faults| faults.to_string())
    }

    fn key(text: &str) -> VapidKey {
        read(text, "mailto:ops@example.org").unwrap().unwrap()
    }

    fn push_url(text: &str) -> PushUrl {
        let mut settings = Settings::new(|name| {
            (name == "LOOP_PUSH_HOSTS").then(|| "localhost,push.example.org".to_owned())
        });
        let policy = PushPolicy::from_settings(&mut settings).unwrap();
        PushUrl::parse(text, &policy).unwrap()
    }

    #[test]
    fn a_public_key_of_another_pair_is_a_fault() {
        let subject = "mailto:ops@example.org";
        assert!(read_beside(PKCS8, subject, PKCS8_PUBLIC).is_ok());
        let fault = read_beside(PKCS8, subject, SEC1_PUBLIC).unwrap_err();
        assert_eq!(fault, "settings: LOOP_VAPID_PUBLIC_KEY is not of LOOP_VAPID_KEY");
        let fault = read_beside("", "", PKCS8_PUBLIC).unwrap_err();
        assert_eq!(fault, "settings: LOOP_VAPID_KEY of LOOP_VAPID_PUBLIC_KEY is missing");
        let fault = read_beside(PKCS8, subject, &PKCS8_PUBLIC[1..]).unwrap_err();
        assert!(fault.starts_with("settings: LOOP_VAPID_PUBLIC_KEY: 65 bytes"), "{fault}");
    }

    #[test]
    fn keys_of_openssl_are_read_in_both_forms_and_both_alphabets() {
        for (text, public_key) in [(PKCS8, PKCS8_PUBLIC), (SEC1, SEC1_PUBLIC)] {
            assert_eq!(key(text).public_key(), public_key);
            let base64url = text.replace('+', "-").replace('/', "_");
            assert_eq!(key(&base64url).public_key(), public_key);
            assert_eq!(key(base64url.trim_end_matches('=')).public_key(), public_key);
            let fault = read(&format!("{text}\n"), "mailto:ops@example.org").unwrap_err();
            assert_eq!(
                fault,
                "settings: LOOP_VAPID_KEY: ends in a line end, as files and pipes add it: leave it out"
            );
        }
    }

    #[test]
    fn a_generated_key_is_read_back() {
        let text = VapidKey::generate(&SystemRandom::new()).unwrap();
        let public_key = URL_SAFE_NO_PAD.decode(key(&text).public_key()).unwrap();
        assert_eq!((public_key.len(), public_key[0]), (65, 4));
        assert_ne!(text, VapidKey::generate(&SystemRandom::new()).unwrap());
    }

    #[test]
    fn what_is_no_key_is_refused_without_being_shown() {
        let mut other_public_key = PKCS8.to_owned();
        other_public_key.replace_range(183..184, "C");
        let p384 = "MIG2AgEAMBAGByqGSM49AgEGBSuBBAAiBIGeMIGbAgEBBDA";
        for wrong in ["AAAA", &PKCS8[..100], &SEC1[..160], p384, &other_public_key] {
            let fault = read(wrong, "mailto:ops@example.org").unwrap_err();
            assert!(fault.contains("LOOP_VAPID_KEY: not a P-256 key"), "{fault}");
            assert!(!fault.contains(wrong));
        }
        let fault = read("-----BEGIN", "mailto:ops@example.org").unwrap_err();
        assert_eq!(fault, "settings: LOOP_VAPID_KEY: not base64 or base64url");
    }

    #[test]
    fn a_key_needs_a_contact_and_a_contact_needs_no_key() {
        assert!(read("", "mailto:ops@example.org").unwrap().is_none());
        assert_eq!(read(PKCS8, "").unwrap_err(), "settings: LOOP_VAPID_SUBJECT is missing");
        assert!(read(PKCS8, "https://example.org/contact").is_ok());
        for key in [PKCS8, ""] {
            let fault = read(key, "mailto:ops@localhost").unwrap_err();
            assert!(fault.starts_with("settings: LOOP_VAPID_SUBJECT: its host "), "{fault}");
        }
    }

    #[test]
    fn an_authorization_is_verified_with_the_published_key() {
        let now = UnixMillis::new(1_700_000_000_999);
        for (text, audience) in [
            ("https://push.example.org/wpush/v2/abc?d", "https://push.example.org"),
            ("http://localhost:8443/wpush", "http://localhost:8443"),
            ("http://127.0.0.1:65535/", "http://127.0.0.1:65535"),
            ("http://[::1]:81/", "http://[::1]:81"),
        ] {
            let key = key(PKCS8);
            let authorization = key.authorization(&push_url(text), now).unwrap();
            let (token, public_key) = authorization
                .strip_prefix("vapid t=")
                .and_then(|rest| rest.split_once(", k="))
                .unwrap();
            assert_eq!(public_key, key.public_key());
            let (signed, signature) = token.rsplit_once('.').unwrap();
            let (header, claims) = signed.split_once('.').unwrap();
            let text = |part| String::from_utf8(URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap();
            assert_eq!(text(header), r#"{"alg":"ES256","typ":"JWT"}"#);
            assert_eq!(
                text(claims),
                format!(
                    r#"{{"aud":"{audience}","exp":1700043200,"sub":"mailto:ops@example.org"}}"#
                )
            );
            let published = URL_SAFE_NO_PAD.decode(public_key).unwrap();
            let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
            UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, published)
                .verify(signed.as_bytes(), &signature)
                .unwrap();
        }
    }

    #[test]
    fn debug_shows_the_public_key_alone() {
        let expected = format!("VapidKey {{ public_key: {PKCS8_PUBLIC:?} }}");
        assert_eq!(format!("{:?}", key(PKCS8)), expected);
    }
}
