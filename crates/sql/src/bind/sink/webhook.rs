//! `TO webhook('url') WITH (...)`: an address that can be posted to, and how.

use types::Micros;

use crate::{
    error::{Fault, suggest},
    parse::options::OptionDef,
    statement::Label,
    target::{ATTEMPTS_MAX, BATCH_RECORDS_MAX, Body, RETRY_MAX, TIMEOUT_MAX, Webhook},
};

use super::super::interval;

const URL_BYTES_MAX: usize = 2_048;
const EXAMPLE: &str = "write TO webhook('https://example.com/decisions')";

pub(super) fn bind(name: &Label, url: &Label, options: &[OptionDef]) -> Result<Webhook, Fault> {
    check_name(name)?;
    check_url(url)?;
    let mut webhook = Webhook::new(&url.text);
    let mut batch = None;
    for option in options {
        let value = &option.value;
        match option.name.text.as_str() {
            "secret_file" => webhook.secret_file = Some(file(value)?),
            "ca_file" => webhook.ca_file = Some(file(value)?),
            "body" => webhook.body = body(value)?,
            "batch" => batch = Some((count(option, BATCH_RECORDS_MAX as u64)?, value)),
            "timeout" => webhook.timeout = duration(option, TIMEOUT_MAX)?,
            "attempts" => {
                let attempts = count(option, u64::from(ATTEMPTS_MAX))?;
                webhook.attempts = u32::try_from(attempts).expect("it is at most ATTEMPTS_MAX");
            }
            "retry_max" => webhook.retry_max = duration(option, RETRY_MAX)?,
            other => {
                let known = ["secret_file", "ca_file", "body", "batch", "timeout", "attempts", "retry_max"];
                let help = suggest(other, known);
                return Err(Fault {
                    help,
                    ..Fault::new(option.name.span, format!("unknown option {other}"))
                });
            }
        }
    }
    match (webhook.body, batch) {
        (Body::Object, Some((2.., value))) => {
            return Err(Fault::new(value.span, "a body that is one object holds one record")
                .help("leave batch away, or write body = 'array'"));
        }
        (Body::Object, _) => webhook.batch = 1,
        (Body::Array, Some((batch, _))) => {
            webhook.batch = usize::try_from(batch).expect("it is at most BATCH_RECORDS_MAX");
        }
        (Body::Array, None) => {}
    }
    Ok(webhook)
}

/// The sink's cursor and its dead letters are in a folder that is called as the sink.
fn check_name(name: &Label) -> Result<(), Fault> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    if name.text.bytes().all(plain) {
        return Ok(());
    }
    let message = format!("a webhook's sink cannot be called \"{}\": a folder is named after it", name.text);
    Err(Fault::new(name.span, message).help("use letters, digits, _ and -"))
}

fn check_url(url: &Label) -> Result<(), Fault> {
    let refuse = |message: String| Err(Fault::new(url.span, message).help(EXAMPLE));
    let text = &url.text;
    let lower = text.to_ascii_lowercase();
    let Some(rest) = lower.strip_prefix("https://").or_else(|| lower.strip_prefix("http://")) else {
        return refuse(format!("'{text}' is not an address of HTTP"));
    };
    if text.len() > URL_BYTES_MAX {
        return refuse(format!("the address has {} bytes, allowed are {URL_BYTES_MAX}", text.len()));
    }
    if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return refuse(
            "the address has a character that an address cannot have; encode it as %XX".to_owned(),
        );
    }
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if host.contains('@') {
        let message = "the address holds a user's name or password, and statements are kept for ever";
        return Err(
            Fault::new(url.span, message).help("sign requests instead: WITH (secret_file = 'webhook.key')")
        );
    }
    if host.is_empty() || host.starts_with(':') {
        return refuse(format!("'{text}' names no host"));
    }
    if rest.contains('#') {
        return refuse(format!("'{text}' has a fragment, which is never sent"));
    }
    Ok(())
}

/// A file in the project's folder.
fn file(value: &Label) -> Result<String, Fault> {
    let inside = super::inside(value).map(|parts| parts.join("/"));
    inside.map_err(|fault| {
        fault.help("paths are relative to the project's folder, without '..': 'webhook.key'")
    })
}

fn body(value: &Label) -> Result<Body, Fault> {
    match value.text.as_str() {
        "array" => Ok(Body::Array),
        "object" => Ok(Body::Object),
        other => Err(Fault::new(value.span, format!("unknown body '{other}'"))
            .help("there is 'array' (records of one batch) and 'object' (one record)")),
    }
}

fn count(option: &OptionDef, max: u64) -> Result<u64, Fault> {
    let found = option.value.text.parse().ok().filter(|count| (1..=max).contains(count));
    found.ok_or_else(|| {
        let message = format!("{} is '{}', allowed are 1 to {max}", option.name.text, option.value.text);
        Fault::new(option.value.span, message)
    })
}

fn duration(option: &OptionDef, max: Micros) -> Result<Micros, Fault> {
    const MILLISECOND: Micros = 1_000;
    let micros = interval::option(&option.value)?;
    if (MILLISECOND..=max).contains(&micros) {
        return Ok(micros);
    }
    let (name, text, seconds) = (&option.name.text, &option.value.text, max / 1_000_000);
    let message = format!("{name} is '{text}', allowed are '1 millisecond' to '{seconds} seconds'");
    Err(Fault::new(option.value.span, message))
}
