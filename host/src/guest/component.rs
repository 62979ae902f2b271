//! Reading a component: its sections, the state its core modules define, and what can't be captured.
//!
//! Only what instrumentation and baking need is read; every section is kept as the bytes it was, so that what is not
//! rewritten stays identical. The technique is that of `wasmtime-wizer`.

use std::ops::Range;

use wasmparser::{
    CanonicalFunction, ComponentAlias, ComponentExternalKind, Encoding, ExternalKind, Instance, Operator, Parser,
    Payload,
};

use super::Refusal;
use super::bounds::Complexity;

/// Prefix of the names that instrumentation adds; guests may not use it.
pub(super) const RESERVED_PREFIX: &str = "hostel-state:";

/// Memories and mutable globals that a guest may have, all modules together. Real guests have one memory and at most
/// some hundred globals (CPython's GOT); the bound keeps hostile components from making instrumentation expensive.
const MEMORIES_MAX: usize = 16;
const GLOBALS_MAX: usize = 10_000;

/// A component, taken apart.
pub(super) struct GuestComponent<'a> {
    /// Its sections in order.
    pub(super) sections: Vec<Section<'a>>,
    /// How many items each of its index spaces has.
    pub(super) spaces: IndexSpaces,
}

/// One section of the component.
pub(super) enum Section<'a> {
    /// Kept as it is.
    Raw(RawSection<'a>),
    /// A core module.
    Module(CoreModule<'a>),
}

/// A section's id and contents.
#[derive(Clone, Copy)]
pub(super) struct RawSection<'a> {
    pub(super) id: u8,
    pub(super) data: &'a [u8],
}

impl wasm_encoder::Encode for RawSection<'_> {
    fn encode(&self, sink: &mut Vec<u8>) {
        self.data.encode(sink);
    }
}

impl wasm_encoder::Section for RawSection<'_> {
    fn id(&self) -> u8 {
        self.id
    }
}

impl wasm_encoder::ComponentSection for RawSection<'_> {
    fn id(&self) -> u8 {
        self.id
    }
}

/// Sizes of the index spaces at the end of the component: where appended items begin to count.
#[derive(Default, Clone, Copy)]
pub(super) struct IndexSpaces {
    pub(super) types: u32,
    pub(super) funcs: u32,
    pub(super) instances: u32,
    pub(super) core_modules: u32,
    pub(super) core_instances: u32,
    pub(super) core_funcs: u32,
    pub(super) core_memories: u32,
}

/// A core module and the state that it defines.
pub(super) struct CoreModule<'a> {
    pub(super) sections: Vec<RawSection<'a>>,
    /// The memories it defines, in order.
    pub(super) memories: Vec<DefinedMemory>,
    /// The globals it defines, in order, immutable ones too.
    pub(super) globals: Vec<DefinedGlobal>,
    /// The core instance that it is instantiated as.
    pub(super) instance: Option<u32>,
}

/// A memory that a module defines.
#[derive(Clone, Copy)]
pub(super) struct DefinedMemory {
    /// Its index in the module.
    pub(super) index: u32,
    pub(super) ty: wasmparser::MemoryType,
}

/// A global that a module defines.
#[derive(Clone, Copy)]
pub(super) struct DefinedGlobal {
    /// Its index in the module.
    pub(super) index: u32,
    pub(super) ty: wasmparser::GlobalType,
}

impl DefinedGlobal {
    /// How many 64-bit patterns hold its value.
    pub(super) fn words(&self) -> usize {
        if self.ty.content_type == wasmparser::ValType::V128 { 2 } else { 1 }
    }
}

impl CoreModule<'_> {
    /// Its globals that can change.
    pub(super) fn mutable_globals(&self) -> impl Iterator<Item = &DefinedGlobal> {
        self.globals.iter().filter(|global| global.ty.mutable)
    }
}

