//! The typed expression tree that the binder builds and the compiler consumes.

use types::{DataType, Value};

/// A typed expression. Every node's argument types are exactly what its kernel takes: implicit casts are nodes.
#[derive(Clone, Debug, PartialEq)]
pub enum Expr {
    /// The input column at `index`.
    Column {
        /// Index in the program's inputs.
        index: usize,
        /// Its type.
        data_type: DataType,
    },
    /// A constant.
    Literal {
        /// `None` for NULL.
        value: Option<Value>,
        /// Its type.
        data_type: DataType,
    },
    /// A function, operator or cast, by its name in the registry.
    Call {
        /// The registry's name: `lower`, `+`, `like`, `cast`.
        function: &'static str,
        /// In order.
        arguments: Vec<Expr>,
        /// Type of the result.
        data_type: DataType,
    },
    /// `a AND b`: a left operand that is false hides an error of the right one.
    And(Box<Expr>, Box<Expr>),
    /// `a OR b`.
    Or(Box<Expr>, Box<Expr>),
    /// `CASE WHEN condition THEN value ... ELSE otherwise END`; only the chosen branch can raise.
    Case {
        /// Conditions and values, in order.
        branches: Vec<(Expr, Expr)>,
        /// `None` for NULL.
        otherwise: Option<Box<Expr>>,
        /// Type of all branches.
        data_type: DataType,
    },
    /// `COALESCE(...)`: arguments after the first one that is not NULL cannot raise.
    Coalesce {
        /// At least one.
        arguments: Vec<Expr>,
        /// Type of all arguments.
        data_type: DataType,
    },
}

impl Expr {
    /// The type of the value.
    pub fn data_type(&self) -> DataType {
        match self {
            Self::And(..) | Self::Or(..) => DataType::Boolean,
            Self::Column { data_type, .. }
            | Self::Literal { data_type, .. }
            | Self::Call { data_type, .. }
            | Self::Case { data_type, .. }
            | Self::Coalesce { data_type, .. } => *data_type,
        }
    }
}
