//! A statement's text to a plan of DataFusion.

use datafusion::{
    execution::SessionState,
    logical_expr::LogicalPlan,
    prelude::SQLOptions,
    sql::{
        parser::Statement as Parsed,
        sqlparser::{ast::Statement, dialect::PostgreSqlDialect, parser::Parser},
    },
};
use datafusion_pg_catalog::sql::PostgresCompatibilityParser;

use crate::{failure::Failure, precedence, statements::Part};

/// Nesting of a statement at most.
const DEPTH_MAX: usize = 200;

/// Parses as PostgreSQL does, and writes questions to its catalogue so that DataFusion can answer them.
#[derive(Debug, Default)]
pub struct Reader {
    compatibility: PostgresCompatibilityParser,
}

impl Reader {
    /// The statement of a part.
    ///
    /// # Errors
    /// Where and why it cannot be parsed.
    pub fn parse(&self, part: &Part) -> Result<Statement, Failure> {
        let mut statement = self.read(part)?;
        precedence::mend(&mut statement);
        Ok(statement)
    }

    fn read(&self, part: &Part) -> Result<Statement, Failure> {
        let own = Parser::new(&PostgreSqlDialect {})
            .with_recursion_limit(DEPTH_MAX)
            .try_with_sql(&part.text)
            .and_then(|mut parser| parser.parse_statements());
        // Whole questions of known clients are replaced there, before they are parsed.
        let theirs = self.compatibility.parse(&part.text).ok().filter(|all| all.len() == 1);
        let own = match (own, theirs) {
            (Err(_), Some(mut theirs)) => return Ok(theirs.remove(0)),
            (Err(error), None) => return Err(Failure::of_parser(&error, part)),
            (Ok(mut own), theirs) if own.len() == 1 => {
                let own = self.compatibility.rewrite(own.remove(0));
                match theirs.map(|mut theirs| theirs.remove(0)) {
                    // Ours knows the places of names, which errors point at.
                    Some(theirs) if theirs.to_string() != own.to_string() => return Ok(theirs),
                    _ => own,
                }
            }
            (Ok(_), _) => return Err(Failure::new("42601", "one statement was expected here")),
        };
        Ok(own)
    }

    /// The plan of a statement that reads.
    ///
    /// # Errors
    /// What does not bind, and what would write.
    pub async fn plan(
        &self,
        state: &SessionState,
        statement: Statement,
        part: &Part,
    ) -> Result<LogicalPlan, Failure> {
        let parsed = Parsed::Statement(Box::new(statement));
        let plan = state.statement_to_plan(parsed).await.map_err(|error| Failure::of(&error, part))?;
        let reads =
            SQLOptions::new().with_allow_ddl(false).with_allow_dml(false).with_allow_statements(false);
        let verified = reads.verify_plan(&plan);
        verified.map_err(|_| Failure::new("0A000", "only statements that read are run here"))?;
        Ok(plan)
    }
}
