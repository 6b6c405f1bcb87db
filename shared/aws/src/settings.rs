//! The region and the credentials, from the environment variables that Lambda and the AWS SDKs use.

use std::fs;

use loop_core::{
    Reason, Secret, Settings,
    setting::{secret, server_url, word},
};
use rustls::{
    RootCertStore,
    pki_types::{CertificateDer, pem::PemObject},
};

/// The roots that all AWS endpoints chain to (<https://www.amazontrust.com/repository/>). Reading
/// the system's certificates instead would cost 8 ms of every cold start.
const AMAZON_ROOTS: &[u8] = include_bytes!("amazon_roots.pem");

/// The variable by which all AWS SDKs name the endpoint of every service.
const ENDPOINT_OF_ALL: &str = "AWS_ENDPOINT_URL";

/// The settings that the clients of all services need.
pub(crate) struct AwsSettings {
    pub(crate) region: String,
    pub(crate) access_key_id: String,
    pub(crate) secret_access_key: Secret,
    pub(crate) session_token: Option<Secret>,
    pub(crate) roots: RootCertStore,
}

impl AwsSettings {
    /// Reads the settings. Returns `None` when one is missing or faulty, which `settings` then
    /// reports.
    pub(crate) fn read(settings: &mut Settings<'_>) -> Option<Self> {
        let region = settings.required("AWS_REGION", region_name);
        let access_key_id = settings.required("AWS_ACCESS_KEY_ID", word);
        let secret_access_key = settings.required("AWS_SECRET_ACCESS_KEY", secret);
        let session_token = settings.optional("AWS_SESSION_TOKEN", secret);
        let roots = settings.optional("AWS_CA_BUNDLE", ca_bundle);
        Some(Self {
            region: region?,
            access_key_id: access_key_id?,
            secret_access_key: secret_access_key?,
            session_token: session_token?,
            roots: roots?.unwrap_or_else(amazon_roots),
        })
    }
}

/// Reads the endpoint that replaces that of the region, as the SDKs do: from the variable that they
/// have for the service (`AWS_ENDPOINT_URL_DYNAMODB`), or else from `AWS_ENDPOINT_URL`. Both are
/// read in any case, so that every fault is reported. The outer `None` means a faulty one.
pub fn endpoint_url(settings: &mut Settings<'_>, variable: &str) -> Option<Option<String>> {
    let of_service = settings.optional(variable, endpoint);
    let of_all = settings.optional(ENDPOINT_OF_ALL, endpoint);
    Some(of_service?.or(of_all?))
}

fn endpoint(text: &str) -> Result<String, Reason> {
    server_url(text, &["https", "http"]).map(|url| url.as_str().to_owned())
}

/// Reads a region, which becomes a part of the host name.
fn region_name(text: &str) -> Result<String, Reason> {
    let is_allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if text.len() > 63 || !text.bytes().all(is_allowed) {
        return Err("a region such as eu-central-1".into());
    }
    Ok(text.to_owned())
}

fn amazon_roots() -> RootCertStore {
    trusted(AMAZON_ROOTS).expect("a test reads them")
}

fn ca_bundle(path: &str) -> Result<RootCertStore, Reason> {
    let pem = fs::read(path).map_err(|error| format!("cannot be read: {}", error.kind()))?;
    trusted(&pem)
}

