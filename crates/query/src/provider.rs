//! One hot table as DataFusion scans it: Parquet files that it prunes and projects itself, and the rows in memory.

use std::sync::Arc;

use async_trait::async_trait;
use datafusion::{
    arrow::datatypes::SchemaRef,
    catalog::Session,
    common::{ColumnStatistics, Statistics, config::TableParquetOptions, stats::Precision},
    datasource::{
        TableProvider, TableType,
        listing::PartitionedFile,
        memory::MemorySourceConfig,
        object_store::ObjectStoreUrl,
        physical_plan::{
            FileGroup, FileScanConfigBuilder, ParquetSource, parquet::CachedParquetFileReaderFactory,
        },
        source::DataSourceExec,
    },
    error::{DataFusionError, Result},
    logical_expr::Expr,
    object_store::path::Path as Location,
    physical_expr::expressions::Column,
    physical_plan::{ExecutionPlan, PhysicalExpr, projection::ProjectionExec, union::UnionExec},
    scalar::ScalarValue,
};
use tables::{Segment, TableSnapshot};

/// A table at one place of the log.
#[derive(Debug)]
pub struct HotTable {
    table: Arc<TableSnapshot>,
    schema: SchemaRef,
}

impl HotTable {
    /// A table of a snapshot.
    pub fn new(table: Arc<TableSnapshot>) -> Self {
        let schema = table.schema();
        Self { table, schema }
    }

    /// What one file holds of the rows, for pruning without opening it.
    fn statistics_of(&self, segment: &Segment) -> Statistics {
        let entry = segment.entry();
        let mut columns = vec![ColumnStatistics::new_unknown(); self.schema.fields().len()];
        if let Some(span) = entry.span {
            let position = |position: u64| i64::try_from(position).expect("positions stay below 2 to the 63");
            let time = |micros| ScalarValue::TimestampMicrosecond(Some(micros), Some("UTC".into()));
            let mut set = |name: &str, first: ScalarValue, last: ScalarValue| {
                let place = self.table.shown.iter().position(|shown| shown.stored.name() == name);
                if let Some(place) = place {
                    columns[place].min_value = Precision::Exact(first);
                    columns[place].max_value = Precision::Exact(last);
                    columns[place].null_count = Precision::Exact(0);
                }
            };
            let number = |value| ScalarValue::Int64(Some(position(value)));
            set("position", number(span.first_position), number(span.last_position));
            set("arrived", time(span.first_arrived), time(span.last_arrived));
        }
        let rows = usize::try_from(entry.rows).expect("rows of a file fit in memory's address space");
        Statistics {
            num_rows: Precision::Exact(rows),
            total_byte_size: Precision::Absent,
            column_statistics: columns,
        }
    }

    /// Files in contiguous groups, one for each thread. Each holds its segment, so that the file stays until the scan is over.
    fn groups(&self, threads: usize) -> Result<Vec<FileGroup>> {
        let segments = &self.table.segments;
        let each = segments.len().div_ceil(threads.max(1)).max(1);
        let file = |segment: &Arc<Segment>| {
            let location = Location::from_absolute_path(segment.path());
            let location = location.map_err(|error| DataFusionError::External(Box::new(error)))?;
            let mut file = PartitionedFile::new("", segment.entry().bytes);
            file.object_meta.location = location;
            let statistics = Arc::new(self.statistics_of(segment));
            Ok::<_, DataFusionError>(file.with_statistics(statistics).with_extension(Arc::clone(segment)))
        };
        let group =
            |chunk: &[Arc<Segment>]| Ok(FileGroup::new(chunk.iter().map(file).collect::<Result<_>>()?));
        segments.chunks(each).map(group).collect()
    }

    fn scan_files(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let options = TableParquetOptions {
            global: state.config_options().execution.parquet.clone(),
            ..TableParquetOptions::default()
        };
        let files = ObjectStoreUrl::local_filesystem();
        let runtime = state.runtime_env();
        // A file never changes, so what its end says of its parts is read once for all queries.
        let known = runtime.cache_manager.get_file_metadata_cache();
        let readers = CachedParquetFileReaderFactory::new(runtime.object_store(&files)?, known);
        let source = ParquetSource::new(self.table.stored_schema())
            .with_table_parquet_options(options)
            .with_parquet_file_reader_factory(Arc::new(readers));
        let rows = self.table.segments.iter().map(|segment| segment.entry().rows).sum::<u64>();
        let statistics = Statistics {
            num_rows: Precision::Exact(usize::try_from(rows).expect("rows are counted in memory")),
            ..Statistics::new_unknown(&self.schema)
        };
        let config = FileScanConfigBuilder::new(files, Arc::new(source))
            .with_file_groups(self.groups(state.config().target_partitions())?)
            .with_statistics(statistics)
            .with_projection_indices(projection.cloned())?
            .with_limit(limit)
            .build();
        Ok(DataSourceExec::from_data_source(config))
    }

    /// Gives columns their names in SQL where they are stored under others.
    fn named(
        &self,
        plan: Arc<dyn ExecutionPlan>,
        projection: Option<&Vec<usize>>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let all: Vec<usize> = (0..self.table.shown.len()).collect();
        let shown: Vec<_> =
            projection.unwrap_or(&all).iter().map(|index| &self.table.shown[*index]).collect();
        if shown.iter().all(|column| column.name == *column.stored.name()) {
            return Ok(plan);
        }
        let expressions: Vec<(Arc<dyn PhysicalExpr>, String)> = shown
            .iter()
            .enumerate()
            .map(|(index, column)| {
                let stored = Column::new(column.stored.name(), index);
                (Arc::new(stored) as Arc<dyn PhysicalExpr>, column.name.clone())
            })
            .collect();
        Ok(Arc::new(ProjectionExec::try_new(expressions, plan)?))
    }
}

#[async_trait]
impl TableProvider for HotTable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        _filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let table = Arc::clone(&self.table);
        let check = move || table.segments.iter().try_for_each(|segment| segment.check());
        let checked = tokio::task::spawn_blocking(check).await;
        checked
            .map_err(|error| DataFusionError::External(Box::new(error)))?
            .map_err(|error| DataFusionError::External(Box::new(error)))?;
        let mut inputs = Vec::new();
        if !self.table.segments.is_empty() {
            inputs.push(self.scan_files(state, projection, limit)?);
        }
        let batches = self.table.stored_batches();
        if !batches.is_empty() || inputs.is_empty() {
            let memory =
                MemorySourceConfig::try_new(&[batches], self.table.stored_schema(), projection.cloned())?;
            inputs.push(DataSourceExec::from_data_source(memory.with_limit(limit)));
        }
        let plan = if inputs.len() == 1 { inputs.remove(0) } else { UnionExec::try_new(inputs)? };
        self.named(plan, projection)
    }
}
