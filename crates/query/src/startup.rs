//! The beginning of a connection: who it is, by SCRAM where there is a password.

use std::{
    collections::HashMap,
    fmt::Debug,
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use futures::{Sink, SinkExt as _};
use pgwire::{
    api::{
        ClientInfo, METADATA_USER, PgWireConnectionState, PidSecretKeyGenerator as _,
        auth::{
            ServerParameterProvider, StartupHandler, finish_authentication, protocol_negotiation,
            save_startup_parameters_to_metadata,
        },
    },
    error::{ErrorInfo, PgWireError, PgWireResult},
    messages::{
        PgWireBackendMessage, PgWireFrontendMessage,
        startup::{Authentication, PasswordMessageFamily},
    },
};
use tokio::sync::watch;

use crate::{
    cancel::Entry,
    scram::{Exchange, MECHANISM, Verifier},
    settings::SERVER_VERSION,
};

/// How long somebody waits to be let in while the tables are read for the first time.
const READY_TIMEOUT: Duration = Duration::from_secs(10);

/// What clients are told when they are in.
#[derive(Debug)]
pub struct Parameters;

impl ServerParameterProvider for Parameters {
    fn server_parameters<C: ClientInfo>(&self, client: &C) -> Option<HashMap<String, String>> {
        let given = |name: &str| client.metadata().get(name).cloned().unwrap_or_default();
        let own = [
            ("server_version", SERVER_VERSION.to_owned()),
            ("server_encoding", "UTF8".to_owned()),
            ("client_encoding", "UTF8".to_owned()),
            ("DateStyle", "ISO, MDY".to_owned()),
            ("IntervalStyle", "postgres".to_owned()),
            ("TimeZone", "UTC".to_owned()),
            ("integer_datetimes", "on".to_owned()),
            ("standard_conforming_strings", "on".to_owned()),
            ("is_superuser", "off".to_owned()),
            ("in_hot_standby", "off".to_owned()),
            ("default_transaction_read_only", "on".to_owned()),
            ("search_path", "public".to_owned()),
            ("application_name", given("application_name")),
            ("session_authorization", given("user")),
        ];
        Some(own.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
    }
}

/// The startup of one connection.
pub struct Startup {
    entry: Arc<Entry>,
    verifier: Option<Arc<Verifier>>,
    ready: watch::Receiver<bool>,
    exchange: Mutex<Option<Exchange>>,
}

impl Startup {
    /// With a password, or for anybody. The password is the same for whatever name a user gives: the name is who changes are
    /// put down to.
    pub fn new(entry: Arc<Entry>, verifier: Option<Arc<Verifier>>, ready: watch::Receiver<bool>) -> Self {
        Self { entry, verifier, ready, exchange: Mutex::default() }
    }

    /// The answer to one of the client's two messages, and whether it is in.
    fn proceed(
        &self,
        verifier: &Verifier,
        user: &str,
        message: PasswordMessageFamily,
    ) -> PgWireResult<(Authentication, bool)> {
        let mut exchange = self.exchange.lock().expect("a connection's messages come one by one");
        let Some(begun) = exchange.take() else {
            let initial = message.into_sasl_initial_response()?;
            if initial.auth_method != MECHANISM {
                return Err(PgWireError::UnsupportedSASLAuthMethod(initial.auth_method));
            }
            let begun = verifier.begin(&initial.data.unwrap_or_default())?;
            let answer = Authentication::SASLContinue(begun.server_first.clone().into());
            *exchange = Some(begun);
            return Ok((answer, false));
        };
        let response = message.into_sasl_response()?;
        let proof = verifier.finish(&begun, &response.data)?;
        let proof = proof.ok_or_else(|| PgWireError::InvalidPassword(user.to_owned()))?;
        Ok((Authentication::SASLFinal(proof.into()), true))
    }

    async fn admit<C>(&self, client: &mut C) -> PgWireResult<()>
    where
        C: ClientInfo + Sink<PgWireBackendMessage> + Unpin + Send + Sync,
        C::Error: Debug,
        PgWireError: From<<C as Sink<PgWireBackendMessage>>::Error>,
    {
        let mut ready = self.ready.clone();
        let waited = tokio::time::timeout(READY_TIMEOUT, ready.wait_for(|ready| *ready));
        let is_ready = matches!(waited.await, Ok(Ok(_)));
        if !is_ready {
            let message = "the tables are still being read from the log: connect again in a moment";
            let error = ErrorInfo::new("FATAL".to_owned(), "57P03".to_owned(), message.to_owned());
            return Err(PgWireError::UserError(Box::new(error)));
        }
        let (pid, key) = self.entry.generate(&*client);
        client.set_pid_and_secret_key(pid, key);
        finish_authentication(client, &Parameters).await
    }
}

#[async_trait]
impl StartupHandler for Startup {
    async fn on_startup<C>(&self, client: &mut C, message: PgWireFrontendMessage) -> PgWireResult<()>
    where
        C: ClientInfo + Sink<PgWireBackendMessage> + Unpin + Send + Sync,
        C::Error: Debug,
        PgWireError: From<<C as Sink<PgWireBackendMessage>>::Error>,
    {
        match (message, &self.verifier) {
            (PgWireFrontendMessage::Startup(startup), verifier) => {
                protocol_negotiation(client, &startup).await?;
                save_startup_parameters_to_metadata(client, &startup);
                if verifier.is_none() {
                    return self.admit(client).await;
                }
                client.set_state(PgWireConnectionState::AuthenticationInProgress);
                let offered = Authentication::SASL(vec![MECHANISM.to_owned()]);
                client.send(PgWireBackendMessage::Authentication(offered)).await?;
            }
            (PgWireFrontendMessage::PasswordMessageFamily(message), Some(verifier)) => {
                let user = client.metadata().get(METADATA_USER).cloned().unwrap_or_default();
                let (answer, is_in) = self.proceed(verifier, &user, message)?;
                client.send(PgWireBackendMessage::Authentication(answer)).await?;
                if is_in {
                    self.admit(client).await?;
                }
            }
            _ => {}
        }
        Ok(())
    }
}
