//! Statements that change definitions, over the HTTP API of `mitra`.

use async_trait::async_trait;
use query::{Applied, Forward, Refusal};
use serde_json::Value;

/// The HTTP API.
pub struct Http {
    url: String,
    token: Option<String>,
    agent: ureq::Agent,
}

impl Http {
    /// At a URL, with the token that it asks for.
    pub fn new(url: String, token: Option<String>) -> Self {
        let configuration = ureq::Agent::config_builder().http_status_as_error(false).build();
        Self { url, token, agent: ureq::Agent::new_with_config(configuration) }
    }

    fn request(&self, principal: &str) -> ureq::RequestBuilder<ureq::typestate::WithBody> {
        let mut request = self.agent.post(format!("{}/v1/statements", self.url));
        if let Some(token) = &self.token {
            request = request.header("Authorization", format!("Bearer {token}"));
        }
        if !principal.is_empty() {
            request = request.header("Mitra-Principal", principal);
        }
        request
    }
}

#[async_trait]
impl Forward for Http {
    async fn statement(&self, text: &str, principal: &str) -> Result<Applied, Refusal> {
        let request = self.request(principal);
        let (text, url) = (text.to_owned(), self.url.clone());
        let send = move || {
            let mut response = request.send(&text).map_err(|error| unreachable(&url, &error))?;
            let status = response.status();
            let answer = response.body_mut().read_json::<Value>();
            let answer = answer.map_err(|error| unreachable(&url, &error))?;
            if status.is_success() {
                applied(&answer).ok_or_else(|| strange(&url))
            } else {
                Err(refusal(&answer))
            }
        };
        let panicked =
            |_| Refusal { message: "the request broke off".to_owned(), state: "XX000", ..Refusal::default() };
        tokio::task::spawn_blocking(send).await.map_err(panicked)?
    }
}

fn applied(answer: &Value) -> Option<Applied> {
    let epoch = u32::try_from(answer["epoch"].as_u64()?).ok()?;
    Some(Applied { position: answer["position"].as_u64()?, epoch })
}

fn refusal(answer: &Value) -> Refusal {
    let text = |value: &Value, key: &str| value[key].as_str().map(str::to_owned);
    let errors = answer["errors"].as_array().map(Vec::as_slice).unwrap_or_default();
    let Some(first) = errors.first() else {
        return Refusal {
            message: text(answer, "message").unwrap_or_else(|| "mitra refused the statement".to_owned()),
            hint: text(answer, "remedy"),
            state: "55000",
            ..Refusal::default()
        };
    };
    let number = |key: &str| first[key].as_u64().and_then(|number| u32::try_from(number).ok());
    let rest: Vec<String> = errors[1..].iter().filter_map(|error| text(error, "message")).collect();
    Refusal {
        message: text(first, "message").unwrap_or_default(),
        detail: (!rest.is_empty()).then(|| rest.join("\n")),
        hint: text(first, "help"),
        place: number("line").zip(number("column")),
        state: "42000",
    }
}

fn unreachable(url: &str, error: &ureq::Error) -> Refusal {
    Refusal {
        message: format!("{url} does not answer: {error}"),
        hint: Some(
            "start `mitra up` or `mitra run`; if it broke off while it answered, ask its /v1/status before sending the \
             statement again"
                .to_owned(),
        ),
        state: "08001",
        ..Refusal::default()
    }
}

fn strange(url: &str) -> Refusal {
    Refusal {
        message: format!("{url} answers, but not as mitra does"),
        hint: Some("name the address of mitra with --mitra".to_owned()),
        state: "08P01",
        ..Refusal::default()
    }
}
