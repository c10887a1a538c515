//! Registers and the typed views of them that kernels read and write.

use types::{Column, DataType, Interval, TextColumn, Values};

use crate::{error::State, kernels::rows::Readable, prepared::Prepared};

/// A reused vector of values with one state byte each.
#[derive(Clone, Debug)]
pub(crate) struct Register {
    /// Its `nulls` are filled only for outputs.
    pub(crate) column: Column,
    /// A [`State`] each.
    pub(crate) states: Vec<u8>,
}

impl Register {
    pub(crate) fn new(data_type: DataType) -> Self {
        Self { column: Column::new(data_type), states: Vec::new() }
    }
}

/// Where an argument of an instruction comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Slot {
    /// The result of an earlier instruction.
    Register(u32),
    /// A literal, one row for all.
    Constant(u32),
    /// A column of the caller; the second is its place among the used inputs, where its states are.
    Input { index: u32, used: u32 },
}

/// What a kernel reads: its arguments by index.
pub struct Arguments<'a> {
    /// Rows to compute.
    pub(crate) rows: usize,
    pub(crate) slots: &'a [Slot],
    pub(crate) registers: &'a [Register],
    pub(crate) constants: &'a [Register],
    pub(crate) inputs: &'a [&'a Column],
    pub(crate) input_states: &'a [Vec<u8>],
}

/// The states of one argument.
#[derive(Clone, Copy)]
pub(crate) enum States<'a> {
    Column(&'a [u8]),
    Constant(u8),
}

impl States<'_> {
    #[inline]
    pub(crate) fn get(&self, row: usize) -> u8 {
        match self {
            Self::Column(states) => states[row],
            Self::Constant(state) => *state,
        }
    }
}

/// A fixed-size argument: a slice, or one value for all rows.
#[derive(Clone, Copy)]
pub(crate) enum Operand<'a, T> {
    Column(&'a [T]),
    Constant(T),
}

impl<T: Copy> Operand<'_, T> {
    #[inline]
    pub(crate) fn get(&self, row: usize) -> T {
        match self {
            Self::Column(values) => values[row],
            Self::Constant(value) => *value,
        }
    }
}

impl<'a> Arguments<'a> {
    /// How many there are.
    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.slots.len()
    }

    /// The values, and whether they are one row for all.
    #[inline]
    pub(crate) fn values(&self, index: usize) -> (&'a Values, bool) {
        match self.slots[index] {
            Slot::Register(register) => (&self.registers[register as usize].column.values, false),
            Slot::Constant(constant) => (&self.constants[constant as usize].column.values, true),
            Slot::Input { index, .. } => (&self.inputs[index as usize].values, false),
        }
    }

    /// The SQL type of an argument.
    #[inline]
    pub(crate) fn data_type(&self, index: usize) -> DataType {
        match self.slots[index] {
            Slot::Register(register) => self.registers[register as usize].column.data_type,
            Slot::Constant(constant) => self.constants[constant as usize].column.data_type,
            Slot::Input { index, .. } => self.inputs[index as usize].data_type,
        }
    }

    /// Digits after the point of a decimal argument.
    #[inline]
    pub(crate) fn scale(&self, index: usize) -> u8 {
        self.data_type(index).scale()
    }

    /// The states of an argument.
    #[inline]
    pub(crate) fn states(&self, index: usize) -> States<'a> {
        match self.slots[index] {
            Slot::Register(register) => {
                States::Column(&self.registers[register as usize].states[..self.rows])
            }
            Slot::Constant(constant) => States::Constant(self.constants[constant as usize].states[0]),
            Slot::Input { used, .. } => States::Column(&self.input_states[used as usize][..self.rows]),
        }
    }

    /// The value of an argument at a row.
    #[inline]
    pub(crate) fn get<A: Readable>(&self, index: usize, row: usize) -> A::Item<'a> {
        let (values, constant) = self.values(index);
        A::get(values, if constant { 0 } else { row })
    }

    /// A fixed-size argument.
    #[inline]
    pub(crate) fn operand<T: Native>(&self, index: usize) -> Operand<'a, T> {
        let (values, constant) = self.values(index);
        let values = T::slice(values);
        if constant { Operand::Constant(values[0]) } else { Operand::Column(&values[..self.rows]) }
    }
}

/// What a kernel writes.
pub struct Output<'a> {
    pub(crate) register: &'a mut Register,
    pub(crate) prepared: &'a mut Prepared,
}

impl Output<'_> {
    /// The values and states of all rows, to be written.
    #[inline]
    pub(crate) fn native<T: Native>(&mut self, rows: usize) -> (&mut [T], &mut [u8]) {
        (
            resize(T::vector(&mut self.register.column.values), rows, T::default()),
            resize(&mut self.register.states, rows, State::VALUE),
        )
    }

    /// An emptied text column, to which every row is appended, and the states.
    #[inline]
    pub(crate) fn text(&mut self, rows: usize) -> (&mut TextColumn, &mut [u8], &mut Prepared) {
        let Values::Text(text) = &mut self.register.column.values else {
            panic!("a text kernel writes to a {} register", self.register.column.data_type)
        };
        text.clear();
        (text, resize(&mut self.register.states, rows, State::VALUE), self.prepared)
    }

    /// Digits after the point of a decimal result.
    #[inline]
    pub(crate) fn scale(&self) -> u8 {
        self.register.column.data_type.scale()
    }
}

/// `vector` with exactly `rows` entries, whose values are unspecified.
#[inline]
pub(crate) fn resize<T: Copy>(vector: &mut Vec<T>, rows: usize, filler: T) -> &mut [T] {
    if vector.len() != rows {
        vector.resize(rows, filler);
    }
    &mut vector[..]
}

/// A fixed-size type that a column holds in a vector.
pub(crate) trait Native: Copy + Default + 'static {
    /// The values of a column of this type.
    fn slice(values: &Values) -> &[Self];
    /// The vector of a column of this type.
    fn vector(values: &mut Values) -> &mut Vec<Self>;
}

macro_rules! native {
    ($type:ty, $($variant:ident)|+) => {
        impl Native for $type {
            #[inline]
            fn slice(values: &Values) -> &[Self] {
                match values {
                    $(Values::$variant(values))|+ => values,
                    _ => panic!("the compiler gives a kernel the types of its signature"),
                }
            }

            #[inline]
            fn vector(values: &mut Values) -> &mut Vec<Self> {
                match values {
                    $(Values::$variant(values))|+ => values,
                    _ => panic!("the compiler gives a kernel the types of its signature"),
                }
            }
        }
    };
}

native!(i64, BigInt | Timestamptz);
native!(i128, Decimal);
native!(f64, Double);
native!(bool, Boolean);
native!(i32, Date);
native!(Interval, Interval);
