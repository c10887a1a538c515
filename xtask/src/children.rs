//! Child processes with the command in every error, so that a failed step can be repeated by hand.

use std::process::{Command, Stdio};

use anyhow::{Context as _, bail};

/// Runs `command` with our own output.
///
/// # Errors
/// When it cannot start or fails, with the command as typed.
pub fn run(command: &mut Command) -> anyhow::Result<()> {
    let text = as_typed(command);
    let status = command.stdin(Stdio::null()).status().with_context(|| format!("cannot start `{text}`"))?;
    if !status.success() {
        bail!("`{text}` failed: {status}");
    }
    Ok(())
}

/// What `command` prints.
///
/// # Errors
/// When it cannot start, fails (with what it wrote to its error output), or prints no text.
pub fn output(command: &mut Command) -> anyhow::Result<String> {
    let text = as_typed(command);
    let output = command.stdin(Stdio::null()).output().with_context(|| format!("cannot start `{text}`"))?;
    if !output.status.success() {
        bail!("`{text}` failed: {}\n{}", output.status, String::from_utf8_lossy(&output.stderr).trim_end());
    }
    String::from_utf8(output.stdout).with_context(|| format!("`{text}` printed no text"))
}

/// Whether `command` starts and succeeds; it prints nothing.
pub fn succeeds(command: &mut Command) -> bool {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// The command line, without quoting.
pub fn as_typed(command: &Command) -> String {
    let parts = [command.get_program()].into_iter().chain(command.get_args());
    parts.map(|part| part.to_string_lossy()).collect::<Vec<_>>().join(" ")
}
