//! That docs/configuration.md says what the types of `mitra.toml` say: names, types, defaults and what they mean are read from
//! them.

use std::{fmt::Write as _, fs, path::Path};

use serde_json::Value;

use super::{ClockSection, Configuration, DemoSection, WatchSection};

const SOURCE: &str = include_str!("../project.rs");
const DOCUMENT: &str = "../../docs/configuration.md";

const HEAD: &str = "\
# Configuration

`mitra.toml` in the project's folder. Everything has a default, so the file may be empty; a name that is not here is refused. Paths are
relative to the project's folder. Arguments on the command line (`mitra run --help`) go before the file, and `MITRA_TOKEN` in the environment goes before both of the
token's settings. Made from the code by `UPDATE=1 cargo test -p mitra --bin mitra reference`.
";

/// A setting as its type says.
struct Setting {
    name: String,
    data_type: String,
    meaning: String,
}

/// The doc comment and the settings of a section's type.
fn section(name: &str) -> (String, Vec<Setting>) {
    let at = SOURCE.find(&format!("pub struct {name} {{")).expect("the section has a type");
    let (before, body) = SOURCE.split_at(at);
    let lines: Vec<&str> = before.lines().collect();
    let is_above = |line: &&&str| line.starts_with("///") || line.starts_with("#[");
    let above: Vec<&str> = lines.iter().rev().take_while(is_above).copied().collect();
    let doc = above.iter().rev().filter_map(|line| line.strip_prefix("/// "));
    let doc = doc.collect::<Vec<_>>().join(" ");
    let (mut settings, mut meaning) = (Vec::new(), Vec::new());
    for line in body.lines().skip(1).map(str::trim).take_while(|line| *line != "}") {
        if let Some(text) = line.strip_prefix("/// ") {
            meaning.push(text);
        } else if let Some((name, data_type)) =
            line.strip_prefix("pub ").and_then(|line| line.split_once(": "))
        {
            let data_type = data_type.trim_end_matches(',').to_owned();
            settings.push(Setting { name: name.to_owned(), data_type, meaning: meaning.join(" ") });
            meaning.clear();
        }
    }
    (doc, settings)
}

/// What a person writes for a type.
fn written(data_type: &str) -> &'static str {
    match data_type.trim_start_matches("Option<").trim_end_matches('>') {
        "String" => "text",
        "PathBuf" => "path",
        "bool" => "true or false",
        "usize" | "u32" | "u64" => "number",
        "DemoGenerator" => "`\"payments\"`",
        "LogFormat" => "`\"text\"` or `\"json\"`",
        other => panic!("{other} has no word in the reference of the configuration"),
    }
}

/// A default as it would be written.
fn default(value: Option<&Value>) -> String {
    match value {
        None => "required".to_owned(),
        Some(Value::Null) => String::new(),
        Some(Value::String(text)) if text.is_empty() => String::new(),
        Some(value) => format!("`{value}`"),
    }
}

fn reference() -> String {
    let of = |value: Result<Value, serde_json::Error>| value.expect("a configuration is plain data");
    let mut defaults = of(serde_json::to_value(Configuration::default()));
    // What these cannot do without is written here, and left out of the defaults.
    let demo: DemoSection = toml::from_str("generator = \"payments\"").expect("it is all that is required");
    let watch: WatchSection =
        toml::from_str("stream = \"\"\nfiles = \"\"").expect("they are all that is required");
    let clock: ClockSection =
        toml::from_str("from = \"\"\nspeed = 1").expect("they are all that is required");
    defaults["clock"] = of(serde_json::to_value(clock));
    defaults["demo"] = of(serde_json::to_value(demo));
    defaults["watch"] = of(serde_json::to_value(watch));
    let required = [
        ("demo", "generator"),
        ("watch", "stream"),
        ("watch", "files"),
        ("clock", "from"),
        ("clock", "speed"),
    ];
    for (section, name) in required {
        defaults[section].as_object_mut().expect("a section is an object").remove(name);
    }
    let mut text = HEAD.to_owned();
    for part in section("Configuration").1 {
        let type_name =
            part.data_type.trim_start_matches("Option<").trim_start_matches("Vec<").trim_end_matches('>');
        let (doc, settings) = section(type_name);
        let (title, meaning) =
            doc.split_once('`').and_then(|(_, rest)| rest.split_once('`')).expect("it names itself");
        write!(text, "\n## {title}\n").expect("a string takes all");
        let meaning = meaning.trim_start_matches(['.', ':', ' ']);
        if !meaning.is_empty() {
            let (first, rest) = meaning.split_at(1);
            write!(text, "{}{rest}\n\n", first.to_uppercase()).expect("a string takes all");
        }
        text.push_str("| setting | type | default | meaning |\n|---|---|---|---|\n");
        for Setting { name, data_type, meaning } in settings {
            let default = default(defaults[&part.name].get(&name));
            writeln!(text, "| `{name}` | {} | {default} | {meaning} |", written(&data_type))
                .expect("a string takes all");
        }
    }
    text
}

#[test]
fn the_reference_of_the_configuration_is_current() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(DOCUMENT);
    let reference = reference();
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&path, &reference).expect("the documentation takes files");
    }
    let document = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        document == reference,
        "docs/configuration.md is old: run `UPDATE=1 cargo test -p mitra --bin mitra reference`"
    );
}
