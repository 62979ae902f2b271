//! The *access* module: the door through which the host reaches a guest's state from outside.
//!
//! Each core module of the guest gets its memories and mutable globals exported; then this is appended:
//!
//! ```text
//! import hostel:access/host    view(memory, list<u8>)     the host sees a whole memory, without a copy
//!                              globals(u64 × 16)          the host is told sixteen global words
//! core module access           imports every memory and every mutable global of the guest, and offers:
//! export hostel-view           calls view for each memory
//! export hostel-globals        calls globals for each sixteen words
//! export hostel-set-globals-N  (u64 × 16) sets the Nth sixteen words
//! export hostel-target         (addr) where the next write goes
//! export hostel-write-N        (list<u8>) the bytes are lowered into memory N at the target: wasmtime copies them there
//!                              itself, checking bounds, because the access module's realloc answers the target
//! export hostel-grow-N         (pages) grows memory N
//! ```
//!
//! All indices of the guest stay as they were, since everything is added at the end.

use wasm_encoder::reencode::{Reencode, RoundtripReencoder};
use wasm_encoder::{
    Alias, CanonicalFunctionSection, CanonicalOption, CodeSection, Component, ComponentAliasSection,
    ComponentExportKind, ComponentExportSection, ComponentImportSection, ComponentTypeRef, ComponentTypeSection,
    ComponentValType, ConstExpr, EntityType, ExportKind, ExportSection, Function, FunctionSection, GlobalSection,
    ImportSection, InstanceSection, InstanceType, InstructionSink, MemoryType, Module, ModuleArg, ModuleSection,
    PrimitiveValType, SectionId, TypeSection, ValType,
};

use super::Refusal;
use super::component::{CoreModule, DefinedGlobal, GuestComponent, RESERVED_PREFIX, Section};
use crate::instance::{AccessShape, GLOBALS_PER_CALL, HOST_INSTANCE};

/// Adds the access module to a component.
pub(super) fn instrument(component: &GuestComponent<'_>) -> Result<(Vec<u8>, AccessShape), Refusal> {
    let mut out = Component::new();
    for section in &component.sections {
        match section {
            Section::Raw(raw) => out.section(raw),
            Section::Module(module) => out.section(&ModuleSection(&export_state(module)?)),
        };
    }
    let access = Access::new(component);
    access.append(component, &mut out)?;
    Ok((out.finish(), access.shape()))
}

/// The module with its memories and mutable globals exported under reserved names.
fn export_state(module: &CoreModule<'_>) -> Result<Module, Refusal> {
    let mut out = Module::new();
    let mut exports = ExportSection::new();
    // Ids tell the order of sections, but for custom ones (anywhere) and tags (13, which stand before globals).
    let before = |id: u8| id < SectionId::Export as u8 || id == SectionId::Tag as u8;
    let mut written = false;
    for section in &module.sections {
        if section.id == SectionId::Export as u8 {
            let reader = wasmparser::ExportSectionReader::new(wasmparser::BinaryReader::new(section.data, 0))
                .map_err(Refusal::malformed)?;
            for export in reader {
                RoundtripReencoder
                    .parse_export(&mut exports, export.map_err(Refusal::malformed)?)
                    .map_err(Refusal::malformed)?;
            }
            continue;
        }
        if !written && !before(section.id) {
            out.section(add_state(&mut exports, module));
            written = true;
        }
        out.section(section);
    }
    if !written {
        out.section(add_state(&mut exports, module));
    }
    Ok(out)
}

fn add_state<'e>(exports: &'e mut ExportSection, module: &CoreModule<'_>) -> &'e ExportSection {
    for memory in &module.memories {
        exports.export(&memory_name(memory.index), ExportKind::Memory, memory.index);
    }
    for global in module.mutable_globals() {
        exports.export(&global_name(global.index), ExportKind::Global, global.index);
    }
    exports
}

fn memory_name(index: u32) -> String {
    format!("{RESERVED_PREFIX}memory-{index}")
}

fn global_name(index: u32) -> String {
    format!("{RESERVED_PREFIX}global-{index}")
}

/// What the access module reaches, in the order in which everything else counts them.
struct Access {
    /// Core instance and index in its module.
    memories: Vec<(u32, u32)>,
    /// Core instance and the global.
    globals: Vec<(u32, DefinedGlobal)>,
    /// Core instances that state is imported from.
    instances: Vec<u32>,
}

