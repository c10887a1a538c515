//! Both query protocols of one connection.

use std::{fmt::Debug, sync::Arc};

use async_trait::async_trait;
use futures::{Sink, SinkExt as _, StreamExt as _, stream};
use pgwire::{
    api::{
        ClientInfo, ClientPortalStore, DEFAULT_NAME, METADATA_USER, PgWireConnectionState,
        PgWireServerHandlers, Type,
        auth::StartupHandler,
        cancel::CancelHandler,
        portal::{Format, Portal, PortalExecutionState},
        query::{ExtendedQueryHandler, SimpleQueryHandler, send_execution_response, send_query_response},
        results::{FieldFormat, FieldInfo, QueryResponse, Response, Tag},
        stmt::QueryParser,
        store::{Entry, PortalStore},
    },
    error::{ErrorInfo, PgWireError, PgWireResult},
    messages::{
        PgWireBackendMessage,
        data::DataRow,
        extendedquery::{Execute, PortalSuspended},
        response::{EmptyQueryResponse, NoticeResponse, TransactionStatus},
        startup::ParameterStatus,
    },
};

use crate::{
    cancel::Registry,
    encode::{fields, wire_type},
    failure::Failure,
    parameters,
    session::{Prepared, Session},
    settings::Command,
    startup::Startup,
    statements::{Part, split, words},
};

/// The handlers of one connection.
pub struct Handlers {
    /// Who comes in.
    pub startup: Arc<Startup>,
    /// What runs.
    pub connection: Arc<Connection>,
    /// Who is stopped.
    pub registry: Arc<Registry>,
}

impl PgWireServerHandlers for Handlers {
    fn simple_query_handler(&self) -> Arc<impl SimpleQueryHandler> {
        Arc::clone(&self.connection)
    }

    fn extended_query_handler(&self) -> Arc<impl ExtendedQueryHandler> {
        Arc::clone(&self.connection)
    }

    fn startup_handler(&self) -> Arc<impl StartupHandler> {
        Arc::clone(&self.startup)
    }

    fn cancel_handler(&self) -> Arc<impl CancelHandler> {
        Arc::clone(&self.registry)
    }
}

/// One connection's statements.
#[derive(Clone)]
pub struct Connection {
    session: Arc<Session>,
}

impl Connection {
    /// Over a session.
    pub fn new(session: Arc<Session>) -> Self {
        Self { session }
    }

    /// The startup message's settings are known at the first statement.
    fn begin<C: ClientInfo>(&self, client: &C) {
        let given = client.metadata().iter();
        self.session.begin(given.filter(|(name, _)| !matches!(name.as_str(), "user" | "database")));
    }

    /// Runs what is no query.
    async fn command<C>(
        &self,
        client: &mut C,
        status: TransactionStatus,
        prepared: &Prepared,
    ) -> Result<Response, Failure>
    where
        C: ClientInfo + ClientPortalStore + Sink<PgWireBackendMessage> + Unpin + Send + Sync,
        C::PortalStore: PortalStore,
    {
        let command = match prepared {
            Prepared::Definition(part) => return self.define(client, status, part).await,
            Prepared::Session(command) => command,
            Prepared::Query(_) => unreachable!("queries are run with their parameters"),
        };
        let has_failed = matches!(status, TransactionStatus::Error);
        let done = |tag: &str| Ok(Response::Execution(Tag::new(tag)));
        match command {
            Command::Begin => Ok(Response::TransactionStart(Tag::new("BEGIN"))),
            Command::Commit if has_failed => Ok(Response::TransactionEnd(Tag::new("ROLLBACK"))),
            Command::Commit => Ok(Response::TransactionEnd(Tag::new("COMMIT"))),
            Command::Rollback => Ok(Response::TransactionEnd(Tag::new("ROLLBACK"))),
            Command::Nothing(tag) => done(tag),
            Command::Set(name, value) => {
                let reported = self.session.settings().set(name, value.as_deref())?;
                if let Some((name, value)) = reported {
                    let status = ParameterStatus::new(name.to_owned(), value);
                    feed(client, PgWireBackendMessage::ParameterStatus(status)).await?;
                }
                done(if value.is_some() { "SET" } else { "RESET" })
            }
            Command::ResetAll(tag) => {
                self.session.settings().reset();
                if *tag == "DISCARD ALL" {
                    client.portal_store().clear_portals();
                }
                done(tag)
            }
            Command::Deallocate(name) => {
                if let Some(name) = name {
                    client.portal_store().rm_statement(name);
                }
                done(if name.is_some() { "DEALLOCATE" } else { "DEALLOCATE ALL" })
            }
            Command::Show(name) => {
                let value = self.session.settings().get(name)?;
                Ok(Response::Query(texts(&[name], &[vec![value]])))
            }
            Command::ShowAll => {
                let all = self.session.settings().all();
                let rows: Vec<_> = all.into_iter().map(|(name, value)| vec![name, value]).collect();
                Ok(Response::Query(texts(&["name", "setting"], &rows)))
            }
        }
    }

