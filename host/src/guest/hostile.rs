//! Components that are up to something: each is refused with a reason, in bounded time and memory.

use std::time::{Duration, Instant};

use wasm_encoder::reencode::{Reencode, RoundtripReencoder};
use wasm_encoder::{BlockType, Component, Function, Instruction as I, Module, ModuleSection, SectionId, ValType};

use super::component::{CoreModule, GuestComponent, Section};
use super::prepare::{PREPARE_LIMITS, check_within};
use super::{COMPONENT_BYTES_MAX, GuestReport, Refusal};
use crate::instance::InstanceLimits;

const BEHAVE: &[u8] = include_bytes!("../../../tests/guests/behave.wasm");

/// Longest that any of these may take: they run beside other tests, without optimisation of this crate.
const PATIENCE: Duration = Duration::from_secs(120);

/// What is done to the main module of a good guest.
#[derive(Default)]
struct Change {
    /// A function without parameters and results that is added.
    function: Option<Function>,
    /// It is the start function.
    start: bool,
    /// It is exported in the place of this export, whose type it then has.
    replaces: Option<&'static str>,
    /// The memory's minimum, in pages.
    pages: Option<u64>,
}

/// A section with one more entry.
fn with_one_more(section: &[u8], entry: &[u8]) -> Vec<u8> {
    let mut reader = wasmparser::BinaryReader::new(section, 0);
    let count = reader.read_var_u32().expect("a count");
    let mut out = Vec::new();
    wasm_encoder::Encode::encode(&(count + 1), &mut out);
    out.extend_from_slice(&section[reader.original_position()..]);
    out.extend_from_slice(entry);
    out
}

fn count(section: &[u8]) -> u32 {
    wasmparser::BinaryReader::new(section, 0).read_var_u32().expect("a count")
}

fn unchanged(module: &CoreModule<'_>) -> Module {
    let mut out = Module::new();
    for section in &module.sections {
        out.section(section);
    }
    out
}

fn changed(module: &CoreModule<'_>, change: &Change) -> Module {
    let of = |id: SectionId| module.sections.iter().find(|section| section.id == id as u8).map(|section| section.data);
    let imported = of(SectionId::Import).map_or(0, |data| {
        let section = wasmparser::ImportSectionReader::new(wasmparser::BinaryReader::new(data, 0)).expect("imports");
        let functions = section
            .into_imports()
            .filter(|import| matches!(import.as_ref().expect("an import").ty, wasmparser::TypeRef::Func(_)));
        u32::try_from(functions.count()).expect("few")
    });
    let functions = of(SectionId::Function).expect("functions");
    let new = imported + count(functions);
    let exports = || {
        let data = of(SectionId::Export).expect("exports");
        wasmparser::ExportSectionReader::new(wasmparser::BinaryReader::new(data, 0)).expect("exports")
    };
    let replaced = change.replaces.map(|name| {
        let found = exports().into_iter().map(|export| export.expect("an export")).find(|export| export.name == name);
        found.unwrap_or_else(|| panic!("no export {name}")).index
    });
    // The type of what it replaces, else one of its own.
    let ty = match replaced {
        Some(index) => {
            let section = wasmparser::FunctionSectionReader::new(wasmparser::BinaryReader::new(functions, 0));
            let nth = (index - imported) as usize;
            section.expect("functions").into_iter().nth(nth).expect("it is defined").expect("a type")
        }
        None => count(of(SectionId::Type).expect("types")),
    };
    let mut out = Module::new();
    for section in &module.sections {
        let mut data = section.data.to_vec();
        if change.function.is_some() && section.id == SectionId::Type as u8 && replaced.is_none() {
            data = with_one_more(&data, &[0x60, 0, 0]);
        }
        if change.function.is_some() && section.id == SectionId::Function as u8 {
            let mut entry = Vec::new();
            wasm_encoder::Encode::encode(&ty, &mut entry);
            data = with_one_more(&data, &entry);
        }
        if section.id == SectionId::Code as u8
            && let Some(function) = &change.function
        {
            let body = function.clone().into_raw_body();
            let mut entry = Vec::new();
            wasm_encoder::Encode::encode(body.as_slice(), &mut entry);
            data = with_one_more(&data, &entry);
        }
        if section.id == SectionId::Export as u8 && replaced.is_some() {
            let mut section = wasm_encoder::ExportSection::new();
            for export in exports() {
                let export = export.expect("an export");
                let index = if Some(export.name) == change.replaces { new } else { export.index };
                let kind = RoundtripReencoder.export_kind(export.kind).expect("a kind");
                section.export(export.name, kind, index);
            }
            out.section(&section);
            continue;
        }
        if section.id == SectionId::Memory as u8
            && let Some(pages) = change.pages
        {
            data = vec![1, 0];
            wasm_encoder::Encode::encode(&pages, &mut data);
        }
        out.section(&wasm_encoder::RawSection { id: section.id, data: &data });
        if section.id == SectionId::Export as u8 && change.start {
            out.section(&wasm_encoder::StartSection { function_index: new });
        }
    }
    out
}

