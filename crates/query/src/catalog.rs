//! The names that a query can use: hot tables in `public`, PostgreSQL's catalogue in `pg_catalog`.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use async_trait::async_trait;
use datafusion::{
    catalog::{
        CatalogProvider, CatalogProviderList, MemoryCatalogProvider, MemoryCatalogProviderList,
        SchemaProvider,
    },
    datasource::TableProvider,
    error::Result,
    execution::{
        SessionState, SessionStateBuilder, memory_pool::FairSpillPool, runtime_env::RuntimeEnvBuilder,
    },
    logical_expr::ScalarUDF,
    prelude::{SessionConfig, SessionContext},
};
use datafusion_pg_catalog::pg_catalog::{context::EmptyContextProvider, setup_pg_catalog};
use tables::{Snapshot, Tables};
use tokio::runtime::{Builder, Handle, Runtime};

use crate::{Options, functions, order::FirstWanted, provider::HotTable};

/// The only database; a client may ask for any other name and gets this one.
pub const DATABASE: &str = "mitra";
/// The schema of the hot tables.
pub const SCHEMA: &str = "public";
const PG_CATALOG: &str = "pg_catalog";

/// The hot tables as a schema: as they are now, or as they were when last pinned.
#[derive(Debug)]
pub struct HotSchema {
    tables: Arc<Tables>,
    pinned: Option<Mutex<Arc<Snapshot>>>,
}

impl HotSchema {
    /// Always the newest.
    pub fn live(tables: Arc<Tables>) -> Self {
        Self { tables, pinned: None }
    }

    /// The same for all tables of a statement.
    pub fn pinned(tables: Arc<Tables>) -> Self {
        let pinned = Some(Mutex::new(tables.snapshot()));
        Self { tables, pinned }
    }

    /// Moves to the newest, which it returns: once before each statement.
    pub fn pin(&self) -> Arc<Snapshot> {
        let snapshot = self.tables.snapshot();
        if let Some(pinned) = &self.pinned {
            *pinned.lock().expect("no thread panics while it pins a snapshot") = Arc::clone(&snapshot);
        }
        snapshot
    }

    fn snapshot(&self) -> Arc<Snapshot> {
        match &self.pinned {
            Some(pinned) => Arc::clone(&pinned.lock().expect("no thread panics while it pins a snapshot")),
            None => self.tables.snapshot(),
        }
    }
}

#[async_trait]
impl SchemaProvider for HotSchema {
    fn table_names(&self) -> Vec<String> {
        self.snapshot().tables.keys().cloned().collect()
    }

    async fn table(&self, name: &str) -> Result<Option<Arc<dyn TableProvider>>> {
        let table = self.snapshot().tables.get(name).cloned();
        Ok(table.map(|table| Arc::new(HotTable::new(table)) as Arc<dyn TableProvider>))
    }

    fn table_exist(&self, name: &str) -> bool {
        self.snapshot().tables.contains_key(name)
    }
}

/// What all connections share.
pub struct Shared {
    /// The hot tables.
    pub tables: Arc<Tables>,
    state: SessionState,
    pg_catalog: Arc<dyn SchemaProvider>,
    compute: Compute,
}

/// The threads of queries.
struct Compute(Option<Runtime>);

impl Drop for Compute {
    fn drop(&mut self) {
        // Not waited for: this may be one of another runtime's threads, which must not block.
        self.0.take().into_iter().for_each(Runtime::shutdown_background);
    }
}

impl Shared {
    /// Functions, memory and the catalogue.
    ///
    /// # Errors
    /// Those of DataFusion.
    pub fn new(tables: Arc<Tables>, options: &Options) -> Result<Self> {
        let mut config = SessionConfig::new()
            .with_default_catalog_and_schema(DATABASE, SCHEMA)
            .with_create_default_catalog_and_schema(false)
            .with_information_schema(true);
        let settings = config.options_mut();
        settings.sql_parser.collect_spans = true;
        settings.execution.parquet.pushdown_filters = true;
        settings.execution.time_zone = Some("+00:00".to_owned());
        let runtime = RuntimeEnvBuilder::new()
            .with_memory_pool(Arc::new(FairSpillPool::new(options.memory_bytes_max)))
            .with_temp_file_path(&options.spill)
            .with_max_temp_directory_size(options.spill_bytes_max)
            .build_arc()?;
        let state = SessionStateBuilder::new()
            .with_config(config)
            .with_runtime_env(runtime)
            .with_default_features()
            .with_physical_optimizer_rule(Arc::new(FirstWanted))
            .build();
        let context = SessionContext::new_with_state(state);
        let live = Arc::new(HotSchema::live(Arc::clone(&tables)));
        let catalog = Arc::new(MemoryCatalogProvider::new());
        catalog.register_schema(SCHEMA, live)?;
        context.register_catalog(DATABASE, Arc::clone(&catalog) as Arc<dyn CatalogProvider>);
        setup_pg_catalog(&context, DATABASE, EmptyContextProvider).map_err(|error| *error)?;
        functions::register(&context);
        let pg_catalog = catalog.schema(PG_CATALOG).expect("it was just registered");
        let compute = Builder::new_multi_thread().enable_all().thread_name("mitra-compute").build()?;
        Ok(Self { tables, state: context.state(), pg_catalog, compute: Compute(Some(compute)) })
    }

    /// The threads of queries.
    pub fn compute(&self) -> &Handle {
        self.compute.0.as_ref().expect("it is there until it is dropped").handle()
    }

    /// What functions' names mean without a project.
    pub fn built_in_functions(&self) -> &HashMap<String, Arc<ScalarUDF>> {
        self.state.scalar_functions()
    }

    /// A connection's own context: functions and catalogue are shared, settings and snapshot are not.
    ///
    /// # Errors
    /// Those of DataFusion.
    pub fn session(&self) -> Result<(SessionContext, Arc<HotSchema>)> {
        let schema = Arc::new(HotSchema::pinned(Arc::clone(&self.tables)));
        let catalog = MemoryCatalogProvider::new();
        catalog.register_schema(SCHEMA, Arc::clone(&schema) as Arc<dyn SchemaProvider>)?;
        catalog.register_schema(PG_CATALOG, Arc::clone(&self.pg_catalog))?;
        let list = MemoryCatalogProviderList::new();
        list.register_catalog(DATABASE.to_owned(), Arc::new(catalog));
        Ok((with_catalogs(&self.state, list), schema))
    }
}

/// A context with other catalogues. A state that is built from another registers all functions again, each under all its
/// names and in no certain order, so that DataFusion's own would come back in the place of ours; a copy is what it was.
fn with_catalogs(state: &SessionState, catalogs: MemoryCatalogProviderList) -> SessionContext {
    let context = SessionContext::new_with_state(state.clone());
    context.register_catalog_list(Arc::new(catalogs));
    context
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_is_the_same_one_in_every_session() {
        let context = SessionContext::new();
        functions::register(&context);
        let state = context.state();
        let is_own = |function: &Arc<ScalarUDF>| format!("{:?}", function.inner()).starts_with("Kernel");
        let own = state.scalar_functions().iter().filter(|(_, function)| is_own(function)).count();
        assert!(own > 100, "{own}");
        for _ in 0..3 {
            let session = with_catalogs(&state, MemoryCatalogProviderList::new()).state();
            assert_eq!(session.scalar_functions().len(), state.scalar_functions().len());
            for (name, function) in session.scalar_functions() {
                assert!(Arc::ptr_eq(function, &state.scalar_functions()[name]), "{name} is another function");
            }
        }
    }
}