impl Access {
    fn new(component: &GuestComponent<'_>) -> Self {
        let mut access = Self { memories: Vec::new(), globals: Vec::new(), instances: Vec::new() };
        for (instance, module) in component.instances() {
            access.memories.extend(module.memories.iter().map(|memory| (instance, memory.index)));
            access.globals.extend(module.mutable_globals().map(|global| (instance, *global)));
            access.instances.push(instance);
        }
        access
    }

    fn shape(&self) -> AccessShape {
        AccessShape {
            memories: self.memories.len(),
            global_words: self.globals.iter().map(|(_, global)| global.words()).sum(),
        }
    }

    fn append(&self, component: &GuestComponent<'_>, out: &mut Component) -> Result<(), Refusal> {
        let spaces = component.spaces;
        let memories = index(self.memories.len());
        let calls = index(self.shape().global_calls());

        // The import, and its two functions lowered: view once for each memory, as each lowering names its memory.
        let mut types = ComponentTypeSection::new();
        types.instance(&host_instance_type());
        out.section(&types);
        let mut imports = ComponentImportSection::new();
        imports.import(HOST_INSTANCE, ComponentTypeRef::Instance(spaces.types));
        out.section(&imports);
        let mut aliases = ComponentAliasSection::new();
        for name in ["view", "globals"] {
            let kind = ComponentExportKind::Func;
            aliases.alias(Alias::InstanceExport { instance: spaces.instances, kind, name });
        }
        for (instance, memory) in &self.memories {
            let name = memory_name(*memory);
            aliases.alias(Alias::CoreInstanceExport { instance: *instance, kind: ExportKind::Memory, name: &name });
        }
        out.section(&aliases);
        let mut lowered = CanonicalFunctionSection::new();
        for memory in 0..memories {
            lowered.lower(spaces.funcs, [CanonicalOption::Memory(spaces.core_memories + memory)]);
        }
        lowered.lower(spaces.funcs + 1, []);
        out.section(&lowered);

        // The access module, instantiated with the guest's instances and the lowered functions.
        out.section(&ModuleSection(&self.module()?));
        let mut instances = InstanceSection::new();
        let host_exports = (0..memories + 1).map(|n| (n.to_string(), ExportKind::Func, spaces.core_funcs + n));
        instances.export_items(host_exports);
        let guest = self.instances.iter().map(|instance| (instance.to_string(), ModuleArg::Instance(*instance)));
        let host = ("host".to_owned(), ModuleArg::Instance(spaces.core_instances));
        instances.instantiate(spaces.core_modules, guest.chain([host]).collect::<Vec<_>>());
        out.section(&instances);

        // Its exports, lifted.
        let first_core = spaces.core_funcs + memories + 1;
        let mut aliases = ComponentAliasSection::new();
        for name in core_exports(memories, calls) {
            let kind = ExportKind::Func;
            aliases.alias(Alias::CoreInstanceExport { instance: spaces.core_instances + 1, kind, name: &name });
        }
        out.section(&aliases);
        let types = LiftedTypes { first: spaces.types + 1 };
        out.section(&types.section());
        let realloc = first_core;
        let mut lifted = CanonicalFunctionSection::new();
        let mut exports = ComponentExportSection::new();
        let first_func = spaces.funcs + 2;
        for (n, (name, ty, memory)) in (1..).zip(lifted_exports(&types, memories, calls)) {
            let options: Vec<_> = memory.map_or(Vec::new(), |memory| {
                vec![CanonicalOption::Memory(spaces.core_memories + memory), CanonicalOption::Realloc(realloc)]
            });
            lifted.lift(first_core + n, ty, options);
            exports.export(&name, ComponentExportKind::Func, first_func + n - 1, None);
        }
        out.section(&lifted);
        out.section(&exports);
        Ok(())
    }

