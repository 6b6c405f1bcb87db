//! The description in `docs/openapi.yaml`, and the check of responses against it.

use std::{collections::BTreeSet, fs, path::Path};

use serde_json::Value;

use crate::world::Received;

/// The headers that clients act upon.
const TELLING_HEADERS: [&str; 4] = ["allow", "retry-after", "set-cookie", "vary"];

/// The API as it is described.
pub(super) struct Description(pub(super) Value);

impl Description {
    pub(super) fn read() -> Self {
        Self(serde_yaml_ng::from_str(&document("openapi.yaml")).unwrap())
    }

    /// Returns the operations, such as `POST /calls/{token}`.
    pub(super) fn operations(&self) -> BTreeSet<String> {
        let paths = self.0["paths"].as_object().unwrap();
        let operations = paths.iter().flat_map(|(path, item)| {
            let members = item.as_object().unwrap().keys();
            let methods = members.filter(|name| *name != "parameters");
            methods.map(move |method| format!("{} {path}", method.to_uppercase()))
        });
        operations.collect()
    }

    /// Checks that `received` is as the operation's response with this status is described.
    #[track_caller]
    pub(super) fn expect(&self, operation: &str, received: &Received) {
        let responses = &self.operation(operation)["responses"];
        let response = &responses[received.status.as_str()];
        assert!(!response.is_null(), "{operation} does not have {received:?}");
        self.expect_response(response, received);
    }

    /// Checks a response that belongs to no operation in the same way.
    #[track_caller]
    pub(super) fn expect_general(&self, name: &str, received: &Received) {
        self.expect_response(&self.0["components"]["responses"][name], received);
    }

    /// Returns the faults that a body has by the schema of this operation.
    pub(super) fn faults_of_request(&self, operation: &str, body: &Value) -> Vec<String> {
        let request = self.resolve(&self.operation(operation)["requestBody"]);
        self.faults(&request["content"]["application/json"]["schema"], body)
    }

    pub(super) fn operation(&self, operation: &str) -> &Value {
        let (method, path) = operation.split_once(' ').unwrap();
        &self.0["paths"][path][method.to_lowercase()]
    }

    #[track_caller]
    pub(super) fn expect_response(&self, response: &Value, received: &Received) {
        let response = self.resolve(response);
        self.expect_headers(response, received);
        let Some(content) = response["content"].as_object() else {
            assert_eq!(received.text, "");
            return;
        };
        let media_type = received.header("content-type").split(';').next().unwrap();
        let body = match media_type {
            "application/json" => received.json(),
            _ => received.text.as_str().into(),
        };
        let faults = self.faults(&content[media_type]["schema"], &body);
        assert!(faults.is_empty(), "{faults:#?} in {received:?}");
    }

    #[track_caller]
    pub(super) fn expect_headers(&self, response: &Value, received: &Received) {
        let headers = response["headers"].as_object().into_iter().flatten();
        let is_required = |header: &Value| self.resolve(header)["required"] == true;
        let headers: Vec<_> =
            headers.map(|(name, header)| (name.to_lowercase(), is_required(header))).collect();
        for name in TELLING_HEADERS {
            let header = headers.iter().find(|(described, _)| described == name);
            match received.header(name) {
                "" => {
                    assert!(
                        !header.is_some_and(|(_, required)| *required),
                        "no {name}: {received:?}"
                    )
                }
                _ => assert!(header.is_some(), "{name} is not described: {received:?}"),
            }
        }
    }

    /// Returns the value that a reference refers to, or the value itself.
    pub(super) fn resolve<'a>(&'a self, value: &'a Value) -> &'a Value {
        match value["$ref"].as_str() {
            Some(reference) => {
                let pointer = reference.strip_prefix('#').unwrap();
                self.resolve(self.0.pointer(pointer).unwrap_or_else(|| panic!("{reference}")))
            }
            None => value,
        }
    }

    pub(super) fn faults(&self, schema: &Value, instance: &Value) -> Vec<String> {
        let mut schema = schema.clone();
        // The references of the schema lead to the components.
        schema["components"] = self.0["components"].clone();
        let options = jsonschema::options().should_validate_formats(true);
        let validator = options.build(&schema).unwrap();
        let faults = validator.iter_errors(instance);
        faults.map(|fault| format!("{}: {fault}", fault.instance_path())).collect()
    }
}

/// Reads a file of `docs/`.
pub(super) fn document(name: &str) -> String {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs");
    fs::read_to_string(directory.join(name)).unwrap()
}
