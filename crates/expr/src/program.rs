//! Compiles expressions to a list of instructions in which equal subexpressions occur once.

use std::collections::HashMap;

use types::{Column, DataType, Value};

use crate::{
    Expr, Machine,
    functions::cast,
    kernels::conditional,
    prepared::Prepared,
    registry::{self, Kernel, Kind},
    vector::{Arguments, Output, Register, Slot},
};

/// The most rows of one run: with [`crate::TEXT_BYTES_MAX`] it bounds a batch's text.
pub const ROWS_MAX: usize = 8_192;

/// Expressions compiled together. It is immutable and shared by threads; each has its own [`Machine`].
#[derive(Debug)]
pub struct Program {
    pub(crate) instructions: Vec<Instruction>,
    pub(crate) constants: Vec<Register>,
    /// Per output: the instruction whose register it is; no two share one.
    pub(crate) outputs: Vec<u32>,
    /// The input columns that are read, with their types.
    pub(crate) inputs: Vec<(u32, DataType)>,
}

#[derive(Debug)]
pub(crate) struct Instruction {
    pub(crate) kernel: Kernel,
    pub(crate) slots: Box<[Slot]>,
    pub(crate) data_type: DataType,
    pub(crate) prepared: Prepared,
}

impl Program {
    /// Compiles `outputs`, whose trees came from this crate's constructors. Equal subexpressions of all of them
    /// are computed once.
    ///
    /// # Panics
    /// When a call has no kernel for its argument types, which the constructors rule out.
    pub fn compile(outputs: &[Expr]) -> Self {
        let mut compiler = Compiler::default();
        let slots: Vec<Slot> = outputs.iter().map(|output| compiler.lower(output)).collect();
        let mut taken = vec![false; compiler.instructions.len()];
        let mut registers = Vec::with_capacity(outputs.len());
        for (slot, output) in slots.into_iter().zip(outputs) {
            let own = match slot {
                Slot::Register(register) if !std::mem::replace(&mut taken[register as usize], true) => {
                    register
                }
                slot => {
                    compiler.append(conditional::copy, [slot].into(), output.data_type(), Prepared::Nothing)
                }
            };
            registers.push(own);
        }
        Self {
            instructions: compiler.instructions,
            constants: compiler.constants,
            outputs: registers,
            inputs: compiler.inputs,
        }
    }

    /// Number of outputs.
    pub fn outputs_len(&self) -> usize {
        self.outputs.len()
    }

    /// Number of instructions, for reports on cost.
    pub fn instructions_len(&self) -> usize {
        self.instructions.len()
    }

    /// The indices of the input columns that are read, in ascending order.
    pub fn inputs_read(&self) -> Vec<usize> {
        let mut read: Vec<usize> = self.inputs.iter().map(|(index, _)| *index as usize).collect();
        read.sort_unstable();
        read
    }

    /// Computes all outputs for the first `rows` rows of `inputs`; [`Machine::output`] has the results.
    ///
    /// # Panics
    /// When `rows` is above [`ROWS_MAX`], or an input column that is read is missing, shorter or of another type.
    pub fn run(&self, machine: &mut Machine, inputs: &[&Column], rows: usize) {
        assert!(rows <= ROWS_MAX, "{rows} rows in one batch, {ROWS_MAX} at most");
        machine.load(self, inputs, rows);
        for (index, instruction) in self.instructions.iter().enumerate() {
            let (before, rest) = machine.registers.split_at_mut(index);
            let arguments = Arguments {
                rows,
                slots: &instruction.slots,
                registers: before,
                constants: &self.constants,
                inputs,
                input_states: &machine.input_states,
            };
            let mut output = Output { register: &mut rest[0], prepared: &mut machine.prepared[index] };
            (instruction.kernel)(&arguments, &mut output);
        }
        machine.publish(self);
    }
}

#[derive(Default)]
struct Compiler {
    instructions: Vec<Instruction>,
    constants: Vec<Register>,
    inputs: Vec<(u32, DataType)>,
    known: HashMap<Key, Slot>,
}