    /// The access module itself.
    fn module(&self) -> Result<Module, Refusal> {
        let memories = index(self.memories.len());
        let calls = index(self.shape().global_calls());
        let i64s = [ValType::I64; GLOBALS_PER_CALL];
        let mut types = TypeSection::new();
        types.ty().function([ValType::I32; 3], []); // 0: view
        types.ty().function(i64s, []); // 1: globals
        types.ty().function([ValType::I32; 4], [ValType::I32]); // 2: realloc
        types.ty().function([], []); // 3: act
        types.ty().function([ValType::I32], []); // 4: target
        types.ty().function([ValType::I32; 2], []); // 5: write
        types.ty().function([ValType::I32], [ValType::I32]); // 6: grow

        let mut imports = ImportSection::new();
        for (instance, memory) in &self.memories {
            let ty = MemoryType { minimum: 0, maximum: None, memory64: false, shared: false, page_size_log2: None };
            imports.import(&instance.to_string(), &memory_name(*memory), ty);
        }
        for (instance, global) in &self.globals {
            let ty = RoundtripReencoder.global_type(global.ty).map_err(Refusal::malformed)?;
            imports.import(&instance.to_string(), &global_name(global.index), ty);
        }
        for n in 0..=memories {
            let ty = u32::from(n == memories);
            imports.import("host", &n.to_string(), EntityType::Function(ty));
        }

        let target = index(self.globals.len());
        let mut globals = GlobalSection::new();
        let ty = wasm_encoder::GlobalType { val_type: ValType::I32, mutable: true, shared: false };
        globals.global(ty, &ConstExpr::i32_const(0));

        let mut functions = FunctionSection::new();
        let mut code = CodeSection::new();
        let mut define = |ty: u32, body: &mut dyn FnMut(&mut InstructionSink<'_>)| {
            functions.function(ty);
            let mut function = Function::new([]);
            let mut sink = function.instructions();
            body(&mut sink);
            sink.end();
            code.function(&function);
        };
        define(2, &mut |code| {
            code.global_get(target);
        });
        define(3, &mut |code| (0..memories).for_each(|memory| view(code, memory)));
        define(3, &mut |code| self.tell_globals(code, memories));
        define(4, &mut |code| {
            code.local_get(0).global_set(target);
        });
        for _ in 0..memories {
            define(5, &mut |_| {});
        }
        for memory in 0..memories {
            define(6, &mut |code| {
                code.local_get(0).memory_grow(memory);
            });
        }
        for call in 0..calls {
            define(1, &mut |code| self.set_globals(code, call as usize));
        }

        let mut exports = ExportSection::new();
        for (n, name) in (memories + 1..).zip(core_exports(memories, calls)) {
            exports.export(&name, ExportKind::Func, n);
        }
        let mut module = Module::new();
        module.section(&types).section(&imports).section(&functions).section(&globals).section(&exports).section(&code);
        Ok(module)
    }

    /// Calls `globals` with each sixteen words, the last call filled up with zeros.
    fn tell_globals(&self, code: &mut InstructionSink<'_>, globals_fn: u32) {
        let mut pushed = 0;
        for (n, (_, global)) in (0..).zip(&self.globals) {
            for half in 0..global.words() {
                push_word(code, n, global.ty.content_type, half);
                pushed += 1;
                if pushed % GLOBALS_PER_CALL == 0 {
                    code.call(globals_fn);
                }
            }
        }
        if pushed % GLOBALS_PER_CALL != 0 {
            for _ in pushed % GLOBALS_PER_CALL..GLOBALS_PER_CALL {
                code.i64_const(0);
            }
            code.call(globals_fn);
        }
    }

    /// Sets the globals whose words are in the parameters of call number `call`. A vector whose words fall into two
    /// calls is set one half by each.
    fn set_globals(&self, code: &mut InstructionSink<'_>, call: usize) {
        let mut word = 0;
        for (n, (_, global)) in (0..).zip(&self.globals) {
            for half in 0..global.words() {
                if word / GLOBALS_PER_CALL == call {
                    pop_word(code, n, global.ty.content_type, half, index(word % GLOBALS_PER_CALL));
                }
                word += 1;
            }
        }
    }
}

/// `view(memory, 0, size in bytes)`. No memory has all of its 65,536 pages, whose size would not fit: limits end at 3 GiB.
fn view(code: &mut InstructionSink<'_>, memory: u32) {
    code.i32_const(memory.cast_signed()).i32_const(0).memory_size(memory).i32_const(16).i32_shl().call(memory);
}

/// Pushes a global's value, or one half of it, as 64 bits.
fn push_word(code: &mut InstructionSink<'_>, global: u32, ty: wasmparser::ValType, half: usize) {
    code.global_get(global);
    match ty {
        wasmparser::ValType::I32 => code.i64_extend_i32_u(),
        wasmparser::ValType::F32 => code.i32_reinterpret_f32().i64_extend_i32_u(),
        wasmparser::ValType::F64 => code.i64_reinterpret_f64(),
        wasmparser::ValType::V128 => code.i64x2_extract_lane(u8::from(half == 1)),
        wasmparser::ValType::I64 | wasmparser::ValType::Ref(_) => code,
    };
}