/// A good guest with a change.
fn guest(change: &Change) -> Vec<u8> {
    let component = GuestComponent::parse(BEHAVE).expect("it is one");
    let (mut out, mut first) = (Component::new(), true);
    for section in &component.sections {
        match section {
            Section::Raw(raw) => out.section(raw),
            Section::Module(module) if std::mem::take(&mut first) => {
                out.section(&ModuleSection(&changed(module, change)))
            }
            Section::Module(module) => out.section(&ModuleSection(&unchanged(module))),
        };
    }
    out.finish()
}

/// A function of these instructions, with so many 64-bit locals.
fn function(locals: u32, body: impl FnOnce(&mut Function)) -> Option<Function> {
    let mut function = Function::new([(locals, ValType::I64)]);
    body(&mut function);
    function.instruction(&I::End);
    Some(function)
}

const SHORT: InstanceLimits = InstanceLimits { command_timeout: Duration::from_millis(300), ..PREPARE_LIMITS };

async fn checked(bytes: &[u8]) -> Result<GuestReport, Refusal> {
    let began = Instant::now();
    let checked = check_within(bytes, SHORT).await;
    assert!(began.elapsed() < PATIENCE, "it took {:?}", began.elapsed());
    checked
}

async fn refused(bytes: &[u8], words: &str) {
    let refusal = checked(bytes).await.expect_err("it is refused").to_string();
    assert!(refusal.contains(words) && refusal.contains("hint: "), "expected {words:?}: {refusal}");
}

fn spin(function: &mut Function) {
    function.instruction(&I::Loop(BlockType::Empty));
    function.instruction(&I::Br(0));
    function.instruction(&I::End);
    function.instruction(&I::Unreachable);
}

#[tokio::test]
async fn what_starts_badly_is_refused_in_bounded_time() {
    let trap = function(0, |function| {
        function.instruction(&I::Unreachable);
    });
    refused(
        &guest(&Change { function: trap, start: true, ..Change::default() }),
        "its start failed: the guest trapped",
    )
    .await;
    let endless = || function(0, spin);
    refused(&guest(&Change { function: endless(), start: true, ..Change::default() }), "its start failed: time limit")
        .await;
    let info = Some("hostel:guest/repl@0.1.0#info");
    refused(&guest(&Change { function: endless(), replaces: info, ..Change::default() }), "info failed: time limit")
        .await;
    let complete = Some("hostel:guest/repl@0.1.0#is-complete");
    refused(
        &guest(&Change { function: endless(), replaces: complete, ..Change::default() }),
        "is-complete failed: time",
    )
    .await;
}

#[tokio::test]
async fn what_answers_with_gigabytes_or_begins_with_them_is_refused() {
    // A language-info whose first text is as long as the memory.
    let store = |function: &mut Function, at: i32, value: i32| {
        let memarg = wasm_encoder::MemArg { offset: 0, align: 2, memory_index: 0 };
        function.instruction(&I::I32Const(at)).instruction(&I::I32Const(value)).instruction(&I::I32Store(memarg));
    };
    let huge = function(0, |function| {
        function.instruction(&I::I32Const(8_000)).instruction(&I::MemoryGrow(0)).instruction(&I::Drop);
        store(function, 1024, 2048);
        store(function, 1028, 500 << 20);
        function.instruction(&I::I32Const(1024));
    });
    let info = Some("hostel:guest/repl@0.1.0#info");
    refused(&guest(&Change { function: huge, replaces: info, ..Change::default() }), "info failed").await;
    refused(&guest(&Change { pages: Some(65_536), ..Change::default() }), "its start failed: memory limit").await;
}

