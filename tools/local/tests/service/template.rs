//! Tests that `template.yaml` says the same as the code.

mod apis;
mod document;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
};

use local::{data::Keys, functions::Functions};
use loop_lambda::routes::{DEFAULT_FUNCTION, ROUTES};
use loop_store::schema;
use serde_yaml_ng::Value;

pub(crate) use document::{Template, parameter_of, root};
use document::{text, variables, written};

/// The settings of the SDKs that the template has parameters for.
pub(crate) const ENDPOINTS: [&str; 3] =
    ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_DYNAMODB", "AWS_ENDPOINT_URL_SQS"];

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
fn policies_allow_single_actions_on_what_is_ours_alone() {
    for function in Template::read().functions() {
        for statement in function.statements() {
            let actions: Vec<_> =
                statement["Action"].as_sequence().unwrap().iter().map(text).collect();
            let expected = match actions[0].split(':').next().unwrap() {
                "dynamodb" => {
                    "!If [MakesTable, !GetAtt Table.Arn, !Sub arn:${AWS::Partition}:dynamodb:\
                     ${AWS::Region}:${AWS::AccountId}:table/${TableName}]"
                }
                "sqs" => "!GetAtt Deadlines.Arn",
                "execute-api" => {
                    "!Sub arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:\
                     ${Channel}/live/*/@connections/*"
                }
                service => panic!("{service}"),
            };
            assert_eq!(written(&statement["Resource"]), expected, "{}", function.logical_id);
            assert!(actions.iter().all(|action| !action.contains('*')), "{actions:?}");
        }
        let table = function.variables().get("LOOP_TABLE").map(|value| written(value));
        let uses_table = !function.dynamodb_actions().is_empty();
        let expected = uses_table.then(|| TABLE_NAME.to_owned());
        assert_eq!(table, expected, "{}", function.logical_id);
    }
}

/// The table that the stack makes, or the one that the operator names.
const TABLE_NAME: &str = "!If [MakesTable, !Ref Table, !Ref TableName]";

#[test]
fn a_table_of_ones_own_takes_the_place_of_the_one_that_the_stack_makes() {
    let template = Template::read();
    let table = &template.0["Resources"]["Table"];
    assert_eq!(table["Condition"], "MakesTable");
    assert_eq!(written(&template.0["Conditions"]["MakesTable"]), "!Equals [!Ref TableName, ]");
    // Naming another one takes this one out of the stack, and it must stay.
    assert_eq!(
        (&table["DeletionPolicy"], &table["UpdateReplacePolicy"]),
        (&"Retain".into(), &"Retain".into())
    );
    assert_eq!(written(&template.0["Outputs"]["TableName"]["Value"]), TABLE_NAME);
    let protection = template.property("Table", "DeletionProtectionEnabled");
    assert_eq!(written(protection), "!If [ProtectsTable, true, false]");
    assert_eq!(template.0["Parameters"]["DeletionProtection"]["Default"], "on");
}

/// The requests of these functions to DynamoDB are counted in `tests/channel`.
#[test]
fn the_functions_of_the_channel_may_do_what_they_do_and_no_more() {
    let template = Template::read();
    let actions = |route| {
        let function = template.function_behind(route);
        function.actions().into_iter().collect::<Vec<_>>().join(" ")
    };
    let everywhere = "execute-api:ManageConnections sqs:SendMessage";
    assert_eq!(actions("$connect"), "");
    for (function, expected) in [
        ("$default", "GetItem dynamodb:PutItem dynamodb:Query dynamodb:UpdateItem"),
        ("$disconnect", "DeleteItem dynamodb:GetItem dynamodb:UpdateItem"),
        ("SQS", "DeleteItem dynamodb:GetItem dynamodb:UpdateItem"),
    ] {
        assert_eq!(actions(function), format!("dynamodb:{expected} {everywhere}"), "{function}");
    }
}

#[test]
fn every_route_of_the_channel_leads_to_its_function() {
    let template = Template::read();
    assert_eq!(template.0["Resources"]["Channel"]["Type"], "AWS::Serverless::WebSocketApi");
    // The settings and policies above name this stage.
    assert_eq!(*template.property("Channel", "StageName"), "live");
    let routes = template.property("Channel", "Routes").as_mapping().unwrap();
    let routes: Vec<_> = routes
        .iter()
        .map(|(route, target)| (text(route), written(&target["FunctionArn"])))
        .collect();
    let expected =
        [("$connect", "Connect"), ("$default", "Message"), ("$disconnect", "Disconnect")]
            .map(|(route, name)| (route.to_owned(), format!("!Ref Channel{name}.Alias")));
    assert_eq!(routes, expected);
}

