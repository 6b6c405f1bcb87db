//! The file `template.yaml`, as the tests read it.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use serde_yaml_ng::Value;

/// The deployed system as the template describes it.
pub(crate) struct Template(pub(super) Value);

/// A function of the template.
pub(crate) struct TemplateFunction<'a> {
    pub(super) logical_id: &'a str,
    pub(super) properties: &'a Value,
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

    /// Returns the types of all resources.
    pub(crate) fn resource_types(&self) -> BTreeSet<String> {
        let resources = self.0["Resources"].as_mapping().unwrap().values();
        resources.map(|resource| text(&resource["Type"])).collect()
    }

    /// Returns the function that a route invokes: `GET /calls` of the HTTP API, `$connect` of the
    /// WebSocket API; or, for `SQS`, the function of the queue.
    pub(crate) fn function_behind(&self, route: &str) -> TemplateFunction<'_> {
        let of_channel = &self.property("Channel", "Routes")[route]["FunctionArn"];
        let is_behind = |function: &TemplateFunction<'_>| match of_channel {
            Value::Null if route == "SQS" => function.is_of_queue(),
            Value::Null => function.routes().any(|own| own == route),
            target => written(target) == format!("!Ref {}.Alias", function.logical_id),
        };
        self.functions().find(is_behind).unwrap_or_else(|| panic!("no function behind {route}"))
    }

    /// Returns the time after which Lambda ends a function.
    pub(crate) fn timeout(&self, function: &TemplateFunction<'_>) -> Duration {
        let own = function.properties["Timeout"].as_u64();
        let usual = self.0["Globals"]["Function"]["Timeout"].as_u64();
        Duration::from_secs(own.or(usual).unwrap())
    }

    /// Returns the number of messages of its queue that a function gets at once.
    pub(crate) fn batch_size(&self, function: &TemplateFunction<'_>) -> u64 {
        let events = function.properties["Events"].as_mapping().unwrap();
        let mut queues = events.values().filter(|event| event["Type"] == "SQS");
        queues.next().unwrap()["Properties"]["BatchSize"].as_u64().unwrap()
    }

    /// Returns the time for which a delivered message is not delivered again.
    pub(crate) fn visibility_timeout(&self, queue: &str) -> Duration {
        Duration::from_secs(self.property(queue, "VisibilityTimeout").as_u64().unwrap())
    }

    /// Returns the pattern that a parameter must match as a whole.
    pub(crate) fn pattern(&self, parameter: &str) -> String {
        text(&self.0["Parameters"][parameter]["AllowedPattern"])
    }

    /// Returns the same, or nothing where a parameter has no pattern.
    pub(crate) fn pattern_if_any(&self, parameter: &str) -> Option<String> {
        self.0["Parameters"][parameter]["AllowedPattern"].as_str().map(str::to_owned)
    }

    /// Returns the patterned parameters, each with what CloudFormation says after its name when a
    /// value doesn't match.
    pub(crate) fn refusals(&self) -> impl Iterator<Item = (&str, Option<&str>)> {
        let parameters = self.0["Parameters"].as_mapping().unwrap().iter();
        let patterned = parameters.filter(|(_, it)| !it["AllowedPattern"].is_null());
        patterned.map(|(name, it)| (name.as_str().unwrap(), it["ConstraintDescription"].as_str()))
    }

    /// Returns whether a parameter takes only listed values, or only numbers.
    pub(crate) fn is_a_choice_or_a_number(&self, parameter: &str) -> bool {
        let parameter = &self.0["Parameters"][parameter];
        parameter["AllowedValues"].is_sequence() || parameter["Type"] == "Number"
    }

    /// Returns the names of the variables that all functions have.
    pub(crate) fn common_variables(&self) -> BTreeSet<String> {
        variables(&self.0["Globals"]["Function"]).into_keys().collect()
    }

    /// Returns whether only a stack gives this value: it is neither written out nor a parameter
    /// with a default.
    pub(crate) fn is_of_stack(&self, value: &Value) -> bool {
        match value {
            Value::Tagged(tagged) if tagged.tag == "Ref" => {
                self.0["Parameters"][text(&tagged.value)]["Default"].is_null()
            }
            Value::Tagged(_) => true,
            _ => false,
        }
    }

    pub(super) fn property(&self, resource: &str, name: &str) -> &Value {
        &self.0["Resources"][resource]["Properties"][name]
    }
}

impl TemplateFunction<'_> {
    /// Returns the name of the function in the template.
    pub(crate) fn logical_id(&self) -> &str {
        self.logical_id
    }

    /// Returns the name of the crate that the function is built from.
    pub(crate) fn binary(&self) -> String {
        let source = self.properties["CodeUri"].as_str().unwrap();
        source.strip_prefix("functions/").unwrap().to_owned()
    }

    pub(crate) fn dynamodb_actions(&self) -> BTreeSet<String> {
        self.actions().into_iter().filter(|action| action.starts_with("dynamodb:")).collect()
    }

    pub(crate) fn actions(&self) -> BTreeSet<String> {
        self.statements().flat_map(|it| it["Action"].as_sequence().unwrap()).map(text).collect()
    }

    pub(super) fn is_of_queue(&self) -> bool {
        let mut events =
            self.properties["Events"].as_mapping().into_iter().flat_map(|it| it.values());
        events.any(|event| event["Type"] == "SQS")
    }

    /// Returns whether the function responds to HTTP requests.
    pub(crate) fn is_endpoint(&self) -> bool {
        self.routes().next().is_some()
    }

    pub(super) fn statements(&self) -> impl Iterator<Item = &Value> {
        let policies = self.properties["Policies"].as_sequence().into_iter().flatten();
        policies.flat_map(|policy| policy["Statement"].as_sequence().unwrap())
    }

    /// Returns the routes, such as `POST /call-url`; `$default` for the event that names neither
    /// method nor path.
    pub(super) fn routes(&self) -> impl Iterator<Item = String> {
        let events = self.properties["Events"].as_mapping().into_iter().flat_map(|it| it.values());
        events.filter(|event| event["Type"] == "HttpApi").map(|event| {
            match (&event["Properties"]["Method"], &event["Properties"]["Path"]) {
                (Value::Null, Value::Null) => "$default".to_owned(),
                (method, path) => format!("{} {}", text(method), text(path)),
            }
        })
    }

    pub(crate) fn variables(&self) -> BTreeMap<String, &Value> {
        variables(self.properties)
    }
}

pub(super) fn variables(function: &Value) -> BTreeMap<String, &Value> {
    let variables = function["Environment"]["Variables"].as_mapping();
    variables.into_iter().flatten().map(|(name, value)| (text(name), value)).collect()
}

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

#[track_caller]
pub(super) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("not a text: {value:?}")).to_owned()
}

/// Returns the name in `!Ref`.
pub(crate) fn parameter_of(value: &Value) -> String {
    match value {
        Value::Tagged(tagged) if tagged.tag == "Ref" => text(&tagged.value),
        value => panic!("{value:?} is not a reference"),
    }
}

/// Returns a value as the template has it in one line, such as `!If [MakesTable, !Ref Table, name]`.
pub(super) fn written(value: &Value) -> String {
    match value {
        Value::Tagged(tagged) => format!("{} {}", tagged.tag, written(&tagged.value)),
        Value::Sequence(values) => {
            format!("[{}]", values.iter().map(written).collect::<Vec<_>>().join(", "))
        }
        Value::Bool(value) => value.to_string(),
        value => text(value),
    }
}