impl<'a> GuestComponent<'a> {
    /// Takes `bytes`, which wasmparser has validated, apart.
    pub(super) fn parse(bytes: &'a [u8]) -> Result<Self, Refusal> {
        let mut component = Self { sections: Vec::new(), spaces: IndexSpaces::default() };
        let mut depth = 0_u32;
        let mut nested = 0..0;
        for payload in Parser::new(0).parse_all(bytes) {
            let payload = payload.map_err(Refusal::malformed)?;
            match &payload {
                Payload::ModuleSection { unchecked_range, .. } if depth == 0 => {
                    component.push_module(&bytes[unchecked_range.clone()])?;
                    depth += 1;
                }
                Payload::ModuleSection { .. } => {
                    return Err(Refusal::unsupported(
                        "a nested component holds a core module, whose state can't be reached from outside",
                        "build the guest as one component with its modules at the top level",
                    ));
                }
                Payload::ComponentSection { unchecked_range, .. } => {
                    if depth == 0 {
                        nested = unchecked_range.clone();
                        component.push_raw(wasm_encoder::ComponentSectionId::Component as u8, bytes, nested.clone());
                    }
                    depth += 1;
                }
                Payload::End(_) => depth = depth.saturating_sub(1),
                _ if depth > 0 => check_nested(&payload)?,
                _ => {
                    component.count(&payload)?;
                    if let Some((id, range)) = payload.as_section() {
                        component.push_raw(id, bytes, range);
                    }
                }
            }
        }
        component.check_totals()?;
        Ok(component)
    }

