//! Whether a component fits the contract: what it exports and imports, in the words of `wit/guest.wit`. All that is wrong is
//! found at once, before anything is compiled.

use wasmparser::component_types::{ComponentDefinedType, ComponentEntityType, ComponentFuncTypeId, ComponentValType};
use wasmparser::types::{Types, TypesRef};
use wasmparser::{Parser, Payload};

use super::Refusal;

/// The interface that guests export, and the one that the host offers.
const REPL: &str = "hostel:guest/repl@0.1.0";
const HOST: &str = "hostel:guest/host@0.1.0";

/// What a guest exports, by the types alone: names of parameters don't count.
const REPL_FUNCTIONS: &[(&str, &str)] = &[
    ("execute", "func(string) -> result<record{output: string, should-exit: bool}, string>"),
    ("info", "func() -> record{language: string, version: string, prompt: string, help: string}"),
    ("is-complete", "func(string) -> enum{complete, incomplete, invalid}"),
];

/// What a guest may import of the host.
const HOST_FUNCTIONS: &[(&str, &str)] = &[
    ("write", "func(enum{stdout, stderr}, list<u8>)"),
    ("display", "func(list<record{mime: string, data: list<u8>}>) -> result<_, string>"),
    (
        "read-line",
        "func(string) -> result<string, record{kind: enum{denied, invalid, limited, timed-out, failed}, message: string}>",
    ),
    (
        "call",
        "func(string, string) -> result<string, record{kind: enum{denied, invalid, limited, timed-out, failed}, message: string}>",
    ),
];

/// Packages of WASI 0.2 that are there. Clocks and random numbers are answered; the others grant nothing.
const WASI: &[&str] = &["cli", "clocks", "filesystem", "io", "random", "sockets"];

/// Longest text of a type, in bytes: in few bytes of a component a type can be said that takes gigabytes to write.
const TYPE_BYTES_MAX: usize = 1 << 10;

/// Findings of one component that are told; more are counted.
const FINDINGS_MAX: usize = 50;

/// Refuses what doesn't fit, all of it together.
pub(super) fn check(bytes: &[u8], types: &Types) -> Result<(), Refusal> {
    let types = types.as_ref();
    let mut findings = exports(types);
    for name in import_names(bytes)? {
        findings.extend(import(name, types));
    }
    let all = findings.len();
    findings.truncate(FINDINGS_MAX);
    if all > FINDINGS_MAX {
        let more = format!("there are {} more findings", all - FINDINGS_MAX);
        findings.push(Refusal::unsupported(more, "mend these first"));
    }
    let mut findings = findings.into_iter();
    let Some(mut first) = findings.next() else { return Ok(()) };
    first.more = findings.collect();
    Err(first)
}

/// What is missing or wrong of the exports.
fn exports(types: TypesRef<'_>) -> Vec<Refusal> {
    let mend = "build it for the world hostel:guest/guest of wit/guest.wit";
    let Some(item) = types.component_item_for_export(REPL) else {
        return vec![Refusal::unsupported(format!("it does not export {REPL}"), mend)];
    };
    let ComponentEntityType::Instance(instance) = item.ty else {
        return vec![Refusal::unsupported(format!("its export {REPL} is not an interface"), mend)];
    };
    let found = &types[instance].exports;
    let one = |&(name, expected): &(&str, &str)| match found.get(name).map(|item| item.ty) {
        None => Some(Refusal::unsupported(format!("{REPL} lacks {name}: {expected}"), mend)),
        Some(ComponentEntityType::Func(func)) => {
            let found = function(types, func);
            let wrong = format!("{REPL} has {name}: {found}, where the contract has {expected}");
            (found != expected).then(|| Refusal::unsupported(wrong, mend))
        }
        Some(_) => Some(Refusal::unsupported(format!("{name} of {REPL} is not a function"), mend)),
    };
    REPL_FUNCTIONS.iter().filter_map(one).collect()
}

/// The names of what the component itself imports.
fn import_names(bytes: &[u8]) -> Result<Vec<&str>, Refusal> {
    let (mut names, mut depth) = (Vec::new(), 0_u32);
    for payload in Parser::new(0).parse_all(bytes) {
        match payload.map_err(Refusal::malformed)? {
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
            Payload::End(_) => depth = depth.saturating_sub(1),
            Payload::ComponentImportSection(section) if depth == 0 => {
                for import in section {
                    names.push(import.map_err(Refusal::malformed)?.name.name);
                }
            }
            _ => {}
        }
    }
    Ok(names)
}

/// What is wrong with an import.
fn import(name: &str, types: TypesRef<'_>) -> Vec<Refusal> {
    let item = types.component_item_for_import(name);
    if matches!(item.map(|item| item.ty), Some(ComponentEntityType::Type { .. })) || is_wasi(name) {
        return Vec::new();
    }
    if name != HOST {
        return vec![Refusal::unsupported(format!("it imports {name}, which the host does not offer"), remedy(name))];
    }
    let Some(ComponentEntityType::Instance(instance)) = item.map(|item| item.ty) else {
        return vec![Refusal::unsupported(
            format!("its import {HOST} is not an interface"),
            "rebuild it with wit/guest.wit",
        )];
    };
    let wrong = |(name, item): (&String, &wasmparser::component_types::ComponentItem)| {
        let ComponentEntityType::Func(func) = item.ty else { return None };
        let found = function(types, func);
        let offered = HOST_FUNCTIONS.iter().find(|(offered, _)| offered == name).map(|(_, ty)| *ty);
        let reason = match offered {
            None => format!("it imports {name} of {HOST}, which has no such function"),
            Some(ty) if ty != found => format!("it imports {name} of {HOST} as {found}, and it is {ty}"),
            Some(_) => return None,
        };
        Some(Refusal::unsupported(reason, "rebuild it with the wit/guest.wit of this host"))
    };
    types[instance].exports.iter().filter_map(wrong).collect()
}

