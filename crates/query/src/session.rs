//! One connection: its settings, its view of the tables, and the statements that it runs.

use std::{
    sync::{Arc, Mutex, MutexGuard, Once},
    time::{Duration, Instant},
};

use datafusion::{
    arrow::datatypes::{DataType, SchemaRef},
    error::DataFusionError,
    logical_expr::LogicalPlan,
    prelude::{DataFrame, SessionContext},
    scalar::ScalarValue,
    sql::sqlparser::ast::Statement,
};
use pgwire::api::{
    portal::Format,
    results::{FieldInfo, QueryResponse},
};

use crate::{
    cancel::Entry,
    catalog::{HotSchema, Shared},
    encode::{Encoder, fields},
    failure::Failure,
    forward::{Applied, Forward},
    functions::Registered,
    names, parameters,
    plan::Reader,
    run::{self, Ends, Running},
    settings::{Command, Settings},
    statements::{Part, Purpose, purpose},
};

/// How long an answer waits for the tables after a change of definitions.
const SEEN_TIMEOUT: Duration = Duration::from_secs(10);

/// A statement that was read.
#[derive(Clone, Debug)]
pub enum Prepared {
    /// Reads tables.
    Query(Arc<Query>),
    /// Concerns the connection only.
    Session(Command),
    /// Goes to `mitra`.
    Definition(Part),
}

/// A statement that reads.
#[derive(Debug)]
pub struct Query {
    part: Part,
    statement: Statement,
    /// The columns of its result.
    pub schema: SchemaRef,
    /// What the client calls them.
    pub names: Vec<String>,
    /// The types of its parameters, as far as it tells them.
    pub parameters: Vec<Option<DataType>>,
}

/// One connection.
pub struct Session {
    shared: Arc<Shared>,
    context: SessionContext,
    schema: Arc<HotSchema>,
    functions: Registered,
    reader: Reader,
    settings: Mutex<Settings>,
    default_timeout: Option<Duration>,
    entry: Arc<Entry>,
    forward: Option<Arc<dyn Forward>>,
    begun: Once,
}

impl Session {
    /// A new connection's.
    ///
    /// # Errors
    /// Those of DataFusion.
    pub fn new(
        shared: Arc<Shared>,
        entry: Arc<Entry>,
        forward: Option<Arc<dyn Forward>>,
        default_timeout: Option<Duration>,
    ) -> Result<Self, DataFusionError> {
        let (context, schema) = shared.session()?;
        let settings = Mutex::new(Settings::new(default_timeout, std::iter::empty()));
        Ok(Self {
            shared,
            context,
            schema,
            functions: Registered::default(),
            reader: Reader::default(),
            settings,
            default_timeout,
            entry,
            forward,
            begun: Once::new(),
        })
    }

