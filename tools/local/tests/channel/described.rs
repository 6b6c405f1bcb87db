//! The description in `docs/asyncapi.yaml`, and the check of messages against it.

use std::{fs, path::Path, sync::LazyLock};

use jsonschema::Validator;
use loop_channel::{ClientMessage, MessageError};
use serde_json::Value;

/// The channel as it is described.
pub(crate) static DESCRIPTION: LazyLock<Description> = LazyLock::new(Description::read);

pub(crate) struct Description {
    pub(crate) document: Value,
    /// The messages that clients send, by name.
    pub(crate) of_clients: Vec<(String, Validator)>,
    /// The messages that the server sends, by name.
    pub(crate) of_server: Vec<(String, Validator)>,
}

impl Description {
    fn read() -> Self {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/asyncapi.yaml");
        let text = fs::read_to_string(path).unwrap();
        let document: Value = serde_yaml_ng::from_str(&text).unwrap();
        let (of_clients, of_server) = (Vec::new(), Vec::new());
        let mut description = Self { document, of_clients, of_server };
        description.of_clients = description.messages_with("receive");
        description.of_server = description.messages_with("send");
        description
    }

    /// Returns the messages that Loop receives or sends, each once.
    fn messages_with(&self, action: &str) -> Vec<(String, Validator)> {
        let operations = self.document["operations"].as_object().unwrap().values();
        let of_operations = operations.clone().filter(|operation| operation["action"] == action);
        let lists = of_operations.map(|operation| &operation["messages"]);
        // A reply goes the other way.
        let replied = operations.filter(|operation| operation["action"] != action);
        let lists = lists.chain(replied.map(|operation| &operation["reply"]["messages"]));
        let references = lists.filter_map(Value::as_array).flatten();
        let names = references.map(|message| message["$ref"].as_str().unwrap());
        let mut names: Vec<_> = names.map(|name| name.rsplit('/').next().unwrap()).collect();
        names.sort_unstable();
        names.dedup();
        names.into_iter().map(|name| (name.to_owned(), self.validator(name))).collect()
    }

    fn validator(&self, name: &str) -> Validator {
        let message = &self.document["channels"]["call"]["messages"][name]["$ref"];
        let pointer = message.as_str().unwrap().strip_prefix('#').unwrap();
        let mut schema = self.document.pointer(pointer).unwrap()["payload"].clone();
        // The references of the schema lead to the components.
        schema["components"] = self.document["components"].clone();
        // The schemas of AsyncAPI are those of this draft.
        jsonschema::draft7::new(&schema).unwrap()
    }

    /// Checks that a text is described exactly if the code reads it. `None` is a text that the code
    /// refuses.
    #[track_caller]
    pub(crate) fn expect_of_client(&self, text: &str) -> Option<&str> {
        let read = ClientMessage::parse(text);
        // No schema can say how long a text is, or that a member is there twice.
        if matches!(read, Err(MessageError::TooLong | MessageError::Repeated(_))) {
            return None;
        }
        let message = serde_json::from_str(text).unwrap_or_default();
        let names = names(&self.of_clients, &message);
        assert_eq!(names.len(), usize::from(read.is_ok()), "{read:?} is described as {names:?}");
        names.first().copied()
    }

    /// Checks that a message of the server is one of those that are described, and returns which.
    #[track_caller]
    pub(crate) fn expect_of_server(&self, message: &Value) -> &str {
        let names = names(&self.of_server, message);
        assert_eq!(names.len(), 1, "{message} is described as {names:?}");
        names[0]
    }
}

/// Returns the names of the messages that this one may be.
fn names<'a>(messages: &'a [(String, Validator)], message: &Value) -> Vec<&'a str> {
    let valid = messages.iter().filter(|(_, validator)| validator.is_valid(message));
    valid.map(|(name, _)| name.as_str()).collect()
}
