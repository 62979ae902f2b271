//! What is too much to look at: found in one pass over the sections, before anything else reads them.
//!
//! A compiler can't be interrupted, so what it is given has to be bounded. Most of what takes it long is a matter of size.
//! Beyond that, the work on one function can grow with the product of its blocks and its locals: each block may have to
//! carry each local's value. [`Complexity`] keeps that product down.

use wasmparser::{Operator, Parser, Payload};

use super::Refusal;

/// Components inside one another. Toolchains make two levels.
const NESTING_MAX: usize = 16;

/// Functions of all modules together. CPython has some 20,000.
const FUNCTIONS_MAX: u64 = 200_000;

/// Bytes of code of all modules together: compiled in about a minute by one core. CPython has some 10 MiB.
const CODE_BYTES_MAX: u64 = 64 << 20;

/// Bytes of one function. The largest ones of real guests, main loops of interpreters, have under 300 KiB.
const FUNCTION_BYTES_MAX: usize = 1 << 20;

/// Types of all modules and components together, imports and exports of each, segments of each.
const ITEMS_MAX: u64 = 100_000;

/// Refuses what is too much. What is not well-formed is refused too, as far as this pass sees it.
pub(super) fn check(bytes: &[u8]) -> Result<(), Refusal> {
    let (mut depth, mut counted) = (0_usize, Counted::default());
    for payload in Parser::new(0).parse_all(bytes) {
        let payload = payload.map_err(Refusal::malformed)?;
        match &payload {
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
            Payload::End(_) => depth = depth.saturating_sub(1),
            payload => counted.count(payload),
        }
        if depth > NESTING_MAX {
            return Err(too_much("components inside one another", depth as u64, NESTING_MAX as u64));
        }
        counted.check()?;
    }
    Ok(())
}

#[derive(Default)]
struct Counted {
    functions: u64,
    code_bytes: u64,
    function_bytes: usize,
    items: u64,
}

impl Counted {
    fn count(&mut self, payload: &Payload<'_>) {
        let items = match payload {
            Payload::TypeSection(section) => section.count(),
            Payload::ComponentTypeSection(section) => section.count(),
            Payload::ImportSection(section) => section.count(),
            Payload::ComponentImportSection(section) => section.count(),
            Payload::ExportSection(section) => section.count(),
            Payload::ComponentExportSection(section) => section.count(),
            Payload::ComponentAliasSection(section) => section.count(),
            Payload::ComponentCanonicalSection(section) => section.count(),
            Payload::DataSection(section) => section.count(),
            Payload::ElementSection(section) => section.count(),
            Payload::GlobalSection(section) => section.count(),
            Payload::FunctionSection(section) => {
                self.functions += u64::from(section.count());
                0
            }
            Payload::CodeSectionEntry(body) => {
                self.function_bytes = self.function_bytes.max(body.range().len());
                self.code_bytes += body.range().len() as u64;
                0
            }
            _ => 0,
        };
        self.items += u64::from(items);
    }

    fn check(&self) -> Result<(), Refusal> {
        let limits = [
            ("functions", self.functions, FUNCTIONS_MAX),
            ("bytes of code", self.code_bytes, CODE_BYTES_MAX),
            ("bytes of code in one function", self.function_bytes as u64, FUNCTION_BYTES_MAX as u64),
            ("types, imports, exports, globals and segments", self.items, ITEMS_MAX),
        ];
        match limits.into_iter().find(|(_, found, max)| found > max) {
            Some((what, found, max)) => Err(too_much(what, found, max)),
            None => Ok(()),
        }
    }
}

fn too_much(what: &str, found: u64, max: u64) -> Refusal {
    Refusal::unsupported(
        format!("it has {found} {what} or more, and a guest may have {max}"),
        "split large functions, leave parts out, or build it for size",
    )
}

/// Values that a function's blocks may have to carry: its blocks times its locals. Main loops of interpreters have some
/// thousand blocks and some hundred locals.
const BLOCKS_TIMES_LOCALS_MAX: u64 = 5_000_000;

/// Loops inside one another in one function: what is inside them all is looked at for each of them. People write ten.
const LOOPS_MAX: usize = 100;

/// How much work a function is.
pub(super) struct Complexity {
    locals: u64,
    blocks: u64,
    /// The blocks that are open, and whether each is a loop.
    open: Vec<bool>,
    loops: usize,
    loops_max: usize,
}

impl Complexity {
    /// Of a function with so many locals.
    pub(super) fn new(locals: u64) -> Self {
        Self { locals: locals + 1, blocks: 0, open: Vec::new(), loops: 0, loops_max: 0 }
    }

    /// Counts an operator.
    pub(super) fn count(&mut self, operator: &Operator<'_>) {
        match operator {
            Operator::Block { .. } | Operator::Loop { .. } | Operator::If { .. } => {
                let is_loop = matches!(operator, Operator::Loop { .. });
                self.open.push(is_loop);
                self.loops += usize::from(is_loop);
                self.loops_max = self.loops_max.max(self.loops);
            }
            // The last one ends the function itself.
            Operator::End => self.loops -= usize::from(self.open.pop().unwrap_or(false)),
            _ => {}
        }
        self.blocks += match operator {
            Operator::Block { .. } | Operator::Loop { .. } | Operator::If { .. } | Operator::Else => 1,
            Operator::BrIf { .. } => 1,
            Operator::BrTable { targets } => u64::from(targets.len()),
            _ => 0,
        };
    }

    /// Refuses what is too much.
    pub(super) fn check(&self) -> Result<(), Refusal> {
        if self.loops_max > LOOPS_MAX {
            return Err(too_much("loops inside one another", self.loops_max as u64, LOOPS_MAX as u64));
        }
        if self.blocks.saturating_mul(self.locals) <= BLOCKS_TIMES_LOCALS_MAX {
            return Ok(());
        }
        let (blocks, locals) = (self.blocks, self.locals);
        Err(Refusal::unsupported(
            format!("a function has {blocks} branches and blocks and {locals} locals, which takes too long to compile"),
            format!("the product may be {BLOCKS_TIMES_LOCALS_MAX}: split the function, or build it with optimisation"),
        ))
    }
}
