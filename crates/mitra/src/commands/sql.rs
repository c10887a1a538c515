//! `mitra sql`: statements to a running system.

use std::{collections::BTreeMap, io::Read as _, path::PathBuf, process::ExitCode};

use anyhow::{Context as _, Result, bail};
use clap::Args;
use serde_json::Value;

/// Arguments of `mitra sql`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The statements; `-` reads them from standard input.
    statements: String,
    /// Where the system listens.
    #[arg(long, default_value = "http://127.0.0.1:7400", env = "MITRA_URL")]
    url: String,
    /// The system's token, when it asks for one.
    #[arg(long, env = "MITRA_TOKEN", hide_env_values = true)]
    token: Option<String>,
    /// A file that the statements name, sent along: the path as the statement writes it.
    #[arg(long = "file")]
    files: Vec<PathBuf>,
}

/// Sends the statements and prints what came into force.
pub fn run(arguments: &Arguments) -> Result<ExitCode> {
    let text = if arguments.statements == "-" {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text).context("cannot read standard input")?;
        text
    } else {
        arguments.statements.clone()
    };
    if text.trim().is_empty() {
        bail!("there is no statement in it; write one, as in mitra sql \"CREATE RULE ...\"");
    }
    let mut files = BTreeMap::new();
    for path in &arguments.files {
        let bytes = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
        files.insert(path.display().to_string(), serve::base64::encode(&bytes));
    }
    let agent =
        ureq::Agent::new_with_config(ureq::Agent::config_builder().http_status_as_error(false).build());
    let mut request = agent.post(format!("{}/v1/statements", arguments.url));
    if let Some(token) = &arguments.token {
        request = request.header("Authorization", format!("Bearer {token}"));
    }
    let body = serde_json::json!({ "sql": text, "files": files });
    let mut response = request.send_json(body).map_err(|error| broken(error, &arguments.url))?;
    let status = response.status();
    let answer: Value = response.body_mut().read_json().context("the answer is not JSON")?;
    if !status.is_success() {
        print_errors(&answer);
        bail!("nothing was changed");
    }
    for change in answer["changes"].as_array().into_iter().flatten() {
        let text = |key: &str| change[key].as_str().unwrap_or_default().to_owned();
        say!("{} {} {}", text("action"), text("kind"), text("name"));
    }
    say!("in force since position {}, epoch {}", answer["position"], answer["epoch"]);
    Ok(ExitCode::SUCCESS)
}

/// What a request without an answer means: only one that was never sent has changed nothing.
fn broken(error: ureq::Error, url: &str) -> anyhow::Error {
    use std::io::ErrorKind;
    let is_unsent = match &error {
        ureq::Error::Io(error) => matches!(
            error.kind(),
            ErrorKind::ConnectionRefused | ErrorKind::AddrNotAvailable | ErrorKind::NetworkUnreachable
        ),
        ureq::Error::HostNotFound | ureq::Error::BadUri(_) | ureq::Error::ConnectionFailed => true,
        _ => false,
    };
    let message = if is_unsent {
        format!("cannot reach {url}; start the system with `mitra up` or name it with --url")
    } else {
        format!(
            "the connection to {url} broke and the outcome is unknown: the statements may come into force, also after a \
             restart; ask {url}/v1/status before sending them again"
        )
    };
    anyhow::Error::new(error).context(message)
}

fn print_errors(answer: &Value) {
    let errors = answer["errors"].as_array().map(Vec::as_slice).unwrap_or_default();
    for error in errors {
        eprintln!("{}", error["rendered"].as_str().or(error["message"].as_str()).unwrap_or_default());
    }
    if errors.is_empty() {
        let text = |key: &str| answer[key].as_str().unwrap_or_default().to_owned();
        eprintln!("{}\n{}", text("message"), text("remedy"));
    }
}
