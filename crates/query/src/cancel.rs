//! Requests to stop a statement: they come on a connection of their own and name the statement's by a secret.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicI32, Ordering},
    },
};

use async_trait::async_trait;
use pgwire::{
    api::{ClientInfo, PidSecretKeyGenerator, RandomPidSecretKeyGenerator, cancel::CancelHandler},
    messages::{cancel::CancelRequest, startup::SecretKey},
};
use tokio::sync::watch;

/// The first number of a connection.
const FIRST: i32 = 1;

/// Running connections by their numbers.
#[derive(Debug)]
pub struct Registry {
    next: AtomicI32,
    connections: Mutex<HashMap<i32, (SecretKey, watch::Sender<u64>)>>,
}

impl Default for Registry {
    fn default() -> Self {
        Self { next: AtomicI32::new(FIRST), connections: Mutex::default() }
    }
}

impl Registry {
    fn connections(&self) -> std::sync::MutexGuard<'_, HashMap<i32, (SecretKey, watch::Sender<u64>)>> {
        self.connections.lock().expect("no thread panics while it looks up a connection")
    }
}

#[async_trait]
impl CancelHandler for Registry {
    async fn on_cancel_request(&self, request: CancelRequest) {
        let connections = self.connections();
        // Whoever guesses wrong is told nothing, as the protocol wants it.
        if let Some((_, cancelled)) =
            connections.get(&request.pid).filter(|(key, _)| key.eq_value(&request.secret_key))
        {
            cancelled.send_modify(|requests| *requests += 1);
        }
    }
}

/// One connection's entry, from its authentication to its end.
#[derive(Debug)]
pub struct Entry {
    registry: Arc<Registry>,
    cancelled: watch::Sender<u64>,
    pid: Mutex<Option<i32>>,
}

impl Entry {
    /// Of a connection that has no number yet.
    pub fn new(registry: Arc<Registry>) -> Self {
        Self { registry, cancelled: watch::Sender::new(0), pid: Mutex::default() }
    }

    /// Changes when the running statement is to stop.
    pub fn cancelled(&self) -> watch::Receiver<u64> {
        self.cancelled.subscribe()
    }
}

impl PidSecretKeyGenerator for Entry {
    fn generate(&self, client: &dyn ClientInfo) -> (i32, SecretKey) {
        let (_, key) = RandomPidSecretKeyGenerator::default().generate(client);
        let pid = self.registry.next.fetch_add(1, Ordering::Relaxed);
        self.registry.connections().insert(pid, (key.clone(), self.cancelled.clone()));
        *self.pid.lock().expect("a connection gets its number once") = Some(pid);
        (pid, key)
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        if let Some(pid) = self.pid.lock().expect("a connection gets its number once").take() {
            self.registry.connections().remove(&pid);
        }
    }
}