#[tokio::test]
async fn what_a_compiler_would_take_forever_for_is_refused_before_it_is_compiled() {
    let nested = function(2_000, |function| {
        for _ in 0..50_000 {
            function.instruction(&I::Loop(BlockType::Empty));
        }
        for local in 0..2_000 {
            function.instruction(&I::LocalGet(local)).instruction(&I::Drop);
        }
        for _ in 0..50_000 {
            function.instruction(&I::End);
        }
    });
    refused(&guest(&Change { function: nested, ..Change::default() }), "loops inside one another").await;
    let table = function(50, |function| {
        let targets = vec![0; 900_000];
        function.instruction(&I::I32Const(0)).instruction(&I::BrTable(targets.into(), 0)).instruction(&I::Unreachable);
    });
    refused(&guest(&Change { function: table, ..Change::default() }), "takes too long to compile").await;
    let long = function(0, |function| {
        for _ in 0..2 << 20 {
            function.instruction(&I::Nop);
        }
    });
    refused(&guest(&Change { function: long, ..Change::default() }), "bytes of code in one function").await;
    let locals = function(1_000_000, |_| {});
    refused(&guest(&Change { function: locals, ..Change::default() }), "locals").await;
}

#[tokio::test]
async fn what_is_too_much_to_look_at_is_refused() {
    let mut many = Module::new();
    let (mut types, mut functions, mut code) =
        (wasm_encoder::TypeSection::new(), wasm_encoder::FunctionSection::new(), wasm_encoder::CodeSection::new());
    types.ty().function([], []);
    for _ in 0..1_000_000 {
        functions.function(0);
        code.function(&function(0, |_| {}).expect("a function"));
    }
    many.section(&types).section(&functions).section(&code);
    let mut component = Component::new();
    component.section(&ModuleSection(&many));
    refused(&component.finish(), "1000000 functions").await;

    let mut nested = Component::new();
    for _ in 0..50 {
        let mut outer = Component::new();
        outer.section(&wasm_encoder::NestedComponentSection(&nested));
        nested = outer;
    }
    refused(&nested.finish(), "components inside one another").await;

    let mut types = wasm_encoder::ComponentTypeSection::new();
    (0..200_000).for_each(|_| types.defined_type().list(wasm_encoder::PrimitiveValType::U8));
    let mut component = Component::new();
    component.section(&types);
    refused(&component.finish(), "200000 types").await;

    refused(&vec![0x5a; 100 << 20], "not a valid component").await;
    refused(&vec![0; COMPONENT_BYTES_MAX + 1], "bytes").await;
}

#[tokio::test]
async fn what_does_not_fit_the_contract_is_told_whole() {
    let empty = Component::new().finish();
    refused(&empty, "it does not export hostel:guest/repl@0.1.0").await;
    let named = |from: &str, to: &str| {
        assert_eq!(from.len(), to.len());
        let mut bytes = BEHAVE.to_vec();
        while let Some(at) = bytes.windows(from.len()).position(|window| window == from.as_bytes()) {
            bytes[at..at + from.len()].copy_from_slice(to.as_bytes());
        }
        bytes
    };
    refused(&named("hostel:guest/repl@0.1.0", "hostel:guest/repl@0.9.0"), "it does not export hostel:guest/repl@0.1.0")
        .await;
    let random = named("wasi:random/random@0.2.6", "acme:random/random@0.2.6");
    let refusal = checked(&random).await.expect_err("it is refused").to_string();
    assert!(refusal.contains("imports acme:random/random@0.2.6") && refusal.contains("wac plug"), "{refusal}");
    let two = named("wasi:clocks/", "wasi:clucks/");
    let refusal = checked(&two).await.expect_err("it is refused");
    assert!(refusal.all().count() >= 2, "each is told: {refusal}");
    refused(&named("should-exit", "should-quit"), "where the contract has").await;
}

/// Blocks that each may have to carry all locals' values, as many as are let through: a switch over them that goes on with
/// the next turn of a loop.
#[tokio::test]
async fn the_worst_that_is_let_through_is_compiled_in_bounded_time() {
    const BLOCKS: u32 = 2_000;
    const LOCALS: u32 = 800;
    let switch = function(LOCALS, |function| {
        function.instruction(&I::Loop(BlockType::Empty));
        for _ in 0..BLOCKS {
            function.instruction(&I::Block(BlockType::Empty));
        }
        let targets: Vec<u32> = (0..BLOCKS).collect();
        function.instruction(&I::LocalGet(0)).instruction(&I::I32WrapI64).instruction(&I::BrTable(targets.into(), 0));
        for block in 0..BLOCKS {
            let (from, to) = (block % LOCALS, block * 7 % LOCALS);
            function.instruction(&I::End).instruction(&I::LocalGet(from)).instruction(&I::LocalGet(to));
            function.instruction(&I::I64Add).instruction(&I::LocalSet(to)).instruction(&I::Br(BLOCKS - 1 - block));
        }
        function.instruction(&I::End);
    });
    let began = Instant::now();
    checked(&guest(&Change { function: switch, ..Change::default() })).await.expect("it is accepted");
    println!("{:?}", began.elapsed());
}
