//! Baking: a component rewritten so that it starts in a state that was captured, its initialisation done for good.
//!
//! Memories get their captured size and contents as data segments, mutable globals their captured values, and start
//! functions are dropped. wasmtime maps such data segments copy-on-write, so every session of the guest shares them.

use wasm_encoder::reencode::{Reencode, RoundtripReencoder};
use wasm_encoder::{
    Component, ConstExpr, DataCountSection, DataSection, GlobalSection, Ieee32, Ieee64, MemorySection, Module,
    ModuleSection, SectionId,
};

use super::Refusal;
use super::component::{CoreModule, GuestComponent, RawSection, Section};
use crate::snapshot::PAGE_BYTES;

/// The whole state of a guest's instance, in the order in which the access module counts.
pub(crate) struct WholeState {
    /// Contents of each memory.
    pub(crate) memories: Vec<Vec<u8>>,
    /// All mutable globals as 64-bit words.
    pub(crate) globals: Vec<u64>,
}

/// Rewrites `component` so that it starts as `state`.
pub(super) fn bake(component: &GuestComponent<'_>, state: &WholeState) -> Result<Vec<u8>, Refusal> {
    let mut out = Component::new();
    let mut rest = Rest { memories: &state.memories, words: &state.globals };
    // The access module counts in the order of modules, and so do we.
    for section in &component.sections {
        match section {
            Section::Raw(raw) => out.section(raw),
            Section::Module(module) if module.instance.is_some() => {
                out.section(&ModuleSection(&bake_module(module, &mut rest)?))
            }
            Section::Module(module) => out.section(&ModuleSection(&copy(module))),
        };
    }
    Ok(out.finish())
}

/// The part of the state that no module has taken yet.
struct Rest<'s> {
    memories: &'s [Vec<u8>],
    words: &'s [u64],
}

impl<'s> Rest<'s> {
    fn take_memories(&mut self, count: usize) -> &'s [Vec<u8>] {
        let (taken, rest) = self.memories.split_at(count);
        self.memories = rest;
        taken
    }

    fn take_words(&mut self, count: usize) -> &'s [u64] {
        let (taken, rest) = self.words.split_at(count);
        self.words = rest;
        taken
    }
}

fn copy(module: &CoreModule<'_>) -> Module {
    let mut out = Module::new();
    for section in &module.sections {
        out.section(section);
    }
    out
}

fn bake_module(module: &CoreModule<'_>, rest: &mut Rest<'_>) -> Result<Module, Refusal> {
    let memories = rest.take_memories(module.memories.len());
    let segments = segments(module, memories);
    let mut out = Module::new();
    let mut wrote_data = false;
    for section in &module.sections {
        if section.id == SectionId::Memory as u8 {
            out.section(&memory_section(module, memories)?);
        } else if section.id == SectionId::Global as u8 {
            out.section(&global_section(module, section, rest)?);
        } else if section.id == SectionId::Start as u8 {
            // It has run already.
        } else if section.id == SectionId::DataCount as u8 {
            let count = reader(section).read_var_u32().map_err(Refusal::malformed)?;
            out.section(&DataCountSection { count: count + count_of(segments.len()) });
        } else if section.id == SectionId::Data as u8 {
            out.section(&data_section(Some(section), &segments)?);
            wrote_data = true;
        } else {
            out.section(section);
        }
    }
    if !wrote_data && !segments.is_empty() {
        out.section(&data_section(None, &segments)?);
    }
    Ok(out)
}

fn memory_section(module: &CoreModule<'_>, contents: &[Vec<u8>]) -> Result<MemorySection, Refusal> {
    let mut section = MemorySection::new();
    for (memory, bytes) in module.memories.iter().zip(contents) {
        let mut ty = RoundtripReencoder.memory_type(memory.ty).map_err(Refusal::malformed)?;
        ty.minimum = bytes.len() as u64 >> 16;
        section.memory(ty);
    }
    Ok(section)
}

fn global_section(
    module: &CoreModule<'_>,
    section: &RawSection<'_>,
    rest: &mut Rest<'_>,
) -> Result<GlobalSection, Refusal> {
    let originals = wasmparser::GlobalSectionReader::new(reader(section)).map_err(Refusal::malformed)?;
    let mut out = GlobalSection::new();
    for (global, original) in module.globals.iter().zip(originals) {
        let original = original.map_err(Refusal::malformed)?;
        if global.ty.mutable {
            let ty = RoundtripReencoder.global_type(global.ty).map_err(Refusal::malformed)?;
            out.global(ty, &constant(global.ty.content_type, rest.take_words(global.words())));
        } else {
            RoundtripReencoder.parse_global(&mut out, original).map_err(Refusal::malformed)?;
        }
    }
    Ok(out)
}

