//! The programs as users run them: an import, the server, the SQL endpoint.

use std::{
    env, fs,
    io::{BufRead as _, BufReader, Lines},
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, Stdio},
};

use anyhow::{Context as _, Result, bail};
use bench_load::process::{self, Usage};

/// Where the programs are.
#[derive(Clone, Debug)]
pub struct Programs {
    mitra: PathBuf,
    query: PathBuf,
    project: PathBuf,
    data: PathBuf,
}

/// A program that does not outlive the bench.
pub struct Running {
    child: Child,
    /// Host and port.
    pub address: String,
}

impl Drop for Running {
    fn drop(&mut self) {
        // Both fail only when it has ended by itself.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

impl Running {
    /// What it has used so far.
    ///
    /// # Errors
    /// When it has ended.
    pub fn usage(&self) -> Result<Usage> {
        process::usage(self.child.id()).context("a program has ended before the bench")
    }

    /// Asks it to stop and waits until it has.
    ///
    /// # Errors
    /// When it fails.
    pub fn stop(mut self) -> Result<()> {
        process::run(Command::new("kill").args(["-TERM", &self.child.id().to_string()]), "kill")?;
        let status = self.child.wait()?;
        if !status.success() {
            bail!("a program ended with {status}");
        }
        Ok(())
    }
}

impl Programs {
    /// Those that are named; the others are built and stand beside this one.
    ///
    /// # Errors
    /// When one is not there.
    pub fn find(named: [(&str, Option<&Path>); 2], project: &Path, data: &Path) -> Result<Self> {
        let [mitra, query] = named.map(|(name, path)| program(name, path));
        let (project, data) = (project.to_path_buf(), data.to_path_buf());
        Ok(Self { mitra: mitra?, query: query?, project, data })
    }

    /// Imports a file of payments, and returns what the import says.
    ///
    /// # Errors
    /// When it fails.
    pub fn ingest(&self, file: &Path) -> Result<String> {
        let mut command = Command::new(&self.mitra);
        command.arg("ingest").arg("--project").arg(&self.project).arg("--data").arg(&self.data);
        command.arg(format!("payments={}", file.display()));
        Ok(process::run(&mut command, "mitra ingest")?.0)
    }

    /// Starts the server.
    ///
    /// # Errors
    /// When it ends before it serves.
    pub fn serve(&self) -> Result<Running> {
        let mut command = Command::new(&self.mitra);
        command.arg("run").arg(&self.project).arg("--data").arg(&self.data);
        command.args(["--listen", "127.0.0.1:0", "--query", "none"]);
        started(&mut command, |line| Some(line.split_once(" is deciding at http://")?.1.trim().to_owned()))
    }

    /// Starts the SQL endpoint.
    ///
    /// # Errors
    /// When it ends before it serves.
    pub fn query(&self) -> Result<Running> {
        let mut command = Command::new(&self.query);
        command.arg(&self.project).arg("--data").arg(&self.data).args(["--listen", "127.0.0.1:0"]);
        started(&mut command, |line| {
            let (host, rest) = line.trim().strip_prefix("psql -h ")?.split_once(" -p ")?;
            Some(format!("{host}:{}", rest.split(' ').next()?))
        })
    }
}

/// The program at `path`, or built.
fn program(name: &str, path: Option<&Path>) -> Result<PathBuf> {
    let path = match path {
        Some(path) => path.to_path_buf(),
        None => {
            let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
            // Alone, so that it has the features that it has alone.
            process::run(Command::new(cargo).args(["build", "--release", "--package", name]), "cargo build")?;
            env::current_exe()?.with_file_name(name)
        }
    };
    if !path.is_file() {
        bail!("there is no {}; name the program with --{name}", path.display());
    }
    Ok(path)
}

/// Starts a program and reads its lines until one says where it listens.
fn started(command: &mut Command, address: impl Fn(&str) -> Option<String>) -> Result<Running> {
    let mut child =
        command.stdout(Stdio::piped()).spawn().with_context(|| format!("cannot start {command:?}"))?;
    let out = child.stdout.take().context("its output is piped")?;
    let mut running = Running { child, address: String::new() };
    let mut lines: Lines<BufReader<ChildStdout>> = BufReader::new(out).lines();
    for line in &mut lines {
        if let Some(address) = address(&line?) {
            running.address = address;
            // What it prints later is read, or it would wait for somebody who does.
            std::thread::spawn(move || lines.for_each(drop));
            return Ok(running);
        }
    }
    bail!("{command:?} ended before it served")
}

/// Bytes of a folder's files, of all below it.
///
/// # Errors
/// Those of the file system.
pub fn bytes_of(folder: &Path) -> Result<u64> {
    let mut bytes = 0;
    for entry in fs::read_dir(folder).with_context(|| format!("there is no {}", folder.display()))? {
        let entry = entry?;
        bytes += if entry.file_type()?.is_dir() { bytes_of(&entry.path())? } else { entry.metadata()?.len() };
    }
    Ok(bytes)
}
