//! A plan's rows on their way to the client, until they end, are cancelled, or take too long.

use std::{future::Future, sync::Arc, time::Instant};

use datafusion::{
    arrow::{array::RecordBatch, compute::cast, datatypes::SchemaRef},
    error::DataFusionError,
    prelude::DataFrame,
};
use futures::{Stream, StreamExt as _, stream};
use pgwire::{error::PgWireResult, messages::data::DataRow};
use tokio::{
    runtime::Handle,
    sync::{mpsc, watch},
    task::AbortHandle,
};

use crate::{encode::Encoder, failure::Failure, statements::Part};

/// Batches that a query computes before its client takes the first of them.
const BATCHES_AHEAD: usize = 2;

/// What ends a statement before its rows do.
#[derive(Clone, Debug)]
pub struct Ends {
    cancelled: watch::Receiver<u64>,
    deadline: Option<Instant>,
}

impl Ends {
    /// Of a statement that begins now: earlier requests to cancel were for others.
    pub fn new(mut cancelled: watch::Receiver<u64>, deadline: Option<Instant>) -> Self {
        cancelled.mark_unchanged();
        Self { cancelled, deadline }
    }

    /// Waits for `work`, unless an end comes first.
    ///
    /// # Errors
    /// Those of the work, and the end.
    pub async fn before<T>(&mut self, work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
        let deadline = self.deadline;
        let over = async {
            match deadline {
                Some(deadline) => tokio::time::sleep_until(deadline.into()).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            result = work => result,
            Ok(()) = self.cancelled.changed() => {
                Err(Failure::new("57014", "canceling statement due to user request"))
            }
            () = over => Err(Failure::new("57014", "canceling statement due to statement timeout")
                .with_hint("SET statement_timeout = '10min', or 0 for none")),
        }
    }
}

/// A batch with the types that the client was told, where parameters have made others.
fn told(batch: &RecordBatch, schema: &SchemaRef) -> Result<RecordBatch, DataFusionError> {
    let is_same = |(column, field): (
        &Arc<dyn datafusion::arrow::array::Array>,
        &Arc<datafusion::arrow::datatypes::Field>,
    )| { column.data_type() == field.data_type() };
    if batch.columns().iter().zip(schema.fields()).all(is_same) {
        return Ok(batch.clone());
    }
    let columns = batch.columns().iter().zip(schema.fields());
    let columns = columns.map(|(column, field)| match field.data_type() {
        datafusion::arrow::datatypes::DataType::Null => {
            cast(column, &datafusion::arrow::datatypes::DataType::Utf8)
        }
        data_type => cast(column, data_type),
    });
    let columns = columns.collect::<Result<Vec<_>, _>>()?;
    Ok(RecordBatch::try_from_iter(
        schema.fields().iter().enumerate().map(|(index, _)| index.to_string()).zip(columns),
    )?)
}

/// A plan that runs on the threads of queries; it ends when nobody wants its rows any more.
pub struct Running {
    batches: mpsc::Receiver<Result<RecordBatch, Failure>>,
    task: AbortHandle,
}

impl Running {
    /// Starts to run a query. Connections have threads of their own: a query that computes for long keeps none of them from being
    /// heard, its own cancellation least of all.
    pub fn start(compute: &Handle, frame: DataFrame, part: Part) -> Self {
        let (sender, batches) = mpsc::channel(BATCHES_AHEAD);
        let task = compute.spawn(async move {
            let mut stream = match frame.execute_stream().await {
                Ok(stream) => stream,
                Err(error) => {
                    // Nobody wants to know any more.
                    let _ = sender.send(Err(Failure::of(&error, &part))).await;
                    return;
                }
            };
            while let Some(batch) = stream.next().await {
                let batch = batch.map_err(|error| Failure::of(&error, &part));
                if sender.send(batch).await.is_err() {
                    return;
                }
            }
        });
        Self { batches, task: task.abort_handle() }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Everything that a stream of rows needs.
struct Rows {
    running: Running,
    encoder: Encoder,
    schema: SchemaRef,
    ends: Ends,
    part: Part,
}

/// The rows of a running plan.
pub fn rows(
    running: Running,
    encoder: Encoder,
    schema: SchemaRef,
    ends: Ends,
    part: Part,
) -> impl Stream<Item = PgWireResult<DataRow>> + Send + 'static {
    let rows = Rows { running, encoder, schema, ends, part };
    let chunks = stream::try_unfold(rows, |mut rows| async move {
        let Rows { running, ends, .. } = &mut rows;
        let next = async { running.batches.recv().await.transpose() };
        let Some(batch) = ends.before(next).await? else { return Ok::<_, Failure>(None) };
        let encoded = told(&batch, &rows.schema).and_then(|batch| rows.encoder.rows(&batch));
        let encoded = encoded.map_err(|error| Failure::of(&error, &rows.part))?;
        Ok(Some((encoded, rows)))
    });
    chunks.flat_map(|chunk| match chunk {
        Ok(rows) => stream::iter(rows.into_iter().map(Ok).collect::<Vec<_>>()),
        Err(failure) => stream::iter(vec![Err(failure.into())]),
    })
}