fn is_wasi(name: &str) -> bool {
    let Some((package, rest)) = name.strip_prefix("wasi:").and_then(|name| name.split_once('/')) else { return false };
    WASI.contains(&package) && rest.rsplit_once('@').is_some_and(|(_, version)| version.starts_with("0.2."))
}

/// What can be done about an import that nobody offers.
fn remedy(name: &str) -> &'static str {
    match name {
        name if name.starts_with("hostel:guest/") => {
            "it was built for another version of the contract: rebuild it with the wit/guest.wit of this host"
        }
        name if name.starts_with("wasi:http") || name.starts_with("wasi:tls") => {
            "guests have no network: ask the client through hostel:guest/host call, or leave that part out"
        }
        name if name.starts_with("wasi:") && name.contains("@0.3") => "build it for WASI 0.2",
        name if name.starts_with("wasi:") => {
            "only the cli, clocks, filesystem, io, random and sockets of WASI 0.2 are there: leave that part out, or put a \
             component that offers it in its place (`wasm-tools compose`, `wac plug`)"
        }
        _ => "leave it out, or put a component that offers it in its place (`wasm-tools compose`, `wac plug`)",
    }
}

// === types, as text ===

/// A function's type, as the contract's are written above.
fn function(types: TypesRef<'_>, id: ComponentFuncTypeId) -> String {
    let ty = &types[id];
    let mut out = String::from(if ty.async_ { "async func(" } else { "func(" });
    for (at, (_, param)) in ty.params.iter().enumerate() {
        separate(at, &mut out);
        value(types, param, &mut out);
    }
    out.push(')');
    if let Some(result) = &ty.result {
        out += " -> ";
        value(types, result, &mut out);
    }
    out
}

fn value(types: TypesRef<'_>, ty: &ComponentValType, out: &mut String) {
    if out.len() > TYPE_BYTES_MAX {
        if !out.ends_with('…') {
            out.push('…');
        }
        return;
    }
    match ty {
        ComponentValType::Primitive(primitive) => *out += &primitive.to_string(),
        ComponentValType::Type(id) => defined(types, &types[*id], out),
    }
}

fn defined(types: TypesRef<'_>, ty: &ComponentDefinedType, out: &mut String) {
    use ComponentDefinedType as D;
    let some = |ty: &Option<ComponentValType>, out: &mut String| match ty {
        Some(ty) => value(types, ty, out),
        None => out.push('_'),
    };
    match ty {
        D::Primitive(primitive) => *out += &primitive.to_string(),
        D::Record(record) => {
            *out += "record{";
            for (at, (name, ty)) in record.fields.iter().enumerate().take(TYPE_BYTES_MAX) {
                separate(at, out);
                *out += &format!("{name}: ");
                value(types, ty, out);
            }
            out.push('}');
        }
        D::Variant(variant) => {
            let names = variant.cases.iter().map(|(name, _)| name.to_string());
            *out += &format!("variant{{{}}}", listed(names));
        }
        D::Enum(names) => *out += &format!("enum{{{}}}", listed(names.iter().map(ToString::to_string))),
        D::Flags(names) => *out += &format!("flags{{{}}}", listed(names.iter().map(ToString::to_string))),
        D::List { element, .. } | D::FixedLengthList { element, .. } => wrapped("list<", element, types, out),
        D::Option { ty, .. } => wrapped("option<", ty, types, out),
        D::Tuple(tuple) => {
            *out += "tuple<";
            for (at, ty) in tuple.types.iter().enumerate().take(TYPE_BYTES_MAX) {
                separate(at, out);
                value(types, ty, out);
            }
            out.push('>');
        }
        D::Result { ok: None, err: None, .. } => *out += "result",
        D::Result { ok, err: None, .. } => {
            *out += "result<";
            some(ok, out);
            out.push('>');
        }
        D::Result { ok, err, .. } => {
            *out += "result<";
            some(ok, out);
            *out += ", ";
            some(err, out);
            out.push('>');
        }
        D::Own(_) => *out += "a resource",
        D::Borrow(_) => *out += "a borrowed resource",
        D::Map { .. } => *out += "a map",
        D::Future { .. } => *out += "a future",
        D::Stream { .. } => *out += "a stream",
    }
}

fn wrapped(before: &str, ty: &ComponentValType, types: TypesRef<'_>, out: &mut String) {
    *out += before;
    value(types, ty, out);
    out.push('>');
}

fn separate(at: usize, out: &mut String) {
    if at > 0 {
        *out += ", ";
    }
}

fn listed(names: impl Iterator<Item = String>) -> String {
    let mut text = String::new();
    for (at, name) in names.enumerate() {
        if text.len() > TYPE_BYTES_MAX {
            return text + ", …";
        }
        separate(at, &mut text);
        text += &name;
    }
    text
}
