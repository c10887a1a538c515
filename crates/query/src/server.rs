//! The listener: connections come, are bounded, and end with the program.

use std::{io, net::SocketAddr, sync::Arc};

use pgwire::tokio::process_socket;
use tables::Tables;
use tokio::{
    io::AsyncWriteExt as _,
    net::{TcpListener, TcpStream},
    sync::Semaphore,
    task::JoinSet,
};

use crate::{
    Options,
    cancel::{Entry, Registry},
    catalog::Shared,
    forward::Forward,
    handlers::{Connection, Handlers},
    scram::Verifier,
    session::Session,
    startup::Startup,
};

/// Why the endpoint cannot begin.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Anybody on the network could read everything.
    #[error(
        "refusing to listen on {0} without a password: anybody who reaches it could read every table; set a token in the \
         project's mitra.toml or in MITRA_TOKEN, or listen on 127.0.0.1"
    )]
    Exposed(SocketAddr),
    /// The address cannot be had.
    #[error(
        "cannot listen on {address}: {reason}; stop what uses it, or choose another address with --listen"
    )]
    Address {
        /// As asked for.
        address: SocketAddr,
        /// The system's reason.
        reason: io::Error,
    },
    /// The system gives no random bytes.
    #[error("cannot read random bytes from /dev/urandom: {0}")]
    Random(io::Error),
    /// The query engine cannot begin.
    #[error("cannot start the query engine: {0}")]
    Engine(#[from] datafusion::error::DataFusionError),
}

/// The endpoint, bound and not serving yet.
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    context: Context,
}

/// What every connection needs.
struct Context {
    shared: Arc<Shared>,
    registry: Arc<Registry>,
    forward: Option<Arc<dyn Forward>>,
    verifier: Option<Arc<Verifier>>,
    options: Options,
}

impl Server {
    /// Binds.
    ///
    /// # Errors
    /// See [`enum@Error`].
    pub async fn bind(
        tables: Arc<Tables>,
        forward: Option<Arc<dyn Forward>>,
        options: Options,
    ) -> Result<Self, Error> {
        if options.password.is_none() && !options.listen.ip().is_loopback() {
            return Err(Error::Exposed(options.listen));
        }
        let shared = Arc::new(Shared::new(tables, &options)?);
        let listener = TcpListener::bind(options.listen).await;
        let address = options.listen;
        let listener = listener.map_err(|reason| Error::Address { address, reason })?;
        let address = listener.local_addr().map_err(|reason| Error::Address { address, reason })?;
        let verifier = options.password.as_deref().map(Verifier::new).transpose().map_err(Error::Random)?;
        let registry = Arc::new(Registry::default());
        let context = Context { shared, registry, forward, verifier: verifier.map(Arc::new), options };
        Ok(Self { listener, address, context })
    }

    /// Where it listens.
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// Serves until `stop`; connections end with it.
    pub async fn serve(self, stop: impl Future<Output = ()>) {
        let permits = Arc::new(Semaphore::new(self.context.options.connections_max));
        let mut connections = JoinSet::new();
        tokio::pin!(stop);
        loop {
            let socket = tokio::select! {
                accepted = self.listener.accept() => match accepted {
                    Ok((socket, _)) => socket,
                    // One connection's trouble, or too many open files: the next may do better.
                    Err(_) => {
                        tokio::task::yield_now().await;
                        continue;
                    }
                },
                Some(_) = connections.join_next() => continue,
                () = &mut stop => break,
            };
            match Arc::clone(&permits).try_acquire_owned() {
                Err(_) => drop(connections.spawn(refuse(socket, self.context.options.connections_max))),
                Ok(permit) => {
                    let handlers = self.context.handlers();
                    connections.spawn(async move {
                        if let Ok(handlers) = handlers {
                            // A client that goes away is its own affair.
                            let _ = process_socket(socket, None, handlers).await;
                        }
                        drop(permit);
                    });
                }
            }
        }
        connections.shutdown().await;
    }
}

impl Context {
    fn handlers(&self) -> Result<Handlers, datafusion::error::DataFusionError> {
        let entry = Arc::new(Entry::new(Arc::clone(&self.registry)));
        let session = Session::new(
            Arc::clone(&self.shared),
            Arc::clone(&entry),
            self.forward.clone(),
            self.options.statement_timeout,
        )?;
        Ok(Handlers {
            startup: Arc::new(Startup::new(entry, self.verifier.clone(), self.options.ready.clone())),
            connection: Arc::new(Connection::new(Arc::new(session))),
            registry: Arc::clone(&self.registry),
        })
    }
}

/// Says why, in the protocol's first words, and closes.
async fn refuse(mut socket: TcpStream, connections_max: usize) {
    let message =
        format!("too many connections, {connections_max} at most; close some, or raise --connections-max");
    let mut body = Vec::new();
    for (kind, text) in [(b'S', "FATAL"), (b'C', "53300"), (b'M', message.as_str())] {
        body.push(kind);
        body.extend(text.as_bytes());
        body.push(0);
    }
    body.push(0);
    let len = u32::try_from(body.len() + 4).expect("the message is short");
    let bytes = [&b"E"[..], &len.to_be_bytes(), &body].concat();
    // It may have left already.
    let _ = socket.write_all(&bytes).await;
}