/// Sets a global, or one half of it, from 64 bits in local `local`.
fn pop_word(code: &mut InstructionSink<'_>, global: u32, ty: wasmparser::ValType, half: usize, local: u32) {
    if ty == wasmparser::ValType::V128 {
        code.global_get(global).local_get(local).i64x2_replace_lane(u8::from(half == 1)).global_set(global);
        return;
    }
    code.local_get(local);
    match ty {
        wasmparser::ValType::I32 => code.i32_wrap_i64(),
        wasmparser::ValType::F32 => code.i32_wrap_i64().f32_reinterpret_i32(),
        wasmparser::ValType::F64 => code.f64_reinterpret_i64(),
        _ => code,
    };
    code.global_set(global);
}

/// The access module's exports in the order of their definition, `realloc` first.
fn core_exports(memories: u32, calls: u32) -> impl Iterator<Item = String> {
    let fixed = ["realloc", "view", "globals", "target"].into_iter().map(str::to_owned);
    fixed
        .chain((0..memories).map(|n| format!("write-{n}")))
        .chain((0..memories).map(|n| format!("grow-{n}")))
        .chain((0..calls).map(|n| format!("set-globals-{n}")))
}

/// Name, type and (for writes) memory of each lifted export, in the order of [`core_exports`] without `realloc`.
fn lifted_exports(types: &LiftedTypes, memories: u32, calls: u32) -> Vec<(String, u32, Option<u32>)> {
    let types_of = |name: &str| match name.split('-').next() {
        Some("target") => types.target(),
        Some("write") => types.write(),
        Some("grow") => types.grow(),
        Some("set") => types.set_globals(),
        _ => types.act(),
    };
    core_exports(memories, calls)
        .skip(1)
        .map(|name| {
            let memory = name.strip_prefix("write-").and_then(|n| n.parse().ok());
            (format!("hostel-{name}"), types_of(&name), memory)
        })
        .collect()
}

/// The component-level types of the lifted exports, `first` being the index of the first.
struct LiftedTypes {
    first: u32,
}

impl LiftedTypes {
    fn act(&self) -> u32 {
        self.first + 1
    }
    fn target(&self) -> u32 {
        self.first + 2
    }
    fn write(&self) -> u32 {
        self.first + 3
    }
    fn grow(&self) -> u32 {
        self.first + 4
    }
    fn set_globals(&self) -> u32 {
        self.first + 5
    }

    fn section(&self) -> ComponentTypeSection {
        let u32_type = ComponentValType::Primitive(PrimitiveValType::U32);
        let mut types = ComponentTypeSection::new();
        types.defined_type().list(PrimitiveValType::U8);
        types.function().params::<[(&str, ComponentValType); 0], _>([]).result(None);
        types.function().params([("address", u32_type)]).result(None);
        types.function().params([("bytes", ComponentValType::Type(self.first))]).result(None);
        types.function().params([("pages", u32_type)]).result(Some(u32_type));
        types.function().params(GLOBAL_PARAMS).result(None);
        types
    }
}

const WORD: ComponentValType = ComponentValType::Primitive(PrimitiveValType::U64);

/// Parameters that carry sixteen global words.
const GLOBAL_PARAMS: [(&str, ComponentValType); GLOBALS_PER_CALL] = [
    ("w0", WORD),
    ("w1", WORD),
    ("w2", WORD),
    ("w3", WORD),
    ("w4", WORD),
    ("w5", WORD),
    ("w6", WORD),
    ("w7", WORD),
    ("w8", WORD),
    ("w9", WORD),
    ("w10", WORD),
    ("w11", WORD),
    ("w12", WORD),
    ("w13", WORD),
    ("w14", WORD),
    ("w15", WORD),
];

fn host_instance_type() -> InstanceType {
    let mut ty = InstanceType::new();
    ty.ty().defined_type().list(PrimitiveValType::U8);
    ty.ty()
        .function()
        .params([("memory", ComponentValType::Primitive(PrimitiveValType::U32)), ("bytes", ComponentValType::Type(0))])
        .result(None);
    ty.ty().function().params(GLOBAL_PARAMS).result(None);
    ty.export("view", ComponentTypeRef::Func(1));
    ty.export("globals", ComponentTypeRef::Func(2));
    ty
}

/// An index as WebAssembly counts; all counts here are bounded by [`super::component`].
fn index(n: usize) -> u32 {
    u32::try_from(n).expect("counts are bounded when the component is parsed")
}