fn trusted(pem: &[u8]) -> Result<RootCertStore, Reason> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(pem) {
        let is_root = certificate.is_ok_and(|certificate| roots.add(certificate).is_ok());
        if !is_root {
            return Err("holds something that is not a certificate in PEM form".into());
        }
    }
    if roots.is_empty() {
        return Err("holds no certificate in PEM form".into());
    }
    Ok(roots)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn read(changes: &[(&str, &str)]) -> Result<AwsSettings, String> {
        let defaults = [
            ("AWS_REGION", "eu-central-1"),
            ("AWS_ACCESS_KEY_ID", "AKIATEST"),
            ("AWS_SECRET_ACCESS_KEY", "hunter2"),
        ];
        let mut settings = Settings::new(|name| {
            let named = |(known, _): &&(&str, &str)| *known == name;
            let found = changes.iter().find(named).or_else(|| defaults.iter().find(named));
            found.map(|(_, value)| (*value).to_owned())
        });
        let read = AwsSettings::read(&mut settings);
        let endpoint = endpoint_url(&mut settings, "AWS_ENDPOINT_URL_SQS");
        settings.finish(read.zip(endpoint)).map(|(read, _)| read).map_err(|it| it.to_string())
    }

    fn fault(name: &str, value: &str) -> String {
        read(&[(name, value)]).err().unwrap_or_default()
    }

    fn source(file: &str) -> String {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(file);
        path.to_str().unwrap().to_owned()
    }

    #[test]
    fn what_lambda_gives_is_enough() {
        assert_eq!(read(&[]).unwrap().session_token, None);
    }

    #[test]
    fn the_five_amazon_roots_are_embedded() {
        assert_eq!(amazon_roots().len(), 5);
    }

    #[test]
    fn all_that_is_missing_is_named() {
        let empty = ["AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"];
        assert_eq!(
            read(&empty.map(|name| (name, ""))).err().unwrap(),
            "settings: AWS_REGION is missing; AWS_ACCESS_KEY_ID is missing; \
             AWS_SECRET_ACCESS_KEY is missing"
        );
    }

    #[test]
    fn regions_and_addresses_are_checked() {
        for region in ["eu central", "EU", "eu.example.org/"] {
            assert!(fault("AWS_REGION", region).contains("AWS_REGION: a region"), "{region:?}");
        }
        let name = "AWS_ENDPOINT_URL_SQS";
        for endpoint in ["localhost:8000", "ftp://a", "https://", "http://127.0.0.1:8000\n"] {
            assert!(fault(name, endpoint).contains(name), "{endpoint:?}");
        }
        assert_eq!(fault(name, "http://127.0.0.1:8000"), "");
    }

    #[test]
    fn the_endpoint_of_a_service_goes_before_that_of_all_and_empty_is_absent() {
        let found = |of_service: &str, of_all: &str| {
            let mut settings = Settings::new(|name| match name {
                "AWS_ENDPOINT_URL_SQS" => Some(of_service.to_owned()),
                "AWS_ENDPOINT_URL" => Some(of_all.to_owned()),
                _ => None,
            });
            endpoint_url(&mut settings, "AWS_ENDPOINT_URL_SQS").ok_or(settings.finish(None::<()>))
        };
        let (one, other) = ("http://127.0.0.1:1", "http://127.0.0.1:2");
        assert_eq!(found("", ""), Ok(None));
        assert_eq!(found("", other), Ok(Some(other.to_owned())));
        assert_eq!(found(one, ""), Ok(Some(one.to_owned())));
        assert_eq!(found(one, other), Ok(Some(one.to_owned())));
        let both = found("north", "south").unwrap_err().unwrap_err().to_string();
        let fault = "must be a URL such as https://host.example.org";
        let expected =
            format!("settings: AWS_ENDPOINT_URL_SQS: {fault}; AWS_ENDPOINT_URL: {fault}");
        assert_eq!(both, expected);
    }

    #[test]
    fn credentials_are_single_words() {
        for name in ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"] {
            for wrong in ["hunter2\n", "hunter 2", "hünter2"] {
                let fault = fault(name, wrong);
                assert!(fault.starts_with(&format!("settings: {name}: ")), "{wrong:?}: {fault}");
            }
            assert_eq!(fault(name, &"a".repeat(256)), "");
        }
    }

    #[test]
    fn a_bundle_must_hold_certificates() {
        let bundle = |file| fault("AWS_CA_BUNDLE", &source(file));
        assert_eq!(bundle("amazon_roots.pem"), "");
        assert!(bundle("no such file").contains("AWS_CA_BUNDLE: cannot be read"));
        assert!(bundle("lib.rs").contains("AWS_CA_BUNDLE: holds no certificate"));
    }
}