/// A function gets exactly the settings that it asks for, except those that Lambda itself sets and
/// those that only a developer needs.
#[test]
fn every_function_gets_exactly_the_settings_that_it_asks_for() {
    const NOT_DEPLOYED: [&str; 5] = [
        "AWS_",
        "OPENTOK_API_URL",
        // The ring goes to no function: each is given the keys of its purposes, derived from it.
        "LOOP_TOKEN_KEYS",
        "LOOP_PUSH_TIMEOUT_MS",
        "LOOP_PROVIDER_TIMEOUT_MS",
    ];
    let template = Template::read();
    let common: BTreeSet<_> = variables(&template.0["Globals"]["Function"]).into_keys().collect();
    let asked = asked_settings();
    for function in template.functions() {
        let mut gets: BTreeSet<_> = function.variables().into_keys().collect();
        gets.extend(common.clone());
        let mut asks = asked[function.binary().as_str()].clone();
        asks.retain(|name| {
            ENDPOINTS.contains(&&**name)
                || !NOT_DEPLOYED.iter().any(|prefix| name.starts_with(prefix))
        });
        asks.insert("LOG_FORMAT".to_owned());
        // Settings that are the same for all functions need no difference.
        asks.extend(common.clone());
        assert_eq!(gets, asks, "{}", function.logical_id);
    }
}

/// Returns the names that each function looks up when it is built, with each provider.
pub(crate) fn asked_settings() -> BTreeMap<&'static str, BTreeSet<String>> {
    let mut asked = BTreeMap::new();
    for provider in ["direct", "livekit", "opentok"] {
        for (function, names) in Functions::asked_settings(|name| settings(name, provider)) {
            asked.entry(function).or_insert_with(BTreeSet::new).extend(names);
        }
    }
    asked
}

/// Returns the value of a setting, just enough values for every other setting to be read.
fn settings(name: &str, provider: &str) -> Option<String> {
    let value = match name {
        "LOOP_PROVIDER" => provider,
        "LOOP_VAPID_KEY" => return Some(Keys::generate().unwrap().vapid_key),
        "LOOP_VAPID_SUBJECT" => "mailto:a@example.org",
        "LOOP_TURN_URLS" => "turn:turn.example.org",
        _ => return None,
    };
    Some(value.to_owned())
}

#[test]
fn secrets_are_references_and_localhost_is_never_rung() {
    for function in Template::read().functions() {
        for (name, value) in function.variables() {
            let written = format!("{value:?}");
            let is_secret = name.contains("SECRET")
                || name == "LOOP_HEARTBEAT_TOKENS"
                || (name.contains("_KEY") && !matches!(&*name, "LOOP_VAPID_PUBLIC_KEY"))
                    && name.starts_with("LOOP_");
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
    // Deleted items stay in the backups for as long, so the operator has to decide.
    let Value::Tagged(days) = &recovery["RecoveryPeriodInDays"] else { panic!("{recovery:?}") };
    assert_eq!((days.tag.to_string().as_str(), &days.value), ("!Ref", &"RecoveryDays".into()));
    let parameter = &template.0["Parameters"]["RecoveryDays"];
    assert_eq!((&parameter["MinValue"], &parameter["MaxValue"]), (&1.into(), &35.into()));
}

/// A deadline that fails is tried again until the queue would drop it, and then is kept for people.
#[test]
fn a_deadline_that_always_fails_becomes_a_dead_letter() {
    let template = Template::read();
    let policy = template.property("Deadlines", "RedrivePolicy");
    assert_eq!(written(&policy["deadLetterTargetArn"]), "!GetAtt DeadLetters.Arn");
    let tries = policy["maxReceiveCount"].as_u64().unwrap();
    let kept = template.property("Deadlines", "MessageRetentionPeriod").as_u64().unwrap();
    let last_try = template.visibility_timeout("Deadlines").as_secs() * tries;
    assert!(last_try < kept && kept - last_try <= 900, "{last_try} of {kept}");
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