    async fn define<C>(
        &self,
        client: &mut C,
        status: TransactionStatus,
        part: &Part,
    ) -> Result<Response, Failure>
    where
        C: ClientInfo + Sink<PgWireBackendMessage> + Unpin + Send + Sync,
    {
        let tag = definition_tag(&part.text);
        if !matches!(status, TransactionStatus::Idle) {
            return Err(Failure::new("25001", format!("{tag} cannot run inside a transaction block"))
                .with_hint("it could not be rolled back: commit first, or turn autocommit on"));
        }
        let principal = client.metadata().get(METADATA_USER).cloned().unwrap_or_default();
        let applied = self.session.define(part, &principal).await?;
        let text = format!("in force since position {}, epoch {}", applied.position, applied.epoch);
        let notice = ErrorInfo::new("NOTICE".to_owned(), "00000".to_owned(), text);
        feed(client, PgWireBackendMessage::NoticeResponse(NoticeResponse::from(notice))).await?;
        Ok(Response::Execution(Tag::new(&tag)))
    }

    /// One statement of the simple protocol.
    async fn simple<C>(
        &self,
        client: &mut C,
        status: TransactionStatus,
        part: &Part,
    ) -> Result<Response, Failure>
    where
        C: ClientInfo + ClientPortalStore + Sink<PgWireBackendMessage> + Unpin + Send + Sync,
        C::PortalStore: PortalStore,
    {
        if matches!(status, TransactionStatus::Error) && !ends_transaction(&part.text) {
            return Err(aborted());
        }
        let prepared = self.session.prepare(part).await?;
        let Prepared::Query(query) = &prepared else {
            return self.command(client, status, &prepared).await;
        };
        if !query.parameters.is_empty() {
            return Err(Failure::new("42P02", "there is no parameter $1")
                .with_hint("bind parameters through the extended protocol, as drivers do"));
        }
        self.session.run(query, Vec::new(), &Format::UnifiedText).await.map(Response::Query)
    }
}

/// `CREATE RULE` of `CREATE OR REPLACE RULE ...`.
fn definition_tag(text: &str) -> String {
    let words = words(text);
    let noun = words.iter().skip(1).find(|word| !matches!(word.as_str(), "OR" | "REPLACE"));
    format!("{} {}", words.first().map_or("", String::as_str), noun.map_or("", String::as_str))
}

fn ends_transaction(text: &str) -> bool {
    let first = words(text).into_iter().next().unwrap_or_default();
    matches!(first.as_str(), "ROLLBACK" | "COMMIT" | "END" | "ABORT")
}

fn aborted() -> Failure {
    Failure::new("25P02", "current transaction is aborted, commands ignored until end of transaction block")
}

async fn feed<C>(client: &mut C, message: PgWireBackendMessage) -> Result<(), Failure>
where
    C: Sink<PgWireBackendMessage> + Unpin,
{
    client.feed(message).await.map_err(|_| Failure::new("08006", "the connection is lost"))
}

fn text_fields(names: &[&str]) -> Vec<FieldInfo> {
    let field = |name: &&str| FieldInfo::new((*name).to_owned(), None, None, Type::TEXT, FieldFormat::Text);
    names.iter().map(field).collect()
}

/// Rows of text that are known already.
fn texts(names: &[&str], rows: &[Vec<String>]) -> QueryResponse {
    let fields = text_fields(names);
    let count = i16::try_from(names.len()).expect("there are one or two");
    let row = |values: &Vec<String>| {
        let mut out = bytes::BytesMut::new();
        for value in values {
            bytes::BufMut::put_i32(&mut out, i32::try_from(value.len()).expect("settings are short"));
            out.extend_from_slice(value.as_bytes());
        }
        Ok(DataRow::new(out, count))
    };
    let mut response =
        QueryResponse::new(Arc::new(fields), stream::iter(rows.iter().map(row).collect::<Vec<_>>()));
    response.set_command_tag("SHOW");
    response
}

