//! What `template.yaml` gives to each function.

use std::{fs, path::Path};

use serde_yaml_ng::Value;

use crate::Failure;

/// The deployment as it is written down.
pub(crate) struct Template(Value);

impl Template {
    pub(crate) fn read() -> Result<Self, Failure> {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../template.yaml");
        Ok(Self(serde_yaml_ng::from_str(&fs::read_to_string(file)?)?))
    }

    /// The logical id of each function, and the crate that it is built from.
    pub(crate) fn functions(&self) -> Result<Vec<(String, String)>, Failure> {
        let resources = self.0["Resources"].as_mapping().ok_or("template.yaml has no resources")?;
        let functions = resources.iter().filter_map(|(id, resource)| {
            let source = resource["Properties"]["CodeUri"].as_str()?;
            Some((id.as_str()?.to_owned(), source.strip_prefix("functions/")?.to_owned()))
        });
        Ok(functions.collect())
    }

    /// In MB.
    pub(crate) fn memory(&self, function: &str) -> Result<u16, Failure> {
        let source = format!("functions/{function}");
        let resources = self.0["Resources"].as_mapping().ok_or("template.yaml has no resources")?;
        let properties = resources.values().map(|resource| &resource["Properties"]);
        let mut properties = properties.filter(|it| it["CodeUri"] == source.as_str());
        let own = properties.next().ok_or_else(|| format!("{function} is not in template.yaml"))?;
        let usual = &self.0["Globals"]["Function"]["MemorySize"];
        let memory = own["MemorySize"].as_u64().or(usual.as_u64());
        Ok(memory.ok_or("template.yaml has no MemorySize")?.try_into()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_function_has_its_crate() {
        let functions = Template::read().unwrap().functions().unwrap();
        assert_eq!(functions.len(), 13);
        assert!(functions.contains(&("PlaceCall".to_owned(), "place-call".to_owned())));
    }

    #[test]
    fn a_function_has_its_own_memory_or_the_usual_one() {
        let template = Template::read().unwrap();
        assert_eq!(template.memory("create-call-url").unwrap(), 128);
        assert_eq!(template.memory("place-call").unwrap(), 256);
        assert!(template.memory("hello-lambda").is_err());
    }
}
