//! Accepts connections, holds them to their bounds, and ends them in order.

mod patient;

use std::{
    future::{Future, poll_fn},
    io,
    net::SocketAddr,
    pin::{Pin, pin},
    sync::Arc,
    time::Duration,
};

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use tokio::{
    io::AsyncWrite as _,
    net::{TcpListener, TcpSocket, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore, watch},
    task::JoinSet,
};

use self::patient::Patient;
use crate::{
    Backend, Options,
    metrics::Registry,
    reply,
    routes::{self, Shared},
    traffic::Traffic,
};

/// Connections that the kernel holds until they are accepted.
const BACKLOG: u32 = 1_024;
/// Connections over the limit that are told so at a time; more are closed without a word.
const TURNED_AWAY_MAX: usize = 64;
/// How long one of them may take to read it.
const TURNED_AWAY_TIMEOUT: Duration = Duration::from_secs(1);
/// Pause after the kernel refused to hand out a connection, for want of descriptors or memory.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);
/// How long an answer of the opening may still be on its way once requests are served: nothing was taken with it.
const OPENING_DRAIN: Duration = Duration::from_millis(500);
/// Most headers of a request; one more is answered with 431.
const HEADERS_MAX: usize = 64;

/// Routes beside the API's, which are guarded and counted as those are.
pub type Pages = Router;

/// Why the server cannot listen.
#[derive(Debug, thiserror::Error)]
pub enum BindError {
    /// The setting is no address.
    #[error(
        "`{listen}` is no address and port: write for example \"127.0.0.1:7400\" as `listen` in [server] of mitra.toml"
    )]
    Address {
        /// The setting.
        listen: String,
    },
    /// Other machines would be let in.
    #[error(
        "address {address} is open to other machines and no token is set: set MITRA_TOKEN in the environment, or \
         `token_file` or `token` in [server] of mitra.toml (make a token with `openssl rand -hex 32`), or set `listen` to \
         a loopback address such as \"127.0.0.1:{}\"",
        address.port()
    )]
    NoToken {
        /// The address.
        address: SocketAddr,
    },
    /// The token can be guessed or cannot be sent.
    #[error(
        "the token is shorter than {} characters or has others than visible ASCII ones: set a longer one in MITRA_TOKEN \
         or where `token_file` or `token` in [server] of mitra.toml says (make it with `openssl rand -hex 32`)",
        crate::options::TOKEN_CHARS_MIN
    )]
    BadToken,
    /// Somebody listens there.
    #[error(
        "port {} of {} is in use by another program: stop that program, or set another port as `listen` in [server] of \
         mitra.toml",
        address.port(), address.ip()
    )]
    InUse {
        /// The address.
        address: SocketAddr,
    },
    /// The system refuses.
    #[error(
        "cannot listen on {address}: {error}: set an address of this machine as `listen` in [server] of mitra.toml"
    )]
    Io {
        /// The address.
        address: SocketAddr,
        /// What the system said.
        error: io::Error,
    },
}

/// How a server ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Drained {
    /// Connections that ended by themselves after the shutdown began.
    pub finished: usize,
    /// Connections that were cut at the end of the drain time.
    pub cut: usize,
}

/// A server that listens and has no backend yet, so that a port in use is known before a long recovery.
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    options: Options,
    registry: Arc<Registry>,
    pages: Pages,
}

impl Server {
    /// Listens. `registry` is where the server's own metrics go and what `/metrics` shows.
    ///
    /// # Errors
    /// Every [`BindError`]; each says what to set.
    ///
    /// # Panics
    /// Outside a Tokio runtime with I/O and time.
    pub fn bind(options: Options, registry: Arc<Registry>) -> Result<Self, BindError> {
        let address = options.address()?;
        let listen = || {
            let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
            // A restart must not wait for old connections to be forgotten. This does not share a port in use.
            socket.set_reuseaddr(true)?;
            socket.bind(address)?;
            let listener = socket.listen(BACKLOG)?;
            Ok((listener.local_addr()?, listener))
        };
        let (address, listener) = listen().map_err(|error: io::Error| match error.kind() {
            io::ErrorKind::AddrInUse => BindError::InUse { address },
            _ => BindError::Io { address, error },
        })?;
        Ok(Self { listener, address, options, registry, pages: Router::new() })
    }

    /// The address, with the port that was chosen.
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// Adds pages.
    #[must_use]
    pub fn with_pages(mut self, pages: Pages) -> Self {
        self.pages = self.pages.merge(pages);
        self
    }

    /// Answers that the process lives and recovers, until `opened`. Nothing is taken.
    pub async fn serve_opening(&self, opened: impl Future<Output = ()> + Send) {
        let traffic = Arc::new(Traffic::new(Arc::clone(&self.registry)));
        let connections = Connections::new(&self.options, traffic);
        let (stop, stopped) = watch::channel(());
        let router = routes::opening::router(&self.options);
        let mut tasks = JoinSet::new();
        connections.accept(&self.listener, &mut tasks, &router, &stopped, opened).await;
        drop(stop);
        drain(tasks, OPENING_DRAIN).await;
    }