#[async_trait]
impl SimpleQueryHandler for Connection {
    async fn do_query<C>(&self, client: &mut C, query: &str) -> PgWireResult<Vec<Response>>
    where
        C: ClientInfo + ClientPortalStore + Sink<PgWireBackendMessage> + Unpin + Send + Sync,
        C::PortalStore: PortalStore,
        C::Error: Debug,
        PgWireError: From<<C as Sink<PgWireBackendMessage>>::Error>,
    {
        self.begin(client);
        let mut status = client.transaction_status();
        let parts = split(query);
        if parts.is_empty() {
            return Ok(vec![Response::EmptyQuery]);
        }
        let mut responses = Vec::with_capacity(parts.len());
        for part in &parts {
            match self.simple(client, status, part).await {
                Ok(response) => {
                    status = match &response {
                        Response::TransactionStart(_) => status.to_in_transaction_state(),
                        Response::TransactionEnd(_) => status.to_idle_state(),
                        _ => status,
                    };
                    responses.push(response);
                }
                Err(failure) if responses.is_empty() => return Err(failure.into()),
                Err(failure) => {
                    // What came before has happened, and its results are sent.
                    responses.push(Response::Error(Box::new(failure.into())));
                    break;
                }
            }
        }
        Ok(responses)
    }
}

#[async_trait]
impl QueryParser for Connection {
    type Statement = Prepared;

    async fn parse_sql<C>(&self, client: &C, sql: &str, _: &[Option<Type>]) -> PgWireResult<Option<Prepared>>
    where
        C: ClientInfo + Unpin + Send + Sync,
    {
        self.begin(client);
        let mut parts = split(sql);
        let Some(part) = parts.pop() else { return Ok(None) };
        if !parts.is_empty() {
            let message = "cannot insert multiple commands into a prepared statement";
            return Err(Failure::new("42601", message).into());
        }
        if matches!(client.transaction_status(), TransactionStatus::Error) && !ends_transaction(&part.text) {
            return Err(aborted().into());
        }
        Ok(Some(self.session.prepare(&part).await?))
    }

    fn get_parameter_types(&self, statement: &Prepared) -> PgWireResult<Vec<Type>> {
        let Prepared::Query(query) = statement else { return Ok(Vec::new()) };
        Ok(query.parameters.iter().map(|known| told_type(known.as_ref())).collect())
    }

    fn get_result_schema(
        &self,
        statement: &Prepared,
        format: Option<&Format>,
    ) -> PgWireResult<Vec<FieldInfo>> {
        let names: &[&str] = match statement {
            Prepared::Query(query) => {
                return Ok(fields(&query.schema, &query.names, format.unwrap_or(&Format::UnifiedText)));
            }
            Prepared::Session(Command::Show(name)) => &[name],
            Prepared::Session(Command::ShowAll) => &["name", "setting"],
            _ => &[],
        };
        Ok(text_fields(names))
    }
}

/// The type that a client is told to send; text where the statement does not say.
fn told_type(known: Option<&datafusion::arrow::datatypes::DataType>) -> Type {
    known.map_or(Type::TEXT, |known| {
        wire_type(&Arc::new(datafusion::arrow::datatypes::Field::new("", known.clone(), true)))
    })
}

#[async_trait]
impl ExtendedQueryHandler for Connection {
    type Statement = Prepared;
    type QueryParser = Self;

    fn query_parser(&self) -> Arc<Self> {
        Arc::new(self.clone())
    }

