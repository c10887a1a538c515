//! `mitra completions`: what a shell needs to complete the command line.

use std::process::ExitCode;

use anyhow::Result;
use clap::Args;
use clap_complete::Shell;

/// Arguments of `mitra completions`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The shell: for bash, put the output into ~/.local/share/bash-completion/completions/mitra.
    shell: Shell,
}

/// Prints the shell's script.
pub fn run(arguments: &Arguments, mut command: clap::Command) -> Result<ExitCode> {
    let mut script = Vec::new();
    let name = command.get_name().to_owned();
    clap_complete::generate(arguments.shell, &mut command, name, &mut script);
    crate::screen::show(&String::from_utf8(script)?);
    Ok(ExitCode::SUCCESS)
}
