//! A server on a free port in a thread of its own.

use std::{
    net::SocketAddr,
    sync::{Arc, mpsc},
    thread::JoinHandle,
};

use serve::{Drained, Options, Server, metrics::Registry};
use tokio::{runtime, sync::oneshot};

use crate::{
    client::{Client, PATIENCE},
    memory::Memory,
};

pub struct Running {
    pub address: SocketAddr,
    pub backend: Arc<Memory>,
    /// Receives when a held request waits.
    waits: mpsc::Receiver<()>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<Drained>>,
}

/// Any free port of loopback.
pub fn options() -> Options {
    Options { listen: "127.0.0.1:0".to_owned(), ..Options::default() }
}

impl Running {
    pub fn start(options: Options) -> Self {
        let backend = Arc::new(Memory::default());
        let (waits, waiting) = mpsc::channel();
        *backend.waits.lock().unwrap() = Some(waits);
        let (stop, stopped) = oneshot::channel();
        let (bound, address) = mpsc::channel();
        let behind = Arc::clone(&backend);
        let thread = std::thread::spawn(move || {
            runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap().block_on(
                async {
                    let server = Server::bind(options, Arc::new(Registry::default())).unwrap();
                    bound.send(server.local_addr()).unwrap();
                    let stopped = async {
                        let _ = stopped.await;
                    };
                    server.serve(behind, stopped).await
                },
            )
        });
        let address = address.recv().unwrap();
        Self { address, backend, waits: waiting, stop: Some(stop), thread: Some(thread) }
    }

    pub fn connect(&self) -> Client {
        Client::connect(self.address)
    }

    /// Returns when a held request waits in the backend.
    pub fn until_held(&self) {
        self.waits.recv_timeout(PATIENCE).unwrap();
    }

    /// Begins the shutdown.
    pub fn stop(&mut self) {
        self.stop.take().expect("a server is stopped once").send(()).unwrap();
    }

    /// Waits for the end of the shutdown.
    pub fn join(&mut self) -> Drained {
        self.thread.take().expect("a server is joined once").join().unwrap()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop.take();
        // Requests that are still held must not keep a failing test from ending.
        self.backend.release.add_permits(1_000);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
