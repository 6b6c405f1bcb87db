//! The functions that `template.yaml` deploys.

use std::{fs, path::Path};

use load::BoxError;
use serde_yaml_ng::Value;

/// A function that is deployed.
#[derive(Clone, Debug)]
pub(crate) struct Function {
    /// The name of its package, its binary and its event.
    pub(crate) name: String,
    /// The name of its resource.
    pub(crate) logical_id: String,
    /// The memory in MB.
    pub(crate) memory: u16,
    pub(crate) uses_table: bool,
    /// The routes that lead to it, such as `POST /call-url`.
    routes: Vec<String>,
}

/// Reads all functions.
///
/// # Errors
/// `template.yaml` can't be read, or is no template.
pub(crate) fn functions() -> Result<Vec<Function>, BoxError> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../template.yaml");
    let template: Value = serde_yaml_ng::from_str(&fs::read_to_string(file)?)?;
    let usual_memory = &template["Globals"]["Function"]["MemorySize"];
    let resources = template["Resources"].as_mapping().ok_or("template.yaml has no resources")?;
    let functions = resources.iter().filter_map(|(logical_id, resource)| {
        let properties = &resource["Properties"];
        let source = properties["CodeUri"].as_str()?;
        let memory = properties["MemorySize"].as_u64().or(usual_memory.as_u64())?;
        let events = properties["Events"].as_mapping().into_iter().flat_map(|it| it.values());
        let route = |event: &Value| {
            let Value::Mapping(route) = &event["Properties"] else { return None };
            Some(format!("{} {}", route.get("Method")?.as_str()?, route.get("Path")?.as_str()?))
        };
        Some(Function {
            name: source.strip_prefix("functions/")?.to_owned(),
            logical_id: logical_id.as_str()?.to_owned(),
            memory: memory.try_into().ok()?,
            uses_table: !properties["Environment"]["Variables"]["LOOP_TABLE"].is_null(),
            routes: events.filter_map(route).collect(),
        })
    });
    Ok(functions.collect())
}

/// Finds the function that handles the requests of a route.
///
/// # Errors
/// There is no such route.
pub(crate) fn handler<'a>(
    functions: &'a [Function],
    route: &str,
) -> Result<&'a Function, BoxError> {
    let mut functions = functions.iter();
    let handler = functions.find(|function| function.routes.iter().any(|it| it == route));
    handler.ok_or_else(|| format!("template.yaml has no route {route}").into())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_crate_of_a_function_is_deployed() {
        let deployed: BTreeSet<_> = functions().unwrap().into_iter().map(|it| it.name).collect();
        let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../functions");
        let crates = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().file_name());
        let crates: BTreeSet<_> = crates.map(|name| name.into_string().unwrap()).collect();
        assert_eq!(deployed, crates);
    }

    #[test]
    fn a_function_has_its_own_memory_or_the_usual_one() {
        let functions = functions().unwrap();
        assert_eq!(handler(&functions, "POST /call-url").unwrap().memory, 128);
        assert_eq!(handler(&functions, "POST /calls/{token}").unwrap().memory, 256);
        assert!(handler(&functions, "GET /nothing").is_err());
    }
}
