//! The settings of the store.

use loop_aws::SdkConfig;
use loop_core::{Reason, Settings};

/// The settings of the store.
pub(crate) struct StoreSettings {
    pub(crate) table: String,
    pub(crate) aws: SdkConfig,
    /// The endpoint, or `None` for the regional endpoint of AWS.
    pub(crate) endpoint_url: Option<String>,
}

impl StoreSettings {
    /// Reads the settings, and returns the AWS configuration for other clients too. `None` when a
    /// setting is missing or faulty; `settings` then knows which.
    pub(crate) fn read(settings: &mut Settings<'_>) -> (Option<Self>, Option<SdkConfig>) {
        let table = settings.required("LOOP_TABLE", table_name);
        let aws = loop_aws::sdk_config(settings);
        let endpoint_url = loop_aws::endpoint_url(settings, "AWS_ENDPOINT_URL_DYNAMODB");
        let read = table.zip(aws.clone()).zip(endpoint_url);
        (read.map(|((table, aws), endpoint_url)| Self { table, aws, endpoint_url }), aws)
    }
}

/// Reads the name of a table, by DynamoDB's own rule.
fn table_name(text: &str) -> Result<String, Reason> {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte);
    if !(3..=255).contains(&text.len()) || !text.bytes().all(is_allowed) {
        return Err("3 to 255 of the characters a-z, A-Z, 0-9, '_', '.', '-'".into());
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(changes: &[(&str, &str)]) -> Result<StoreSettings, String> {
        let defaults = [
            ("LOOP_TABLE", "loop-dev"),
            ("AWS_REGION", "eu-central-1"),
            ("AWS_ACCESS_KEY_ID", "AKIATEST"),
            ("AWS_SECRET_ACCESS_KEY", "hunter2"),
        ];
        let mut settings = Settings::new(|name| {
            let named = |(known, _): &&(&str, &str)| *known == name;
            let found = changes.iter().find(named).or_else(|| defaults.iter().find(named));
            found.map(|(_, value)| (*value).to_owned())
        });
        let (read, _) = StoreSettings::read(&mut settings);
        settings.finish(read).map_err(|faults| faults.to_string())
    }

    fn fault(name: &str, value: &str) -> String {
        read(&[(name, value)]).err().unwrap_or_default()
    }

    #[test]
    fn what_lambda_gives_and_a_table_are_enough() {
        let settings = read(&[]).unwrap();
        assert_eq!(settings.table, "loop-dev");
        assert_eq!(settings.endpoint_url, None);
    }

    #[test]
    fn all_that_is_missing_is_named() {
        let empty = ["LOOP_TABLE", "AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"];
        assert_eq!(
            read(&empty.map(|name| (name, ""))).err().unwrap(),
            "settings: LOOP_TABLE is missing; AWS_REGION is missing; \
             AWS_ACCESS_KEY_ID is missing; AWS_SECRET_ACCESS_KEY is missing"
        );
    }

    #[test]
    fn names_and_addresses_are_checked() {
        let long = "a".repeat(256);
        assert!(fault("LOOP_TABLE", "tüte").contains("LOOP_TABLE: "), "refused as no setting");
        for table in ["ab", "a b", "a/b", long.as_str()] {
            assert!(fault("LOOP_TABLE", table).contains("LOOP_TABLE: 3 to 255"), "{table:?}");
        }
        assert_eq!(fault("LOOP_TABLE", "a.b"), "");
        let endpoint = fault("AWS_ENDPOINT_URL_DYNAMODB", "localhost:8000");
        assert!(
            endpoint.contains("AWS_ENDPOINT_URL_DYNAMODB: must be a URL such as https://"),
            "{endpoint}"
        );
    }
}