    /// As the library's, but rows go out as they come: it would hold all of them first.
    async fn on_execute<C>(&self, client: &mut C, message: Execute) -> PgWireResult<()>
    where
        C: ClientInfo + ClientPortalStore + Sink<PgWireBackendMessage> + Unpin + Send + Sync,
        C::PortalStore: PortalStore<Statement = Prepared>,
        C::Error: Debug,
        PgWireError: From<<C as Sink<PgWireBackendMessage>>::Error>,
    {
        if !matches!(client.state(), PgWireConnectionState::ReadyForQuery) {
            return Err(PgWireError::NotReadyForQuery);
        }
        let mut status = client.transaction_status();
        client.set_state(PgWireConnectionState::QueryInProgress);
        let name = message.name.as_deref().unwrap_or(DEFAULT_NAME);
        let portal = match client.portal_store().get_portal(name) {
            Some(Entry::Value(portal)) => portal,
            Some(Entry::Empty) => {
                client.feed(PgWireBackendMessage::EmptyQueryResponse(EmptyQueryResponse::new())).await?;
                client.set_state(PgWireConnectionState::ReadyForQuery);
                return Ok(());
            }
            None => return Err(PgWireError::PortalNotFound(name.to_owned())),
        };
        let rows_max = usize::try_from(message.max_rows).unwrap_or(0);
        let is_new = matches!(*portal.state().lock().await, PortalExecutionState::Initial);
        let response = if is_new {
            Some(ExtendedQueryHandler::do_query(self, client, portal.as_ref(), rows_max).await?)
        } else {
            None
        };
        match response {
            Some(Response::Query(rows)) if rows_max == 0 => {
                *portal.state().lock().await = PortalExecutionState::Finished;
                send_query_response(client, rows, false).await?;
            }
            Some(Response::Query(rows)) => {
                portal.start(rows).await;
                fetch(client, portal.as_ref(), rows_max).await?;
            }
            None => fetch(client, portal.as_ref(), rows_max).await?,
            Some(Response::TransactionStart(tag)) => {
                send_execution_response(client, tag).await?;
                status = status.to_in_transaction_state();
            }
            Some(Response::TransactionEnd(tag)) => {
                send_execution_response(client, tag).await?;
                status = status.to_idle_state();
            }
            Some(Response::Execution(tag)) => send_execution_response(client, tag).await?,
            Some(_) => unreachable!("statements answer with rows or a tag"),
        }
        client.set_state(PgWireConnectionState::ReadyForQuery);
        client.set_transaction_status(status);
        Ok(())
    }

    async fn do_query<C>(&self, client: &mut C, portal: &Portal<Prepared>, _: usize) -> PgWireResult<Response>
    where
        C: ClientInfo + ClientPortalStore + Sink<PgWireBackendMessage> + Unpin + Send + Sync,
        C::PortalStore: PortalStore,
        C::Error: Debug,
        PgWireError: From<<C as Sink<PgWireBackendMessage>>::Error>,
    {
        let status = client.transaction_status();
        let prepared = &portal.statement.statement;
        let is_end = matches!(prepared, Prepared::Session(Command::Commit | Command::Rollback));
        if matches!(status, TransactionStatus::Error) && !is_end {
            return Err(aborted().into());
        }
        let Prepared::Query(query) = prepared else {
            return Ok(self.command(client, status, prepared).await?);
        };
        if portal.parameters.len() != query.parameters.len() {
            let message = format!(
                "bind message supplies {} parameters, but the statement has {}",
                portal.parameters.len(),
                query.parameters.len()
            );
            return Err(Failure::new("08P01", message).into());
        }
        let given = &portal.statement.parameter_types;
        let mut values = Vec::with_capacity(query.parameters.len());
        for (index, (bytes, known)) in portal.parameters.iter().zip(&query.parameters).enumerate() {
            let given = given.get(index).cloned().flatten().filter(|given| *given != Type::UNKNOWN);
            let wire = given.unwrap_or_else(|| told_type(known.as_ref()));
            let is_binary = is_binary(&portal.parameter_format, index);
            values.push(parameters::value(index, &wire, bytes.as_deref(), is_binary)?);
        }
        Ok(Response::Query(self.session.run(query, values, &portal.result_column_format).await?))
    }
}

fn is_binary(format: &Format, index: usize) -> bool {
    match format {
        Format::Individual(codes) => codes.get(index).is_some_and(|code| *code == 1),
        format => format.is_binary(index),
    }
}

/// The next rows of a portal that is read in pieces.
async fn fetch<C>(client: &mut C, portal: &Portal<Prepared>, rows_max: usize) -> PgWireResult<()>
where
    C: Sink<PgWireBackendMessage> + Unpin,
    C::Error: Debug,
    PgWireError: From<<C as Sink<PgWireBackendMessage>>::Error>,
{
    let fetched = portal.fetch(rows_max).await?;
    let mut response = fetched.response;
    let tag = response.command_tag().to_owned();
    let mut count = 0;
    while let Some(row) = response.data_rows().next().await {
        client.feed(PgWireBackendMessage::DataRow(row?)).await?;
        count += 1;
    }
    let end = if fetched.suspended {
        PgWireBackendMessage::PortalSuspended(PortalSuspended::new())
    } else {
        PgWireBackendMessage::CommandComplete(Tag::new(&tag).with_rows(count).into())
    };
    client.feed(end).await?;
    Ok(())
}
