//! Changes of definitions, as text or with the files that they name.

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    extract::{Request, State},
    http::{HeaderMap, StatusCode, header::CONTENT_TYPE},
    response::Response,
};
use serde::Deserialize;

use super::Shared;
use crate::{
    Backend, StatementRefusal, base64, json,
    reply::{self, Refused},
};

/// Whom the caller speaks for, when it is not the operator.
const PRINCIPAL: &str = "mitra-principal";
/// Longest name of a principal.
const PRINCIPAL_BYTES_MAX: usize = 256;

/// A body of type `application/json`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Upload {
    sql: String,
    #[serde(default)]
    files: BTreeMap<String, String>,
}

pub async fn apply<B: Backend>(State(shared): State<Arc<Shared<B>>>, request: Request) -> Response {
    let is_json = is_json(request.headers());
    let principal = match principal(request.headers()) {
        Ok(principal) => principal,
        Err(refused) => return shared.reader.refuse(request, *refused).await,
    };
    let held = match shared.reader.read(request, &shared.statements).await {
        Ok(held) => held,
        Err(refused) => return *refused,
    };
    let (text, files) = match read(&held.bytes, is_json) {
        Ok(parts) => parts,
        Err(refused) => return *refused,
    };
    // Building state from history takes as long as it takes: only the client's patience bounds it.
    match shared.backend.statements(text, files, principal).await {
        Ok(applied) => {
            let mut body = Vec::new();
            json::serialize(&mut body, &applied);
            reply::json(StatusCode::OK, body)
        }
        Err(StatementRefusal::Refused(refusal)) => reply::refusal(&refusal),
        Err(StatementRefusal::Errors(errors)) => {
            let mut body = Vec::new();
            json::write_statement_errors(&mut body, &errors);
            reply::json(StatusCode::BAD_REQUEST, body)
        }
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    content_type.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("application/json")
}

fn principal(headers: &HeaderMap) -> Result<Option<String>, Refused> {
    let Some(value) = headers.get(PRINCIPAL) else { return Ok(None) };
    match value.to_str() {
        Ok(name) if !name.is_empty() && name.len() <= PRINCIPAL_BYTES_MAX => Ok(Some(name.to_owned())),
        _ => Err(Box::new(reply::fault(
            StatusCode::BAD_REQUEST,
            "principal_bad",
            format!(
                "the header Mitra-Principal is empty, not ASCII or longer than {PRINCIPAL_BYTES_MAX} bytes"
            ),
            "send the name of whom the statements are for, or no such header",
        ))),
    }
}

type Statements = (String, BTreeMap<String, Vec<u8>>);

fn read(body: &[u8], is_json: bool) -> Result<Statements, Refused> {
    let bad = |code, message: String, remedy: &str| {
        Box::new(reply::fault(StatusCode::BAD_REQUEST, code, message, remedy))
    };
    let text = std::str::from_utf8(body).map_err(|error| {
        let message = format!("the body is not UTF-8 from byte {} on", error.valid_up_to());
        bad("body_not_utf8", message, "send the statements as UTF-8")
    })?;
    if !is_json {
        return Ok((text.to_owned(), BTreeMap::new()));
    }
    let upload: Upload = serde_json::from_str(text).map_err(|error| {
        let remedy = "send {\"sql\": \"...\", \"files\": {\"path\": \"base64\"}}, or SQL as text/plain";
        bad("body_not_json", format!("the body is not the JSON that is expected ({error})"), remedy)
    })?;
    let mut files = BTreeMap::new();
    for (path, content) in upload.files {
        let decoded = base64::decode(&content).map_err(|error| {
            let message = format!("the content of file `{path}` is not base64 ({error})");
            bad(
                "file_not_base64",
                message,
                "encode it with padding and without line breaks, as `base64 -w0` does",
            )
        })?;
        files.insert(path, decoded);
    }
    Ok((upload.sql, files))
}
