//! The `mitra-query` program: SQL over what a running or stopped `mitra` has written, for psql, drivers and BI tools.

mod following;
mod forwarding;
mod place;

use std::{net::SocketAddr, path::PathBuf, process::ExitCode, sync::Arc, time::Duration};

use anyhow::{Context as _, Result};
use clap::Parser;
use query::{Forward, Options, Server};
use storage::Disk;
use tables::Tables;
use tokio::{
    signal::unix::{SignalKind, signal},
    sync::watch,
};

use crate::{following::Following, forwarding::Http, place::Place};

/// Answers SQL over Mitra's streams, decisions and reference tables, in PostgreSQL's protocol.
///
/// It reads the log that `mitra` writes, from another process, and is never in the way of a decision.
#[derive(Debug, Parser)]
#[command(name = "mitra-query", version)]
struct Arguments {
    /// The project's folder, or a data directory; the working directory when none is named.
    #[arg(default_value = ".")]
    folder: PathBuf,
    /// The data directory, when it is not the project's.
    #[arg(long)]
    data: Option<PathBuf>,
    /// Where the log's segments are archived, when it is not the project's.
    #[arg(long)]
    archive: Option<PathBuf>,
    /// Address and port, when it is not the project's (127.0.0.1:7432 if that says nothing).
    #[arg(long)]
    listen: Option<SocketAddr>,
    /// Where `mitra` listens, for statements that change definitions, when it is not where the project says.
    #[arg(long, env = "MITRA_URL")]
    mitra: Option<String>,
    /// The password of all users, and the token that `mitra` asks for, when it is not the project's.
    #[arg(long, env = "MITRA_TOKEN", hide_env_values = true)]
    token: Option<String>,
    /// Memory of all running queries together, in MiB; what does not fit goes to disk.
    #[arg(long, default_value_t = 1_024)]
    memory_mib: usize,
    /// Disk space of all running queries together, in MiB.
    #[arg(long, default_value_t = 16_384)]
    spill_mib: u64,
    /// Seconds that a statement may run unless its connection sets statement_timeout; 0 is for ever.
    #[arg(long, default_value_t = 300)]
    statement_timeout_seconds: u64,
    /// Connections at most.
    #[arg(long, default_value_t = 100)]
    connections_max: usize,
    /// Stop when standard input ends: for a program that starts this one.
    #[arg(long)]
    until_stdin_ends: bool,
    /// Print errors only.
    #[arg(long)]
    quiet: bool,
}

/// How long a stop waits for the last commit's neighbours: scans that are being cut off.
const STOP_TIMEOUT: Duration = Duration::from_secs(5);

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("mitra-query: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<()> {
    let place = Place::find(&arguments.folder)?;
    let data = arguments.data.clone().unwrap_or_else(|| place.data.clone());
    let data = std::path::absolute(&data).with_context(|| format!("cannot find {}", data.display()))?;
    let tokio =
        tokio::runtime::Builder::new_multi_thread().enable_all().thread_name("mitra-query").build()?;
    let result = tokio.block_on(serve(arguments, &place, data));
    tokio.shutdown_timeout(STOP_TIMEOUT);
    result
}

async fn serve(arguments: &Arguments, place: &Place, data: PathBuf) -> Result<()> {
    let mut terminate = signal(SignalKind::terminate()).context("cannot handle SIGTERM")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("cannot handle SIGINT")?;
    let mut stdin_ends = stdin_end(arguments.until_stdin_ends);
    let tell = |text: String| {
        if !arguments.quiet {
            println!("{text}");
        }
    };
    if !data.is_dir() {
        tell(format!("waiting for the data directory {}: start `mitra up` or `mitra run`", data.display()));
        tokio::select! {
            () = appears(&data) => {}
            _ = terminate.recv() => return Ok(()),
            _ = interrupt.recv() => return Ok(()),
            () = &mut stdin_ends => return Ok(()),
        }
    }
    let archive =
        arguments.archive.clone().or_else(|| place.archive.clone()).unwrap_or_else(|| data.join("archive"));
    let options = tables::Options { storage: Arc::new(Disk), data: data.clone(), archive };
    let tables = Arc::new(Tables::open(options)?);
    let (has_seen_all, ready) = watch::channel(false);
    let server = bind(arguments, place, &data, &tables, ready).await?;
    let address = server.local_addr();
    let mut following = Following::start(Arc::clone(&tables), has_seen_all)?;
    tell(format!("answering SQL over {}", data.display()));
    tell(format!("  psql -h {} -p {} {}", address.ip(), address.port(), query::DATABASE));
    tell("stop with Ctrl-C".to_owned());
    let stop = async {
        tokio::select! {
            _ = terminate.recv() => None,
            _ = interrupt.recv() => None,
            () = &mut stdin_ends => None,
            error = following.failure() => Some(error),
        }
    };
    let (stopped, has_stopped) = tokio::sync::oneshot::channel::<()>();
    let serving = server.serve(async {
        // An error is the other end's going away, which is a stop as well.
        let _ = has_stopped.await;
    });
    let ((), failure) = tokio::join!(serving, async {
        let failure = stop.await;
        let _ = stopped.send(());
        failure
    });
    match failure {
        Some(error) => Err(error),
        None => tokio::task::spawn_blocking(move || following.stop()).await?,
    }
}

async fn bind(
    arguments: &Arguments,
    place: &Place,
    data: &std::path::Path,
    tables: &Arc<Tables>,
    ready: watch::Receiver<bool>,
) -> Result<Server> {
    let spill = data.join(tables::DIRECTORY).join("spill");
    // What queries of a killed process left is nobody's.
    match std::fs::remove_dir_all(&spill) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            return Err(error).with_context(|| format!("cannot empty {}", spill.display()));
        }
        _ => std::fs::create_dir_all(&spill).with_context(|| format!("cannot make {}", spill.display()))?,
    }
    let token = match &arguments.token {
        Some(token) => Some(token.trim().to_owned()),
        None => place.token()?,
    };
    let url = arguments.mitra.clone().or_else(|| place.url.clone());
    let forward = url.map(|url| Arc::new(Http::new(url, token.clone())) as Arc<dyn Forward>);
    let timeout = arguments.statement_timeout_seconds;
    let options = Options {
        listen: arguments.listen.map_or_else(|| place.listen(), Ok)?,
        password: token,
        memory_bytes_max: arguments.memory_mib << 20,
        spill,
        spill_bytes_max: arguments.spill_mib << 20,
        statement_timeout: (timeout > 0).then(|| Duration::from_secs(timeout)),
        connections_max: arguments.connections_max,
        ready,
    };
    Ok(Server::bind(Arc::clone(tables), forward, options).await?)
}

/// Waits for a directory.
async fn appears(directory: &std::path::Path) {
    let mut ticks = tokio::time::interval(following::IDLE);
    while !directory.is_dir() {
        ticks.tick().await;
    }
}

/// Ends with standard input; never, when nobody asks.
fn stdin_end(is_asked: bool) -> std::pin::Pin<Box<dyn Future<Output = ()>>> {
    if !is_asked {
        return Box::pin(std::future::pending());
    }
    let (ended, end) = tokio::sync::oneshot::channel();
    std::thread::spawn(move || {
        // Whatever it says, and however it breaks, it is over then.
        let _ = std::io::copy(&mut std::io::stdin().lock(), &mut std::io::sink());
        let _ = ended.send(());
    });
    Box::pin(async {
        let _ = end.await;
    })
}
