//! `template.yaml` says the same as the code.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use loop_http::routes::{DEFAULT_FUNCTION, ROUTES};
use loop_store::schema;
use serde_yaml_ng::Value;

/// The deployed system as it is written down.
pub(crate) struct Template(Value);

/// One function of it.
pub(crate) struct TemplateFunction<'a> {
    logical_id: &'a str,
    properties: &'a Value,
}

impl Template {
    pub(crate) fn read() -> Self {
        let text = fs::read_to_string(root().join("template.yaml")).unwrap();
        Self(serde_yaml_ng::from_str(&text).unwrap())
    }

    pub(crate) fn functions(&self) -> impl Iterator<Item = TemplateFunction<'_>> {
        let resources = self.0["Resources"].as_mapping().unwrap();
        resources.iter().filter(|(_, it)| it["Type"] == "AWS::Serverless::Function").map(
            |(id, resource)| TemplateFunction {
                logical_id: id.as_str().unwrap(),
                properties: &resource["Properties"],
            },
        )
    }

    fn property(&self, resource: &str, name: &str) -> &Value {
        &self.0["Resources"][resource]["Properties"][name]
    }
}

impl TemplateFunction<'_> {
    /// The crate that it is built from.
    pub(crate) fn binary(&self) -> String {
        let source = self.properties["CodeUri"].as_str().unwrap();
        source.strip_prefix("functions/").unwrap().to_owned()
    }

    pub(crate) fn dynamodb_actions(&self) -> BTreeSet<String> {
        self.statements().flat_map(|it| it["Action"].as_sequence().unwrap()).map(text).collect()
    }

    fn statements(&self) -> impl Iterator<Item = &Value> {
        let policies = self.properties["Policies"].as_sequence().into_iter().flatten();
        policies.flat_map(|policy| policy["Statement"].as_sequence().unwrap())
    }

    /// `POST /call-url`; `$default` for the event that names neither method nor path.
    fn routes(&self) -> impl Iterator<Item = String> {
        let events = self.properties["Events"].as_mapping().unwrap();
        events.values().map(|event| {
            assert_eq!(event["Type"], "HttpApi");
            match (&event["Properties"]["Method"], &event["Properties"]["Path"]) {
                (Value::Null, Value::Null) => "$default".to_owned(),
                (method, path) => format!("{} {}", text(method), text(path)),
            }
        })
    }

    fn variables(&self) -> BTreeMap<String, &Value> {
        let variables = self.properties["Environment"]["Variables"].as_mapping();
        variables.into_iter().flatten().map(|(name, value)| (text(name), value)).collect()
    }
}

#[test]
fn every_route_leads_to_its_function() {
    let template = Template::read();
    let deployed: BTreeSet<_> = template
        .functions()
        .flat_map(|function| {
            let binary = function.binary();
            function.routes().map(move |route| (route, binary.clone())).collect::<Vec<_>>()
        })
        .collect();
    let expected: BTreeSet<_> = ROUTES
        .iter()
        .map(|route| (format!("{} {}", route.method, route.path), route.function.to_owned()))
        .chain([("$default".to_owned(), DEFAULT_FUNCTION.to_owned())])
        .collect();
    assert_eq!(deployed, expected);
}

#[test]
fn every_function_is_a_crate_with_a_binary_an_event_and_a_log_group() {
    let template = Template::read();
    let deployed: BTreeSet<_> = template.functions().map(|function| function.binary()).collect();
    assert_eq!(deployed, subdirectories("functions"));
    for function in template.functions() {
        let binary = function.binary();
        assert!(root().join("functions").join(&binary).join("src/main.rs").exists(), "{binary}");
        assert!(root().join("events").join(format!("{binary}.json")).exists(), "{binary}");
        let group = format!("{}Logs", function.logical_id);
        assert_eq!(*template.property(&group, "RetentionInDays"), 30, "{binary}");
        let camel: String = binary.split('-').map(capitalised).collect();
        assert_eq!(function.logical_id, camel);
    }
}

