//! The files of an endpoint, and its lines in the files that list functions.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::{
    endpoint::{Endpoint, Method},
    insertion::{among, before},
};

/// Writes all files, or none when one of them cannot be made. Returns their names.
///
/// # Errors
/// The endpoint exists already, or a file of the checkout is not as the tool expects; the error
/// names the file and the reason.
pub(crate) fn write(root: &Path, endpoint: &Endpoint) -> Result<Vec<String>, String> {
    if let Some(conflict) = endpoint.conflict() {
        return Err(conflict);
    }
    let directory = format!("functions/{}", endpoint.name);
    if root.join(&directory).exists() {
        return Err(format!("name: {directory} is there already"));
    }
    let mut files = made(endpoint);
    for (name, edit) in LISTS {
        let text = fs::read_to_string(root.join(name));
        let text = text.map_err(|error| format!("{name}: {error} (is this the root?)"))?;
        let edited = edit(&text, endpoint).map_err(|reason| format!("{name} {reason}"))?;
        files.push((name.to_owned(), edited));
    }
    for (name, text) in &files {
        let path = root.join(name);
        let parent = path.parent().map_or_else(PathBuf::new, Path::to_path_buf);
        fs::create_dir_all(parent)
            .and_then(|()| fs::write(path, text))
            .map_err(|error| format!("{name}: {error}"))?;
    }
    Ok(files.into_iter().map(|(name, _)| name).collect())
}

/// Builds the names and texts of the endpoint's own files.
fn made(endpoint: &Endpoint) -> Vec<(String, String)> {
    let name = &endpoint.name;
    let files = [
        (format!("functions/{name}/Cargo.toml"), include_str!("templates/Cargo.toml.txt")),
        (format!("functions/{name}/src/lib.rs"), include_str!("templates/lib.rs.txt")),
        (format!("functions/{name}/src/main.rs"), include_str!("templates/main.rs.txt")),
        (format!("functions/{name}/tests/lambda.rs"), include_str!("templates/lambda.rs.txt")),
        (format!("events/{name}.json"), include_str!("templates/event.json.txt")),
    ];
    files.map(|(name, template)| (name, filled(template, endpoint))).into()
}

/// A function that edits the text of a file that lists functions.
type Edit = fn(&str, &Endpoint) -> Result<String, &'static str>;

/// The files that list functions. A test finds a missing line in any of them.
const LISTS: [(&str, Edit); 9] = [
    ("shared/lambda/src/http/routes.rs", |text, endpoint| {
        let lines = endpoint.method.routes().iter().map(|method| {
            filled("    route(\"ROUTE\", \"PATH\", \"NAME\"),\n", endpoint).replace("ROUTE", method)
        });
        before(text, &lines.collect::<String>(), "pub const ROUTES", "];\n")
    }),
    ("template.yaml", |text, endpoint| {
        let events = endpoint.method.routes().iter().map(|method| {
            let (first, rest) = method.split_at(1);
            let event = first.to_owned() + &rest.to_lowercase();
            filled(include_str!("templates/template-event.yaml.txt"), endpoint)
                .replace("EVENT", &event)
                .replace("ROUTE", method)
        });
        let block = filled(include_str!("templates/template.yaml.txt"), endpoint)
            .replace("EVENTS\n", &events.collect::<String>());
        before(text, &block, "\nResources:\n", "  # ---- The call channel ")
    }),
    ("docs/openapi.yaml", |text, endpoint| {
        let block = filled(include_str!("templates/openapi.yaml.txt"), endpoint);
        before(text, &block, "\npaths:\n", "components:\n")
    }),
    ("docs/architecture.md", |text, endpoint| {
        let row = filled("| `NAME` | `METHOD PATH` | nothing |\n", endpoint);
        before(text, &row, "| function | is started by | may |\n", "\n## ")
    }),
    ("tools/local/Cargo.toml", |text, endpoint| {
        let line = filled("NAME = { path = \"../../functions/NAME\" }", endpoint);
        before(text, &(line + "\n"), "[dependencies]\n", "\n[dev-dependencies]")
    }),
    ("tools/local/src/functions.rs", |text, endpoint| {
        let line = filled("    (\"NAME\", HttpHandler::from_settings::<CRATE::TYPE>),", endpoint);
        among(text, &line, |it| it.starts_with("    (\"") && it.contains(" HttpHandler::"))
    }),
    ("tools/local/tests/service/openapi.rs", |text, endpoint| {
        let line = filled("    expect(\"METHOD PATH\", &REQUEST);\n", endpoint);
        before(text, &line, "fn every_operation_succeeds", "    assert_eq!(succeeded, described")
    }),
    ("tools/local/tests/service/policies.rs", |text, endpoint| {
        let lines = "    REQUEST.expect(StatusCode::OK);\n    note(\"METHOD PATH\");\n";
        let after = "fn each_policy_allows_exactly";
        before(text, &filled(lines, endpoint), after, "\n    let allowed: ")
    }),
    ("tools/local/tests/service/timeouts.rs", |text, endpoint| {
        let line = filled("    (\"METHOD PATH\", 0),\n", endpoint);
        before(text, &line, "const REQUESTS", "];\n")
    }),
];

/// Fills in the words in capitals in a template.
fn filled(template: &str, endpoint: &Endpoint) -> String {
    let Endpoint { method, path, name } = endpoint;
    let accepts = match method {
        Method::Get => "    \"accept\": \"application/json\",\n",
        _ => "",
    };
    let request = match method {
        Method::Get => "bob.get(\"EXAMPLE_PATH\").await",
        Method::Post => "bob.post(\"EXAMPLE_PATH\", json!({})).await",
        Method::Delete => "bob.delete(\"EXAMPLE_PATH\").await",
    };
    let parameters: Vec<_> = path.parameters().map(|it| format!("\"{it}\": \"{it}\"")).collect();
    let parameters = match parameters.as_slice() {
        [] => String::new(),
        parameters => format!("  \"pathParameters\": {{ {} }},\n", parameters.join(", ")),
    };
    template
        .replace("NAME", &name.to_string())
        .replace("CRATE", &name.of_crate())
        .replace("TYPE", &name.of_type())
        .replace("OPERATION", &name.of_operation())
        .replace("METHOD", &method.to_string())
        .replace("LOWER", &method.to_string().to_lowercase())
        .replace("ACCEPT\n", accepts)
        .replace("REQUEST", request)
        .replace("PARAMETERS\n", &parameters)
        .replace("EXAMPLE_PATH", &path.example())
        .replace("PATH", &path.to_string())
}
