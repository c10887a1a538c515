//! The registers of one thread that runs a program: allocated once, reused for every batch.

use types::{Column, DataType};

use crate::{
    Program,
    error::{ErrorCode, Raised, State},
    prepared::Prepared,
    vector::{Register, resize},
};

/// Scratch for runs of one [`Program`], and the outputs of the last run.
#[derive(Debug)]
pub struct Machine {
    pub(crate) registers: Vec<Register>,
    pub(crate) prepared: Vec<Prepared>,
    pub(crate) input_states: Vec<Vec<u8>>,
    outputs: Vec<u32>,
    raised: Vec<Vec<Raised>>,
}

impl Machine {
    /// Empty registers for `program`.
    pub fn new(program: &Program) -> Self {
        Self {
            registers: program.instructions.iter().map(|code| Register::new(code.data_type)).collect(),
            prepared: program.instructions.iter().map(|code| code.prepared.clone()).collect(),
            input_states: vec![Vec::new(); program.inputs.len()],
            outputs: program.outputs.clone(),
            raised: vec![Vec::new(); program.outputs.len()],
        }
    }

    /// Output `index` of the last run; a row that raised is NULL.
    #[inline]
    pub fn output(&self, index: usize) -> &Column {
        &self.registers[self.outputs[index] as usize].column
    }

    /// Swaps output `index` with `column`, whose content is discarded at the next run.
    ///
    /// # Panics
    /// When `column` is of another type than the output.
    pub fn take_output(&mut self, index: usize, column: &mut Column) {
        let own = &mut self.registers[self.outputs[index] as usize].column;
        assert!(
            same_layout(own.data_type, column.data_type),
            "a column swapped with an output of another type"
        );
        let data_type = own.data_type;
        std::mem::swap(own, column);
        own.data_type = data_type;
        column.data_type = data_type;
    }

    /// The rows of output `index` that raised in the last run, in order.
    #[inline]
    pub fn raised(&self, index: usize) -> &[Raised] {
        &self.raised[index]
    }

    /// Turns the NULL flags of the inputs that are read into states.
    pub(crate) fn load(&mut self, program: &Program, inputs: &[&Column], rows: usize) {
        assert_eq!(
            self.registers.len(),
            program.instructions.len(),
            "a machine runs the program it was made for"
        );
        for ((index, data_type), states) in program.inputs.iter().zip(&mut self.input_states) {
            let column = inputs[*index as usize];
            assert!(
                same_layout(column.data_type, *data_type),
                "input column {index} is {} and was bound as {data_type}",
                column.data_type
            );
            for (state, null) in resize(states, rows, State::VALUE).iter_mut().zip(&column.nulls[..rows]) {
                *state = u8::from(*null);
            }
        }
    }

    /// Turns the states of the outputs into NULL flags and lists of errors.
    pub(crate) fn publish(&mut self, program: &Program) {
        for (output, raised) in program.outputs.iter().zip(&mut self.raised) {
            let Register { column, states } = &mut self.registers[*output as usize];
            raised.clear();
            let mut highest = State::VALUE;
            for (null, state) in resize(&mut column.nulls, states.len(), false).iter_mut().zip(&*states) {
                *null = *state != State::VALUE;
                highest = highest.max(*state);
            }
            if highest > State::NULL {
                list_raised(states, raised);
            }
        }
    }
}

#[cold]
fn list_raised(states: &[u8], raised: &mut Vec<Raised>) {
    for (row, state) in states.iter().enumerate() {
        if *state > State::NULL {
            let code = ErrorCode::from_number(*state).expect("a state is a value, NULL or an error code");
            let row = u32::try_from(row).expect("a batch has at most ROWS_MAX rows");
            raised.push(Raised { row, code });
        }
    }
}

/// Precision limits what comes in; it does not change how values are held.
fn same_layout(a: DataType, b: DataType) -> bool {
    match (a, b) {
        (DataType::Decimal { scale: a, .. }, DataType::Decimal { scale: b, .. }) => a == b,
        _ => a == b,
    }
}