    /// Serves until `shutdown`, then finishes the requests in flight, at most for the drain time.
    pub async fn serve<B: Backend>(
        self,
        backend: Arc<B>,
        shutdown: impl Future<Output = ()> + Send,
    ) -> Drained {
        let Self { listener, options, registry, pages, .. } = self;
        let traffic = Arc::new(Traffic::new(Arc::clone(&registry)));
        let connections = Connections::new(&options, Arc::clone(&traffic));
        let (stop, stopped) = watch::channel(());
        let shared = Shared::new(backend, &options, registry, traffic, stopped.clone());
        let router = routes::router(shared, pages);
        let mut tasks = JoinSet::new();
        connections.accept(&listener, &mut tasks, &router, &stopped, shutdown).await;
        drop(listener);
        drop(stop);
        drain(tasks, options.drain_timeout).await
    }
}

/// Whether an accept failed because the client gave up, rather than for want of something.
fn is_of_the_connection(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset)
}

async fn drain(mut tasks: JoinSet<()>, timeout: Duration) -> Drained {
    let mut drained = Drained::default();
    let ended = async {
        while tasks.join_next().await.is_some() {
            drained.finished += 1;
        }
    };
    if tokio::time::timeout(timeout, ended).await.is_err() {
        drained.cut = tasks.len();
        tasks.shutdown().await;
    }
    drained
}

/// What every connection is served with.
struct Connections {
    protocol: http1::Builder,
    places: Arc<Semaphore>,
    turned_away: Arc<Semaphore>,
    write_timeout: Duration,
    traffic: Arc<Traffic>,
}

impl Connections {
    fn new(options: &Options, traffic: Arc<Traffic>) -> Self {
        let mut protocol = http1::Builder::new();
        protocol
            .timer(TokioTimer::new())
            .header_read_timeout(options.head_timeout)
            .max_headers(HEADERS_MAX)
            .half_close(true);
        Self {
            protocol,
            places: Arc::new(Semaphore::new(options.connections_max)),
            turned_away: Arc::new(Semaphore::new(TURNED_AWAY_MAX)),
            write_timeout: options.write_timeout,
            traffic,
        }
    }

    /// Serves the connections that come before `end`.
    async fn accept(
        &self,
        listener: &TcpListener,
        tasks: &mut JoinSet<()>,
        router: &Router,
        stopped: &watch::Receiver<()>,
        end: impl Future<Output = ()> + Send,
    ) {
        let mut end = pin!(end);
        loop {
            let accepted = tokio::select! {
                () = &mut end => return,
                accepted = listener.accept() => accepted,
            };
            match accepted {
                Ok((stream, _)) => self.start(tasks, stream, router, stopped.clone()),
                Err(error) if is_of_the_connection(&error) => {}
                Err(_) => tokio::time::sleep(ACCEPT_PAUSE).await,
            }
            // Ended tasks are forgotten here: a panic in one was printed when it happened and ends that one only.
            while tasks.try_join_next().is_some() {}
        }
    }

    /// The only place where this crate starts tasks: one for each connection. When it is cancelled, its connection is
    /// cut; its errors are the client's (it went away, or spoke no HTTP) and end it only.
    fn start(
        &self,
        tasks: &mut JoinSet<()>,
        stream: TcpStream,
        router: &Router,
        stopped: watch::Receiver<()>,
    ) {
        let Ok(place) = Arc::clone(&self.places).try_acquire_owned() else {
            self.traffic.connections_refused.increment();
            if let Ok(place) = Arc::clone(&self.turned_away).try_acquire_owned() {
                tasks.spawn(turn_away(stream, place));
            }
            return;
        };
        // Replies are small and waited for; a failure costs only time.
        let _ = stream.set_nodelay(true);
        let io = TokioIo::new(Patient::new(stream, self.write_timeout));
        let connection = self.protocol.serve_connection(io, TowerToHyperService::new(router.clone()));
        let entered = self.traffic.connections.enter();
        tasks.spawn(async move {
            let _held = (place, entered);
            let mut connection = pin!(connection);
            let mut stopped = stopped;
            tokio::select! {
                _ = connection.as_mut() => return,
                _ = stopped.changed() => connection.as_mut().graceful_shutdown(),
            }
            let _ = connection.await;
        });
    }
}

/// Answers 503 without reading the request, then waits for the client to have read it: closing at once would discard
/// the answer on its way.
async fn turn_away(mut stream: TcpStream, _place: OwnedSemaphorePermit) {
    let answered = async {
        stream.writable().await?;
        stream.try_write(reply::TOO_MANY_CONNECTIONS.as_bytes())?;
        poll_fn(|cx| Pin::new(&mut stream).poll_shutdown(cx)).await?;
        let mut rest = [0; 1_024];
        loop {
            stream.readable().await?;
            match stream.try_read(&mut rest) {
                Ok(0) => return Ok(()),
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Err(error),
            }
        }
    };
    // Whatever goes wrong, the connection is closed next.
    let _ = tokio::time::timeout(TURNED_AWAY_TIMEOUT, answered).await;
}
