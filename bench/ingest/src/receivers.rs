//! What receives events over HTTP and writes them to disk: Mitra and its peers, behind one trait.

mod flume;
mod mitra;
mod victoria_logs;

use std::{
    env,
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail};
use bench_load::server::Server;

pub use self::{flume::Flume, mitra::Mitra, victoria_logs::VictoriaLogs};
use crate::{events::Layout, ids::Ids, shapes::Shape};

/// How long a server may take to listen.
const START_TIMEOUT: Duration = Duration::from_secs(60);

/// How often it is asked.
const START_PERIOD: Duration = Duration::from_millis(20);

/// Where and how events are posted.
#[derive(Clone, Debug)]
pub struct Target {
    /// Path and query.
    pub path: &'static str,
    /// The bodies' media type.
    pub content_type: &'static str,
    /// How a body holds its events.
    pub layout: Layout,
    /// What the answer to a request that was taken whole begins with.
    pub answer: String,
}

/// A receiver on an empty folder.
pub struct Running {
    /// Its process.
    pub server: Server,
    /// Where it listens.
    pub address: SocketAddr,
}

/// A receiver.
pub trait Receiver {
    /// What the table calls it.
    fn name(&self) -> &'static str;

    /// What it has done with an event when it answers.
    fn promise(&self) -> &'static str;

    /// How requests of a shape are sent to it.
    fn target(&self, shape: &Shape) -> Target;

    /// Starts it with everything that it writes below `folder`.
    ///
    /// # Errors
    /// When it does not start.
    fn start(&self, folder: &Path) -> Result<Running>;

    /// Waits until events that were acknowledged are where they stay, if that is later.
    ///
    /// # Errors
    /// When they do not get there.
    fn settle(&self, _folder: &Path, _events: u64) -> Result<()> {
        Ok(())
    }

    /// Reads the ids of all events that it has left in `folder`, after it was stopped.
    ///
    /// # Errors
    /// When something cannot be read.
    fn read(&self, folder: &Path, ids: &mut Ids) -> Result<()>;
}

/// An address of this machine on which nobody listens.
fn free_address() -> Result<SocketAddr> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("cannot find a free port")?;
    Ok(listener.local_addr()?)
}

/// Waits until somebody listens.
fn wait_for(server: &mut Server, address: SocketAddr) -> Result<()> {
    let begun = Instant::now();
    while TcpStream::connect(address).is_err() {
        if !server.is_running()? {
            bail!("it ended before it listened on {address}");
        }
        if begun.elapsed() > START_TIMEOUT {
            bail!("it does not listen on {address} after {} s", START_TIMEOUT.as_secs());
        }
        thread::sleep(START_PERIOD);
    }
    Ok(())
}

/// Where peers are kept between runs.
fn cache() -> Result<PathBuf> {
    let cache = env::var_os("XDG_CACHE_HOME").filter(|path| !path.is_empty()).map(PathBuf::from);
    let cache = cache.or_else(|| env::home_dir().map(|home| home.join(".cache")));
    Ok(cache.context("set HOME or XDG_CACHE_HOME")?.join("mitra/bench-ingest"))
}

/// The folder of this bench's sources.
fn sources() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