#[test]
fn policies_allow_single_actions_on_the_table_alone() {
    for function in Template::read().functions() {
        for statement in function.statements() {
            let Value::Tagged(resource) = &statement["Resource"] else { panic!("{statement:?}") };
            assert_eq!(
                (resource.tag.to_string().as_str(), text(&resource.value)),
                ("!GetAtt", "Table.Arn".into())
            );
        }
        for action in function.dynamodb_actions() {
            assert!(!action.contains('*'), "{action}");
        }
        let uses_table = function.variables().contains_key("LOOP_TABLE");
        assert_eq!(uses_table, !function.dynamodb_actions().is_empty(), "{}", function.logical_id);
    }
}

/// The settings that each function gets are those that it asks for: it boots with them, and with
/// one fewer of those that it needs it does not.
#[test]
fn every_function_gets_the_settings_that_it_needs() {
    for function in Template::read().functions() {
        let manifest = root().join("functions").join(function.binary()).join("Cargo.toml");
        let manifest = fs::read_to_string(manifest).unwrap();
        let depends_on = |name: &str| manifest.contains(&format!("{name}.workspace"));
        let variables = function.variables();
        let gets = |name: &str| variables.contains_key(name);
        assert_eq!(gets("LOOP_TABLE"), depends_on("loop-store"), "{}", function.logical_id);
        assert_eq!(gets("LOOP_PUSH_HOSTS"), depends_on("loop-push"), "{}", function.logical_id);
        assert_eq!(gets("LOOP_PROVIDER"), depends_on("loop-provider"), "{}", function.logical_id);
        let has_no_token = matches!(function.binary().as_str(), "service" | "heartbeat");
        assert_eq!(gets("LOOP_TOKEN_KEYS"), !has_no_token, "{}", function.logical_id);
    }
}

#[test]
fn secrets_are_references_and_localhost_is_never_rung() {
    for function in Template::read().functions() {
        for (name, value) in function.variables() {
            let written = format!("{value:?}");
            let is_secret =
                name.contains("SECRET") || matches!(&*name, "LOOP_TOKEN_KEYS" | "LOOP_VAPID_KEY");
            assert_eq!(is_secret, written.contains("{{resolve:secretsmanager:"), "{name}");
            assert!(!written.contains("localhost"), "{name}");
        }
    }
}

#[test]
fn the_table_is_the_one_that_the_store_uses() {
    let template = Template::read();
    let keys = template.property("Table", "KeySchema").as_sequence().unwrap();
    let keys: Vec<_> =
        keys.iter().map(|key| (text(&key["AttributeName"]), text(&key["KeyType"]))).collect();
    let expected = [(schema::PARTITION_KEY, "HASH"), (schema::SORT_KEY, "RANGE")];
    assert_eq!(keys, expected.map(|(name, kind)| (name.to_owned(), kind.to_owned())));
    let ttl = template.property("Table", "TimeToLiveSpecification");
    assert_eq!(
        (text(&ttl["AttributeName"]), &ttl["Enabled"]),
        (schema::TTL.to_owned(), &true.into())
    );
    let recovery = template.property("Table", "PointInTimeRecoverySpecification");
    assert_eq!(recovery["PointInTimeRecoveryEnabled"], true);
}

#[test]
fn the_api_has_no_stage_in_its_paths_and_is_throttled() {
    let template = Template::read();
    assert_eq!(*template.property("Api", "StageName"), "$default");
    let settings = template.property("Api", "DefaultRouteSettings");
    assert!(
        !settings["ThrottlingRateLimit"].is_null() && !settings["ThrottlingBurstLimit"].is_null()
    );
    let log = text(&template.property("Api", "AccessLogSettings")["Format"]);
    for leak in ["$context.path", "sourceIp", "$context.identity"] {
        assert!(!log.contains(leak), "{leak}");
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn subdirectories(name: &str) -> BTreeSet<String> {
    let entries = fs::read_dir(root().join(name)).unwrap().map(Result::unwrap);
    let directories = entries.filter(|entry| entry.file_type().unwrap().is_dir());
    directories.map(|entry| entry.file_name().into_string().unwrap()).collect()
}

fn capitalised(word: &str) -> String {
    let (first, rest) = word.split_at(1);
    format!("{}{rest}", first.to_uppercase())
}

#[track_caller]
fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("not a text: {value:?}")).to_owned()
}