/// What makes two nodes the same computation.
#[derive(PartialEq, Eq, Hash)]
enum Key {
    Constant { data_type: DataType, text: String },
    Node { name: &'static str, data_type: DataType, slots: Box<[Slot]> },
}

impl Compiler {
    fn lower(&mut self, expr: &Expr) -> Slot {
        match expr {
            Expr::Column { index, data_type } => self.input(*index, *data_type),
            Expr::Literal { value, data_type } => self.constant(value.as_ref(), *data_type),
            Expr::And(left, right) => {
                let slots = [self.lower(left), self.lower(right)].into();
                self.node("and", conditional::connective::<false>, slots, expr, Prepared::Nothing)
            }
            Expr::Or(left, right) => {
                let slots = [self.lower(left), self.lower(right)].into();
                self.node("or", conditional::connective::<true>, slots, expr, Prepared::Nothing)
            }
            Expr::Case { branches, otherwise, .. } => {
                let mut slots = Vec::with_capacity(2 * branches.len() + 1);
                for (condition, value) in branches {
                    slots.push(self.lower(condition));
                    slots.push(self.lower(value));
                }
                if let Some(otherwise) = otherwise {
                    slots.push(self.lower(otherwise));
                }
                self.node("case", conditional::case, slots.into(), expr, Prepared::Nothing)
            }
            Expr::Coalesce { arguments, .. } => {
                let slots = arguments.iter().map(|argument| self.lower(argument)).collect();
                self.node("coalesce", conditional::coalesce, slots, expr, Prepared::Nothing)
            }
            Expr::Call { function, arguments, .. } => self.call(function, arguments, expr),
        }
    }

    fn call(&mut self, function: &'static str, arguments: &[Expr], expr: &Expr) -> Slot {
        let slots: Box<[Slot]> = arguments.iter().map(|argument| self.lower(argument)).collect();
        if function == "cast" {
            let (from, to) = (Kind::of(arguments[0].data_type()), Kind::of(expr.data_type()));
            let kernel = cast::kernel(from, to).expect("the constructor found the cast");
            return self.node(function, kernel, slots, expr, Prepared::Nothing);
        }
        let signature = registry::exact(function, arguments)
            .unwrap_or_else(|| panic!("{function} has no kernel for its argument types"));
        let prepared = signature.prepare.map_or(Prepared::Nothing, |prepare| {
            prepare(arguments).expect("the constructor prepared the same literal")
        });
        self.node(function, signature.kernel, slots, expr, prepared)
    }

    fn input(&mut self, index: usize, data_type: DataType) -> Slot {
        let index = u32::try_from(index).expect("a schema has fewer columns than 2^32");
        let used = match self.inputs.iter().position(|(known, _)| *known == index) {
            Some(used) => used,
            None => {
                self.inputs.push((index, data_type));
                self.inputs.len() - 1
            }
        };
        Slot::Input { index, used: u32::try_from(used).expect("no more are used than there are") }
    }

    fn constant(&mut self, value: Option<&Value>, data_type: DataType) -> Slot {
        let key = Key::Constant { data_type, text: format!("{value:?}") };
        let next = self.constants.len();
        let constants = &mut self.constants;
        *self.known.entry(key).or_insert_with(|| {
            let mut register = Register::new(data_type);
            register.column.push(value);
            register.states.push(u8::from(value.is_none()));
            constants.push(register);
            Slot::Constant(u32::try_from(next).expect("a program has fewer literals than 2^32"))
        })
    }

    fn node(
        &mut self,
        name: &'static str,
        kernel: Kernel,
        slots: Box<[Slot]>,
        expr: &Expr,
        prepared: Prepared,
    ) -> Slot {
        let data_type = expr.data_type();
        let key = Key::Node { name, data_type, slots: slots.clone() };
        if let Some(slot) = self.known.get(&key) {
            return *slot;
        }
        let slot = Slot::Register(self.append(kernel, slots, data_type, prepared));
        self.known.insert(key, slot);
        slot
    }

    fn append(&mut self, kernel: Kernel, slots: Box<[Slot]>, data_type: DataType, prepared: Prepared) -> u32 {
        self.instructions.push(Instruction { kernel, slots, data_type, prepared });
        u32::try_from(self.instructions.len() - 1).expect("a program has fewer instructions than 2^32")
    }
}