#[expect(clippy::cast_possible_truncation, reason = "32-bit values were widened into their words")]
fn constant(ty: wasmparser::ValType, words: &[u64]) -> ConstExpr {
    match ty {
        wasmparser::ValType::I32 => ConstExpr::i32_const((words[0] as u32).cast_signed()),
        wasmparser::ValType::F32 => ConstExpr::f32_const(Ieee32::new(words[0] as u32)),
        wasmparser::ValType::F64 => ConstExpr::f64_const(Ieee64::new(words[0])),
        wasmparser::ValType::V128 => {
            ConstExpr::v128_const((u128::from(words[1]) << 64 | u128::from(words[0])).cast_signed())
        }
        wasmparser::ValType::I64 | wasmparser::ValType::Ref(_) => ConstExpr::i64_const(words[0].cast_signed()),
    }
}

/// A run of pages that are not all zero.
struct Segment<'s> {
    memory: u32,
    offset: usize,
    data: &'s [u8],
}

fn segments<'s>(module: &CoreModule<'_>, memories: &'s [Vec<u8>]) -> Vec<Segment<'s>> {
    let of_memory = |(memory, bytes): (&super::component::DefinedMemory, &'s Vec<u8>)| {
        let memory = memory.index;
        nonzero_runs(bytes).map(move |(offset, data)| Segment { memory, offset, data })
    };
    module.memories.iter().zip(memories).flat_map(of_memory).collect()
}

/// Runs of pages that hold anything but zeros, each with its offset.
fn nonzero_runs(bytes: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    const ZEROS: [u8; PAGE_BYTES] = [0; PAGE_BYTES];
    let mut pages = bytes.chunks(PAGE_BYTES).map(|page| page != &ZEROS[..page.len()]).enumerate().peekable();
    std::iter::from_fn(move || {
        let (first, _) = pages.find(|(_, used)| *used)?;
        let mut end = first + 1;
        while pages.next_if(|(_, used)| *used).is_some() {
            end += 1;
        }
        let range = first * PAGE_BYTES..bytes.len().min(end * PAGE_BYTES);
        Some((range.start, &bytes[range]))
    })
}

/// The module's passive segments as they are, its active ones emptied (they have been applied), then the new ones.
fn data_section(original: Option<&RawSection<'_>>, segments: &[Segment<'_>]) -> Result<DataSection, Refusal> {
    let mut out = DataSection::new();
    if let Some(section) = original {
        for data in wasmparser::DataSectionReader::new(reader(section)).map_err(Refusal::malformed)? {
            let data = data.map_err(Refusal::malformed)?;
            match data.kind {
                wasmparser::DataKind::Active { .. } => out.passive([]),
                wasmparser::DataKind::Passive => out.passive(data.data.iter().copied()),
            };
        }
    }
    for segment in segments {
        let offset = ConstExpr::i32_const(count_of(segment.offset).cast_signed());
        out.active(segment.memory, &offset, segment.data.iter().copied());
    }
    Ok(out)
}

fn reader<'a>(section: &RawSection<'a>) -> wasmparser::BinaryReader<'a> {
    wasmparser::BinaryReader::new(section.data, 0)
}

fn count_of(n: usize) -> u32 {
    u32::try_from(n).expect("offsets and counts within a 32-bit memory")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_pages_with_contents_become_segments() {
        let mut memory = vec![0; 8 * PAGE_BYTES];
        memory[PAGE_BYTES] = 1;
        memory[3 * PAGE_BYTES - 1] = 1;
        memory[8 * PAGE_BYTES - 1] = 1;
        let found: Vec<_> = nonzero_runs(&memory).map(|(offset, data)| (offset, data.len())).collect();
        assert_eq!(found, [(PAGE_BYTES, 2 * PAGE_BYTES), (7 * PAGE_BYTES, PAGE_BYTES)]);
        assert_eq!(nonzero_runs(&[0; PAGE_BYTES]).count(), 0);
    }
}