    /// Its core modules, each with its module index.
    pub(super) fn modules(&self) -> impl Iterator<Item = &CoreModule<'a>> {
        self.sections.iter().filter_map(|section| match section {
            Section::Module(module) => Some(module),
            Section::Raw(_) => None,
        })
    }

    /// The modules that are instantiated, each with its core instance: those that have state.
    pub(super) fn instances(&self) -> impl Iterator<Item = (u32, &CoreModule<'a>)> {
        self.modules().filter_map(|module| Some((module.instance?, module)))
    }

    fn push_raw(&mut self, id: u8, bytes: &'a [u8], range: Range<usize>) {
        self.sections.push(Section::Raw(RawSection { id, data: &bytes[range] }));
    }

    fn push_module(&mut self, bytes: &'a [u8]) -> Result<(), Refusal> {
        self.spaces.core_modules += 1;
        self.sections.push(Section::Module(CoreModule::parse(bytes)?));
        Ok(())
    }

    fn module_mut(&mut self, index: u32) -> Option<&mut CoreModule<'a>> {
        self.sections
            .iter_mut()
            .filter_map(|section| match section {
                Section::Module(module) => Some(module),
                Section::Raw(_) => None,
            })
            .nth(index as usize)
    }

    /// Follows what a section adds to the index spaces.
    fn count(&mut self, payload: &Payload<'_>) -> Result<(), Refusal> {
        match payload {
            Payload::ComponentTypeSection(section) => self.spaces.types += section.count(),
            Payload::ComponentImportSection(section) => {
                for import in section.clone() {
                    let import = import.map_err(Refusal::malformed)?;
                    self.count_item(import.ty.kind())?;
                }
            }
            Payload::ComponentInstanceSection(section) => self.spaces.instances += section.count(),
            Payload::ComponentAliasSection(section) => {
                for alias in section.clone() {
                    self.count_alias(&alias.map_err(Refusal::malformed)?)?;
                }
            }
            Payload::ComponentExportSection(section) => {
                for export in section.clone() {
                    self.count_item(export.map_err(Refusal::malformed)?.kind)?;
                }
            }
            Payload::ComponentCanonicalSection(section) => {
                for function in section.clone() {
                    self.count_canonical(&function.map_err(Refusal::malformed)?)?;
                }
            }
            Payload::InstanceSection(section) => {
                for instance in section.clone() {
                    self.count_core_instance(&instance.map_err(Refusal::malformed)?)?;
                }
            }
            Payload::ComponentStartSection { .. } => {
                return Err(Refusal::unsupported(
                    "it has a component start function",
                    "initialise in repl.info instead",
                ));
            }
            _ => {}
        }
        Ok(())
    }

    fn count_item(&mut self, kind: ComponentExternalKind) -> Result<(), Refusal> {
        match kind {
            ComponentExternalKind::Type => self.spaces.types += 1,
            ComponentExternalKind::Instance => self.spaces.instances += 1,
            ComponentExternalKind::Func => self.spaces.funcs += 1,
            ComponentExternalKind::Module | ComponentExternalKind::Component | ComponentExternalKind::Value => {
                return Err(Refusal::unsupported(
                    "it imports, exports or aliases a module, a component or a value",
                    "compose the guest into one component that imports only functions and types",
                ));
            }
        }
        Ok(())
    }

    fn count_alias(&mut self, alias: &ComponentAlias<'_>) -> Result<(), Refusal> {
        match alias {
            ComponentAlias::InstanceExport { kind, .. } => self.count_item(*kind)?,
            ComponentAlias::CoreInstanceExport { kind: ExternalKind::Func, .. } => self.spaces.core_funcs += 1,
            ComponentAlias::CoreInstanceExport { kind: ExternalKind::Memory, .. } => self.spaces.core_memories += 1,
            ComponentAlias::CoreInstanceExport { .. } => {}
            ComponentAlias::Outer { kind: wasmparser::ComponentOuterAliasKind::Type, .. } => self.spaces.types += 1,
            ComponentAlias::Outer { .. } => {
                return Err(Refusal::unsupported(
                    "it aliases a module or a component of an outer component",
                    "build the guest as one component",
                ));
            }
        }
        Ok(())
    }

    fn count_canonical(&mut self, function: &CanonicalFunction) -> Result<(), Refusal> {
        match function {
            CanonicalFunction::Lift { .. } => self.spaces.funcs += 1,
            CanonicalFunction::ResourceNew { .. } => {
                return Err(Refusal::unsupported(
                    "it makes resources of its own, whose handles live outside its memory",
                    "keep objects in the guest's memory and pass numbers",
                ));
            }
            _ => self.spaces.core_funcs += 1,
        }
        Ok(())
    }

    fn count_core_instance(&mut self, instance: &Instance<'_>) -> Result<(), Refusal> {
        let number = self.spaces.core_instances;
        self.spaces.core_instances += 1;
        if let Instance::Instantiate { module_index, .. } = instance
            && let Some(module) = self.module_mut(*module_index)
            && module.instance.replace(number).is_some()
        {
            return Err(Refusal::unsupported(
                "a core module is instantiated twice",
                "link the guest into modules that are instantiated once each",
            ));
        }
        Ok(())
    }

    fn check_totals(&self) -> Result<(), Refusal> {
        let memories: usize = self.instances().map(|(_, module)| module.memories.len()).sum();
        let globals: usize = self.instances().map(|(_, module)| module.mutable_globals().count()).sum();
        if memories == 0 {
            return Err(Refusal::unsupported("it has no linear memory", "a guest keeps its state in linear memory"));
        }
        if memories > MEMORIES_MAX || globals > GLOBALS_MAX {
            return Err(Refusal::unsupported(
                format!("it has {memories} memories and {globals} mutable globals"),
                format!("a guest may have at most {MEMORIES_MAX} and {GLOBALS_MAX}"),
            ));
        }
        Ok(())
    }
}

impl<'a> CoreModule<'a> {
    fn parse(bytes: &'a [u8]) -> Result<Self, Refusal> {
        let mut module = Self { sections: Vec::new(), memories: Vec::new(), globals: Vec::new(), instance: None };
        let mut imported = (0_u32, 0_u32);
        for payload in Parser::new(0).parse_all(bytes) {
            let payload = payload.map_err(Refusal::malformed)?;
            if let Some((id, range)) = payload.as_section() {
                module.sections.push(RawSection { id, data: &bytes[range] });
            }
            match payload {
                Payload::Version { encoding: Encoding::Component, .. } => {
                    return Err(Refusal::unsupported("a core module section holds a component", "rebuild the guest"));
                }
                Payload::ImportSection(section) => imported = count_imports(section)?,
                Payload::MemorySection(section) => module.read_memories(section, imported.0)?,
                Payload::GlobalSection(section) => module.read_globals(section, imported.1)?,
                Payload::ExportSection(section) => check_exports(section)?,
                Payload::CodeSectionEntry(body) => check_code(&body)?,
                _ => {}
            }
        }
        Ok(module)
    }

