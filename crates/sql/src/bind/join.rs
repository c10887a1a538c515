//! `LEFT JOIN table FOR SYSTEM_TIME AS OF event_time AS m ON m.key = expression`: one look-up a row.

use sqlparser::ast::{self, BinaryOperator, JoinConstraint, JoinOperator, ObjectNamePart, TableVersion};

use std::sync::Arc;

use crate::{
    definition::{Kind, Table},
    error::{Fault, suggest},
    parse::reader::fold,
    statement::Label,
};

use super::{
    scalar,
    scope::{self, Relation},
    select::{self, Named},
    view::Rows,
};

pub(super) fn bind(join: &ast::Join, rows: &mut Rows<'_>) -> Result<(), Fault> {
    let named = select::named(&join.relation)?;
    let (JoinOperator::Left(constraint) | JoinOperator::LeftOuter(constraint)) = &join.join_operator else {
        let what = select::join_name(&join.join_operator);
        return Err(Fault::unsupported(named.name.span, what, &format!("write {}", example(&named, rows))));
    };
    let table = table(&named, rows)?;
    if rows.side.has_label(&named.label) {
        return Err(Fault::new(named.name.span, format!("{} is named twice in FROM", named.label))
            .help("give it an alias: ... AS m"));
    }
    check_version(&named, rows)?;
    let key = match constraint {
        JoinConstraint::On(condition) => on(condition, &named, &table, rows)?,
        JoinConstraint::Using(names) => using(names, &named, &table)?,
        JoinConstraint::Natural | JoinConstraint::None => {
            return Err(Fault::new(named.name.span, "the join has no ON")
                .help(format!("write {}", example(&named, rows))));
        }
    };
    let key_slot = key_slot(&key, &table, rows)?;
    rows.reads.insert(table.name.clone());
    rows.side.relations.push(Relation::table(named.label, table, key_slot));
    Ok(())
}

fn example(named: &Named<'_>, rows: &Rows<'_>) -> String {
    format!(
        "LEFT JOIN {} FOR SYSTEM_TIME AS OF {}.{} AS m ON m.key = ...",
        named.name.text,
        rows.side.relations[0].label,
        rows.side.event_time_name()
    )
}

fn table(named: &Named<'_>, rows: &Rows<'_>) -> Result<Arc<Table>, Fault> {
    let (definitions, name) = (rows.definitions, &named.name);
    if let Some(table) = definitions.tables.get(&name.text) {
        return Ok(Arc::clone(table));
    }
    Err(match definitions.relation_kind(&name.text) {
        Some(Kind::Stream | Kind::View) => Fault::unsupported(
            name.span,
            "a join of two streams",
            &format!(
                "write (SELECT count(*) FROM {} x WHERE x.key = {}.key AND x.time BETWEEN ... AND ...)",
                name.text, rows.side.relations[0].label
            ),
        ),
        Some(kind) => Fault::new(name.span, format!("{} is a {kind}, expected a table", name.text)),
        None => {
            let help = suggest(&name.text, definitions.tables.keys().map(String::as_str));
            Fault { help, ..Fault::new(name.span, format!("unknown table {}", name.text)) }
        }
    })
}

fn check_version(named: &Named<'_>, rows: &Rows<'_>) -> Result<(), Fault> {
    let fault = |span, message: String| {
        Err(Fault::new(span, message).help(format!("write {}", example(named, rows))))
    };
    match named.version {
        None => fault(named.name.span, format!("table {} is joined without a time", named.name.text)),
        Some(TableVersion::ForSystemTimeAsOf(time)) if rows.side.is_event_time(time)? => Ok(()),
        Some(TableVersion::ForSystemTimeAsOf(time)) => {
            let name = rows.side.event_time_name();
            fault(scalar::span(time), format!("AS OF must be the event time {name}"))
        }
        Some(_) => fault(named.name.span, "this version of a table is not supported".to_owned()),
    }
}

/// The expression that the table's key equals.
fn on(condition: &ast::Expr, named: &Named<'_>, table: &Table, rows: &Rows<'_>) -> Result<ast::Expr, Fault> {
    let key = &table.schema.fields[table.primary_key].name;
    let mut inner = condition;
    while let ast::Expr::Nested(nested) = inner {
        inner = nested;
    }
    let help = format!("write ON {}.{key} = expression", named.label);
    let ast::Expr::BinaryOp { left, op: BinaryOperator::Eq, right } = inner else {
        return Err(
            Fault::new(scalar::span(condition), "a table is joined by its primary key alone").help(help)
        );
    };
    let is_key = |side: &ast::Expr| -> Result<bool, Fault> {
        let Some((qualifier, name)) = scope::column_name(side)? else { return Ok(false) };
        let own = match &qualifier {
            Some(qualifier) => qualifier.text == named.label,
            None => table.schema.index_of(&name.text).is_some() && rows.side.find(None, &name)?.is_none(),
        };
        if own && name.text != *key {
            let message = format!("{} is not the primary key of table {}", name.text, table.name);
            return Err(Fault::new(name.span, message).help(help.clone()));
        }
        Ok(own)
    };
    match (is_key(left)?, is_key(right)?) {
        (true, false) => Ok((**right).clone()),
        (false, true) => Ok((**left).clone()),
        _ => {
            Err(Fault::new(scalar::span(condition), "one side of ON must be the table's primary key")
                .help(help))
        }
    }
}

fn using(names: &[ast::ObjectName], named: &Named<'_>, table: &Table) -> Result<ast::Expr, Fault> {
    let key = &table.schema.fields[table.primary_key].name;
    match names {
        [ast::ObjectName(parts)] => match parts.as_slice() {
            [ObjectNamePart::Identifier(ident)] if fold(ident) == *key => {
                Ok(ast::Expr::Identifier(ident.clone()))
            }
            _ => Err(Fault::new(named.name.span, format!("USING must name the primary key {key}"))),
        },
        _ => Err(Fault::new(named.name.span, format!("USING must name the primary key {key} alone"))),
    }
}

fn key_slot(key: &ast::Expr, table: &Table, rows: &mut Rows<'_>) -> Result<usize, Fault> {
    let span = scalar::span(key);
    let wanted = table.schema.fields[table.primary_key].data_type;
    let name = Label { text: table.schema.fields[table.primary_key].name.clone(), span };
    let value = scalar::bind(key, rows)?;
    // A quoted literal takes the key's type, as it does beside any column.
    let value = match value {
        expr::Expr::Literal { data_type: types::DataType::Text, .. } => {
            expr::cast(value, wanted).map_err(|error| scalar::fault(span, error))?
        }
        value => value,
    };
    if value.data_type() != wanted {
        let message = format!(
            "the key {} of table {} is {wanted}, this is {}",
            name.text,
            table.name,
            value.data_type()
        );
        return Err(Fault::new(span, message).help(format!("write CAST({key} AS {wanted})")));
    }
    Ok(rows.side.slots.scalar(value))
}