    /// Its settings.
    pub fn settings(&self) -> MutexGuard<'_, Settings> {
        self.settings.lock().expect("no thread panics while it changes settings")
    }

    /// Takes settings from the startup message, once.
    pub fn begin<'a>(&self, given: impl Iterator<Item = (&'a String, &'a String)>) {
        self.begun.call_once(|| *self.settings() = Settings::new(self.default_timeout, given));
    }

    fn ends(&self) -> Ends {
        let timeout = self.settings().statement_timeout();
        Ends::new(self.entry.cancelled(), timeout.map(|timeout| Instant::now() + timeout))
    }

    /// Reads one statement.
    ///
    /// # Errors
    /// What is wrong with it, and where.
    pub async fn prepare(&self, part: &Part) -> Result<Prepared, Failure> {
        match purpose(&part.text) {
            Purpose::Session => crate::settings::command(&part.text).map(Prepared::Session),
            Purpose::Definition => Ok(Prepared::Definition(part.clone())),
            Purpose::Refused => Err(refused(part)),
            Purpose::Query => {
                let statement = self.reader.parse(part)?;
                let plan = self.ends().before(self.plan(&statement, part)).await?;
                let parameters = parameters::types(&plan)?;
                let schema = Arc::new(plan.schema().as_arrow().clone());
                let names = names::of(&statement, &schema);
                let part = part.clone();
                Ok(Prepared::Query(Arc::new(Query { part, statement, schema, names, parameters })))
            }
        }
    }

    /// Plans on the newest tables.
    async fn plan(&self, statement: &Statement, part: &Part) -> Result<LogicalPlan, Failure> {
        let snapshot = self.schema.pin();
        self.functions.follow(&self.context, self.shared.built_in_functions(), &snapshot.functions);
        self.reader.plan(&self.context.state(), statement.clone(), part).await
    }

    /// Runs a query on the newest tables.
    ///
    /// # Errors
    /// What is wrong with it, and where.
    pub async fn run(
        &self,
        query: &Query,
        values: Vec<ScalarValue>,
        format: &Format,
    ) -> Result<QueryResponse, Failure> {
        let mut ends = self.ends();
        let part = &query.part;
        let failed = |error: DataFusionError| Failure::of(&error, part);
        let start = async {
            let plan = self.plan(&query.statement, part).await?;
            if !is_same(plan.schema().as_arrow(), &query.schema) {
                let message = "cached plan must not change result type";
                return Err(Failure::new("0A000", message)
                    .with_hint("a definition has changed the table's columns: prepare the statement again"));
            }
            let plan = if values.is_empty() {
                plan
            } else {
                plan.replace_params_with_values(&values.into()).map_err(failed)?
            };
            Ok(DataFrame::new(self.context.state(), plan))
        };
        let frame = ends.before(start).await?;
        let running = Running::start(self.shared.compute(), frame, part.clone());
        let fields: Arc<Vec<FieldInfo>> = Arc::new(fields(&query.schema, &query.names, format));
        let encoder = Encoder::new(Arc::clone(&fields));
        let rows = run::rows(running, encoder, Arc::clone(&query.schema), ends, part.clone());
        let mut response = QueryResponse::new(fields, rows);
        if crate::statements::words(&part.text).first().is_some_and(|word| word == "EXPLAIN") {
            response.set_command_tag("EXPLAIN");
        }
        Ok(response)
    }

    /// Hands a definition to `mitra`, and waits until the tables have seen it.
    ///
    /// # Errors
    /// What `mitra` says against it.
    pub async fn define(&self, part: &Part, principal: &str) -> Result<Applied, Failure> {
        let Some(forward) = &self.forward else {
            let message = "definitions are changed by mitra, and this endpoint knows none that is running";
            return Err(Failure::new("0A000", message)
                .with_hint("start mitra-query with --mitra http://127.0.0.1:7400, or send the statement with `mitra sql`"));
        };
        let mut ends = self.ends();
        let sent = async {
            forward
                .statement(&part.text, principal)
                .await
                .map_err(|refusal| Failure::of_refusal(refusal, part))
        };
        let applied = ends.before(sent).await?;
        let tables = Arc::clone(&self.shared.tables);
        let position = applied.position;
        let seen = tokio::task::spawn_blocking(move || tables.wait_for(position, SEEN_TIMEOUT)).await;
        if !seen.unwrap_or(false) {
            let message = format!(
                "the change is in force since position {position}, and the tables have not seen it within {} seconds",
                SEEN_TIMEOUT.as_secs()
            );
            return Err(Failure::new("57P03", message)
                .with_hint("it need not be sent again; the tables will catch up"));
        }
        Ok(applied)
    }
}

fn is_same(one: &datafusion::arrow::datatypes::Schema, other: &datafusion::arrow::datatypes::Schema) -> bool {
    let columns = |schema: &datafusion::arrow::datatypes::Schema| -> Vec<(String, DataType)> {
        schema.fields().iter().map(|field| (field.name().clone(), field.data_type().clone())).collect()
    };
    columns(one) == columns(other)
}

fn refused(part: &Part) -> Failure {
    let words = crate::statements::words(&part.text);
    let word = words.first().map_or("", String::as_str);
    let hint = match word {
        "INSERT" | "UPDATE" | "DELETE" | "MERGE" | "TRUNCATE" => {
            "events come in through mitra: POST /v1/streams/<stream>, or `mitra ingest`; the tables follow its log"
        }
        "COPY" => {
            "use \\copy's counterpart of psql: `psql --csv -c 'SELECT ...' > file`, or CREATE SINK for a file that goes on"
        }
        "DECLARE" | "FETCH" | "MOVE" => "rows are sent as they come: read the result of the SELECT itself",
        "PREPARE" | "EXECUTE" => "drivers prepare statements through the protocol, without this statement",
        _ => "the tables are read here; definitions are changed by CREATE and DROP",
    };
    Failure::new("0A000", format!("{word} is not supported")).with_hint(hint)
}
