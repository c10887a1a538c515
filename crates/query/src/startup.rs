//! The beginning of a connection: who it is, by SCRAM where there is a password.

use std::{collections::HashMap, fmt::Debug, sync::Arc};

use async_trait::async_trait;
use futures::Sink;
use pgwire::{
    api::{
        ClientInfo, PidSecretKeyGenerator as _,
        auth::{
            AuthSource, LoginInfo, Password, ServerParameterProvider, StartupHandler, finish_authentication,
            protocol_negotiation,
            sasl::{
                SASLAuthStartupHandler,
                scram::{SCRAM_ITERATIONS, ScramAuth, gen_salted_password},
            },
            save_startup_parameters_to_metadata,
        },
    },
    error::{PgWireError, PgWireResult},
    messages::{PgWireBackendMessage, PgWireFrontendMessage},
};

use crate::{cancel::Entry, settings::SERVER_VERSION};

/// Bytes of a salt.
const SALT_LEN: usize = 16;

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

/// The one password, for whatever name a user gives: the name is who changes are put down to.
#[derive(Debug)]
struct OnePassword {
    salt: Vec<u8>,
    salted: Vec<u8>,
}

#[async_trait]
impl AuthSource for OnePassword {
    async fn get_password(&self, _: &LoginInfo) -> PgWireResult<Password> {
        Ok(Password::new(Some(self.salt.clone()), self.salted.clone()))
    }
}

/// The password as SCRAM compares it: salted once, for all connections.
#[derive(Clone, Debug)]
pub struct Secret(Arc<OnePassword>);

impl Secret {
    /// Salts a password.
    pub fn new(password: &str, salt: [u8; SALT_LEN]) -> Self {
        let salted = gen_salted_password(password, &salt, SCRAM_ITERATIONS);
        Self(Arc::new(OnePassword { salt: salt.to_vec(), salted }))
    }
}

/// The startup of one connection.
pub struct Startup {
    entry: Arc<Entry>,
    scram: Option<SASLAuthStartupHandler<Parameters>>,
}

impl Startup {
    /// With a secret, or for anybody.
    pub fn new(entry: Arc<Entry>, secret: Option<&Secret>) -> Self {
        let scram = secret.map(|Secret(password)| {
            let mut scram = ScramAuth::new(Arc::clone(password) as Arc<dyn AuthSource>);
            scram.set_iterations(SCRAM_ITERATIONS);
            SASLAuthStartupHandler::new(Arc::new(Parameters))
                .with_scram(scram)
                .with_pid_secret_key_generator(Arc::clone(&entry) as _)
        });
        Self { entry, scram }
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
        if let Some(scram) = &self.scram {
            return scram.on_startup(client, message).await;
        }
        if let PgWireFrontendMessage::Startup(startup) = message {
            protocol_negotiation(client, &startup).await?;
            save_startup_parameters_to_metadata(client, &startup);
            let (pid, key) = self.entry.generate(&*client);
            client.set_pid_and_secret_key(pid, key);
            finish_authentication(client, &Parameters).await?;
        }
        Ok(())
    }
}