    fn read_memories(&mut self, section: wasmparser::MemorySectionReader<'a>, first: u32) -> Result<(), Refusal> {
        for (index, ty) in (first..).zip(section) {
            let ty = ty.map_err(Refusal::malformed)?;
            if ty.memory64 || ty.shared || ty.page_size_log2.is_some() {
                return Err(Refusal::unsupported(
                    "it has a memory that is 64-bit, shared or of a custom page size",
                    "build the guest for wasm32 without threads",
                ));
            }
            self.memories.push(DefinedMemory { index, ty });
        }
        Ok(())
    }

    fn read_globals(&mut self, section: wasmparser::GlobalSectionReader<'a>, first: u32) -> Result<(), Refusal> {
        for (index, global) in (first..).zip(section) {
            let ty = global.map_err(Refusal::malformed)?.ty;
            if ty.mutable && matches!(ty.content_type, wasmparser::ValType::Ref(_)) {
                return Err(Refusal::unsupported(
                    "it has a mutable global that holds a reference, which can't be captured",
                    "keep references in tables that don't change",
                ));
            }
            self.globals.push(DefinedGlobal { index, ty });
        }
        Ok(())
    }
}

/// How many memories and globals are imported.
fn count_imports(section: wasmparser::ImportSectionReader<'_>) -> Result<(u32, u32), Refusal> {
    let mut counts = (0, 0);
    for import in section.into_imports() {
        match import.map_err(Refusal::malformed)?.ty {
            wasmparser::TypeRef::Memory(_) => counts.0 += 1,
            wasmparser::TypeRef::Global(_) => counts.1 += 1,
            _ => {}
        }
    }
    Ok(counts)
}

fn check_exports(section: wasmparser::ExportSectionReader<'_>) -> Result<(), Refusal> {
    for export in section {
        let name = export.map_err(Refusal::malformed)?.name;
        if name.starts_with(RESERVED_PREFIX) {
            return Err(Refusal::unsupported(
                format!("a core module exports {name}"),
                format!("names that begin with {RESERVED_PREFIX} are the host's: rename it"),
            ));
        }
    }
    Ok(())
}

/// Refuses code that changes what capture doesn't hold: tables and segments.
fn check_code(body: &wasmparser::FunctionBody<'_>) -> Result<(), Refusal> {
    let mut locals = 0;
    for group in body.get_locals_reader().map_err(Refusal::malformed)? {
        locals += u64::from(group.map_err(Refusal::malformed)?.0);
    }
    let mut complexity = Complexity::new(locals);
    for operator in body.get_operators_reader().map_err(Refusal::malformed)? {
        let operator = operator.map_err(Refusal::malformed)?;
        complexity.count(&operator);
        let name = match operator {
            Operator::TableSet { .. } => "table.set",
            Operator::TableGrow { .. } => "table.grow",
            Operator::TableFill { .. } => "table.fill",
            Operator::TableCopy { .. } => "table.copy",
            Operator::TableInit { .. } => "table.init",
            Operator::ElemDrop { .. } => "elem.drop",
            Operator::DataDrop { .. } => "data.drop",
            _ => continue,
        };
        return Err(Refusal::unsupported(
            format!("its code has {name}: tables and segments that change can't be captured"),
            "build the guest without dynamic tables and without bulk segment operations",
        ));
    }
    complexity.check()
}

/// Refuses state inside nested components: they may pass functions on, as toolchains have them do, and no more.
fn check_nested(payload: &Payload<'_>) -> Result<(), Refusal> {
    let refused = || {
        Refusal::unsupported(
            "a nested component has state of its own, which can't be reached from outside",
            "build the guest as one component with its modules and resources at the top level",
        )
    };
    match payload {
        Payload::InstanceSection(section) => {
            for instance in section.clone() {
                if matches!(instance.map_err(Refusal::malformed)?, Instance::Instantiate { .. }) {
                    return Err(refused());
                }
            }
        }
        Payload::ComponentCanonicalSection(section) => {
            for function in section.clone() {
                if matches!(function.map_err(Refusal::malformed)?, CanonicalFunction::ResourceNew { .. }) {
                    return Err(refused());
                }
            }
        }
        _ => {}
    }
    Ok(())
}
