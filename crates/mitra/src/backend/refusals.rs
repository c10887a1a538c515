//! What the node and the readers of bodies say, in the API's words.

use ingest::rows::Rejection;
use runtime::{
    changes::{Applied, ChangeError},
    node::Refusal as NodeRefusal,
    processor::RowStatus,
};
use serve::{
    Item, Refusal,
    refusal::Kind,
    statement::{self, StatementError, StatementRefusal},
};
use types::Position;

pub fn refusal(refusal: NodeRefusal) -> Refusal {
    let message = refusal.to_string();
    match refusal {
        NodeRefusal::Busy { .. } => {
            Refusal::new(Kind::Busy { retry_after_s: 1 }, "busy", message, "send again after a second")
        }
        NodeRefusal::Full => {
            Refusal::new(Kind::Full, "disk_full", message, "free space on the data directory's disk")
        }
        NodeRefusal::Bound { .. } => {
            let remedy = "free space in the data directory, or raise `disk_mib_max` in [data]";
            Refusal::new(Kind::Full, "disk_full", message, remedy)
        }
        NodeRefusal::Unavailable(_) => {
            Refusal::new(Kind::Unavailable, "unavailable", message, "send again when /readyz answers 200")
        }
    }
}

pub fn stopping() -> Refusal {
    Refusal::new(Kind::Unavailable, "stopping", "the process is stopping", "send again when it is back")
}

pub fn internal(error: &dyn std::fmt::Display) -> Refusal {
    Refusal::new(Kind::Unavailable, "log_unreadable", error.to_string(), "look at the process's log")
}

pub fn conflict(position: u64) -> String {
    format!("another event with this key and other content is at position {position}")
}

pub fn item(status: RowStatus) -> Item {
    match status {
        RowStatus::Accepted(position) => Item::Accepted { position },
        RowStatus::Repeated(position) => Item::Duplicate { position },
        RowStatus::Conflict(position) => Item::Conflict { position, message: conflict(position) },
        RowStatus::Refused => Item::Rejected {
            code: "stream_changed".into(),
            field: None,
            message: "the stream's definition changed while the event was read; send it again".to_owned(),
        },
    }
}

pub fn rejected(rejection: &Rejection) -> Item {
    Item::Rejected {
        code: rejection.code.into(),
        field: rejection.field.clone(),
        message: rejection.message.clone(),
    }
}

/// The refusal of a request whose only event was rejected.
pub fn rejected_alone(rejection: &Rejection) -> Refusal {
    let kind = if rejection.code == serve::item::TOO_LARGE { Kind::TooLarge } else { Kind::BadRequest };
    let remedy = "correct the event and send it again";
    let refusal = Refusal::new(kind, rejection.code, rejection.message.clone(), remedy);
    match &rejection.field {
        Some(field) => refusal.with_field(field.clone()),
        None => refusal,
    }
}

/// The refusal of a body of which nothing was taken.
pub fn rejected_whole(rejection: &Rejection) -> Refusal {
    let remedy = "send the events in several requests: none of these was taken";
    Refusal::new(Kind::TooLarge, rejection.code, rejection.message.clone(), remedy)
}

/// The refusal of a question for a decision that came after the event.
pub fn not_decided(decision: &str, position: Position) -> Refusal {
    let message = format!("the decision {decision} was not defined at position {position}");
    Refusal::new(Kind::NotFound, "not_decided", message, "send new events under keys of their own")
}

/// The refusal of a question for a decision that is being made.
pub fn undecided(position: Position) -> Refusal {
    let message = format!("the event is at position {position}, and its decision is not durable yet");
    Refusal::new(Kind::Unavailable, "not_ready", message, "ask again after Retry-After seconds")
}

pub fn applied_statement(applied: Applied) -> statement::Applied {
    let change = |line: &String| {
        let mut words = line.splitn(3, ' ').map(str::to_owned);
        let mut next = || words.next().unwrap_or_default();
        statement::Change { action: next(), kind: next(), name: next() }
    };
    statement::Applied {
        epoch: applied.epoch,
        position: applied.position,
        changes: applied.changes.iter().map(change).collect(),
    }
}

pub fn change_error(error: ChangeError) -> StatementRefusal {
    let message = error.to_string();
    match error {
        ChangeError::Statements(errors) => {
            StatementRefusal::Errors(errors.iter().map(statement_error).collect())
        }
        ChangeError::Refused(_) => StatementRefusal::Refused(Refusal::new(
            Kind::BadRequest,
            "refused",
            message,
            "correct the statement or its file and send it again",
        )),
        ChangeError::Full => StatementRefusal::Refused(refusal(NodeRefusal::Full)),
        ChangeError::Unavailable(_) => StatementRefusal::Refused(Refusal::new(
            Kind::Unavailable,
            "unavailable",
            message,
            "send again when /readyz answers 200",
        )),
    }
}

pub fn statement_error(error: &sql::Error) -> StatementError {
    StatementError {
        message: error.message.clone(),
        line: error.line,
        column: error.column,
        help: error.help.clone(),
        rendered: error.render(),
    }
}
