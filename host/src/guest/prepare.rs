//! From bytes to code: everything that happens to a component before sessions run on it.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::bake::WholeState;
use super::component::GuestComponent;
use super::{COMPONENT_BYTES_MAX, Refusal, Stage, access, bake, bounds, contract};
use crate::instance::{
    AccessShape, ExchangeLimits, GuestCode, HostEngine, InstanceError, InstanceLimits, LanguageInfo, Source,
    TABLE_ELEMENTS, TurnFailure,
};
use crate::name::Digest;

/// Limits while a guest is initialised and probed: what no sane guest needs, and bounded.
pub(super) const PREPARE_LIMITS: InstanceLimits = InstanceLimits {
    memory_bytes: 1 << 30,
    table_elements: TABLE_ELEMENTS,
    output_bytes: 1 << 20,
    command_timeout: Duration::from_secs(60),
    exchanges: ExchangeLimits { count: 0, bytes: 0 },
};

/// What every binary of WebAssembly begins with.
const MAGIC: &[u8] = b"\0asm";

/// A component made ready: initialised, baked and instrumented, but not compiled for sessions.
pub(super) struct Prepared {
    pub(super) digest: Digest,
    pub(super) bytes: Vec<u8>,
    pub(super) shape: AccessShape,
    pub(super) info: LanguageInfo,
}

/// What `check` found.
#[derive(Debug)]
pub struct GuestReport {
    digest: Digest,
    info: LanguageInfo,
    shape: AccessShape,
    component_bytes: usize,
    compiled_bytes: usize,
    base_image_bytes: usize,
    dirty_bytes: usize,
    /// What it took to initialise and bake it.
    pub prepared_in: Duration,
    /// What it took to compile it for sessions.
    pub compiled_in: Duration,
}

/// Validates, instruments, initialises and bakes a component. `at` is told how far it is.
pub(super) async fn prepare(
    bytes: &[u8],
    limits: InstanceLimits,
    at: &(dyn Fn(Stage) + Sync),
) -> Result<Prepared, Refusal> {
    at(Stage::Validating);
    if bytes.len() > COMPONENT_BYTES_MAX {
        return Err(Refusal::unsupported(
            format!("it has {} bytes", bytes.len()),
            format!("a guest may have {COMPONENT_BYTES_MAX}: strip it, or leave parts out"),
        ));
    }
    if !bytes.starts_with(MAGIC) {
        return Err(Refusal::malformed("it does not begin as WebAssembly does"));
    }
    if wasmparser::Parser::is_core_wasm(bytes) {
        return Err(Refusal::unsupported(
            "it is a core module",
            "make it a component: `wasm-tools component new`, or wit-component",
        ));
    }
    bounds::check(bytes)?;
    let types = wasmparser::Validator::new().validate_all(bytes).map_err(Refusal::malformed)?;
    contract::check(bytes, &types)?;
    drop(types);
    let original = GuestComponent::parse(bytes)?;
    at(Stage::Initialising);
    let (initial, shape) = access::instrument(&original)?;
    let (state, info) = initialise(&initial, shape, limits).await?;
    let baked = bake::bake(&original, &state)?;
    let (bytes_out, shape) = access::instrument(&GuestComponent::parse(&baked)?)?;
    Ok(Prepared { digest: Digest::of(bytes), bytes: bytes_out, shape, info })
}

/// Runs the guest's own initialisation and its `info`, and takes the state after it.
async fn initialise(
    component: &[u8],
    shape: AccessShape,
    limits: InstanceLimits,
) -> Result<(WholeState, LanguageInfo), Refusal> {
    let engine = HostEngine::for_preparation().map_err(refusal)?;
    let compiled = engine.compile(component).map_err(refusal)?;
    let code = GuestCode::new(&engine, &compiled, Digest::of(component), shape, limits).await.map_err(refusal)?;
    let mut instance = Arc::new(code).instantiate(limits, None).await.map_err(refusal)?;
    let info = instance.info().await.map_err(|failure| stopped("info", &failure))?;
    let image = instance.capture_whole().await.map_err(refusal)?;
    Ok((WholeState { memories: image.memories, globals: image.globals }, info))
}

/// Takes a first turn, and one after a capture and a restore: a guest that can't do these is refused now.
pub(super) async fn probe(code: &Arc<GuestCode>, limits: InstanceLimits) -> Result<usize, Refusal> {
    let mut instance = code.instantiate(limits, None).await.map_err(refusal)?;
    instance.is_complete("").await.map_err(|failure| stopped("is-complete", &failure))?;
    probe_turn(&mut instance).await?;
    let snapshot = instance.capture(0).await.map_err(refusal)?;
    drop(instance);
    let mut restored = code.instantiate(limits, None).await.map_err(refusal)?;
    restored.apply(&snapshot).await.map_err(refusal)?;
    if restored.capture(0).await.map_err(refusal)? != snapshot {
        return Err(Refusal::unsupported(
            "its state after a restore is not the state that was captured",
            "this is a defect of the host: please report it with the component",
        ));
    }
    probe_turn(&mut restored).await?;
    Ok(snapshot.page_bytes())
}

async fn probe_turn(instance: &mut crate::instance::SessionInstance) -> Result<(), Refusal> {
    let turn = instance.execute("".into(), Source::Fixed, Arc::default()).await;
    turn.map(drop).map_err(|failure| stopped("execute with an empty command", &failure))
}

fn stopped(what: &str, failure: &TurnFailure) -> Refusal {
    let mend = match failure {
        TurnFailure::HandlesHeld(_) => "close streams, files and pollables before the call returns",
        TurnFailure::TimeExceeded => "do less at start; a minute is the limit",
        TurnFailure::MemoryExceeded => "use less memory at start; 1 GiB is the limit",
        _ => "run it in a debugger of your toolchain: it must answer this call",
    };
    Refusal::unsupported(format!("{what} failed: {failure}"), mend)
}

/// What an instance error means for a component that is being registered.
pub(super) fn refusal(error: InstanceError) -> Refusal {
    let cause = std::error::Error::source(&error).map(|source| format!(": {source}")).unwrap_or_default();
    match error {
        InstanceError::Contract(_) => Refusal::unsupported(
            format!("it doesn't fit the contract{cause}"),
            "export hostel:guest/repl@0.1.0 as wit/guest.wit has it, and import only hostel:guest/host and WASI 0.2",
        ),
        InstanceError::Stopped(failure) => stopped("its start", &failure),
        // The engine's words; a test holds them.
        InstanceError::Compile(error) if format!("{error:#}").contains("pooling allocator") => Refusal::unsupported(
            format!("it begins with more than a session may have: {error:#}"),
            "use less at its start; where it is memory, session_memory can be raised",
        ),
        other => {
            Refusal::unsupported(format!("{other}{cause}"), "rebuild it for wasm32 without threads and 64-bit memories")
        }
    }
}

/// Takes a component through everything that registration does, and tells what was found.
///
/// # Errors
/// [`Refusal`] when it can't be a guest.
pub async fn check(bytes: &[u8]) -> Result<GuestReport, Refusal> {
    check_within(bytes, PREPARE_LIMITS).await
}

pub(super) async fn check_within(bytes: &[u8], limits: InstanceLimits) -> Result<GuestReport, Refusal> {
    let began = Instant::now();
    let prepared = prepare(bytes, limits, &|_| {}).await?;
    let prepared_in = began.elapsed();
    let size = crate::instance::EngineSize { live_sessions_max: 1, memory_bytes_max: limits.memory_bytes };
    let engine = HostEngine::for_sessions(size).map_err(refusal)?;
    let began = Instant::now();
    let component = engine.compile(&prepared.bytes).map_err(refusal)?;
    let compiled_in = began.elapsed();
    let compiled_bytes = component.bytes();
    let code = GuestCode::new(&engine, &component, prepared.digest, prepared.shape, limits).await;
    let code = Arc::new(code.map_err(refusal)?);
    let dirty_bytes = probe(&code, limits).await?;
    Ok(GuestReport {
        digest: prepared.digest,
        info: prepared.info,
        shape: prepared.shape,
        component_bytes: bytes.len(),
        compiled_bytes,
        base_image_bytes: code.base.bytes(),
        dirty_bytes,
        prepared_in,
        compiled_in,
    })
}

/// Code that is not baked, to measure what baking saves: each of its instances has its initialisation before it.
///
/// # Errors
/// As for [`check`].
pub async fn unbaked(engine: &HostEngine, bytes: &[u8]) -> Result<Arc<GuestCode>, Refusal> {
    wasmparser::Validator::new().validate_all(bytes).map_err(Refusal::malformed)?;
    let (initial, shape) = access::instrument(&GuestComponent::parse(bytes)?)?;
    let component = engine.compile(&initial).map_err(refusal)?;
    let code = GuestCode::new(engine, &component, Digest::of(bytes), shape, PREPARE_LIMITS).await;
    code.map(Arc::new).map_err(refusal)
}

impl serde::Serialize for GuestReport {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeMap;
        let milliseconds = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        let mut map = to.serialize_map(None)?;
        map.serialize_entry("digest", &self.digest)?;
        map.serialize_entry("language", &self.info.language)?;
        map.serialize_entry("version", &self.info.version)?;
        map.serialize_entry("componentBytes", &self.component_bytes)?;
        map.serialize_entry("compiledBytes", &self.compiled_bytes)?;
        map.serialize_entry("baseImageBytes", &self.base_image_bytes)?;
        map.serialize_entry("memories", &self.shape.memories)?;
        map.serialize_entry("globalWords", &self.shape.global_words)?;
        map.serialize_entry("dirtyBytes", &self.dirty_bytes)?;
        map.serialize_entry("preparedInMs", &milliseconds(self.prepared_in))?;
        map.serialize_entry("compiledInMs", &milliseconds(self.compiled_in))?;
        map.end()
    }
}

impl fmt::Display for GuestReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kib = |bytes: usize| format!("{} KiB", bytes.div_ceil(1024));
        writeln!(f, "language       {} {}", self.info.language, self.info.version)?;
        writeln!(f, "digest         {}", self.digest)?;
        writeln!(f, "component      {}", kib(self.component_bytes))?;
        writeln!(
            f,
            "compiled       {} in {:.1?}, initialised in {:.1?}",
            kib(self.compiled_bytes),
            self.compiled_in,
            self.prepared_in
        )?;
        writeln!(f, "base image     {}, shared by all sessions", kib(self.base_image_bytes))?;
        writeln!(f, "state          {} memories, {} words of globals", self.shape.memories, self.shape.global_words)?;
        write!(f, "a first turn   dirties {}", kib(self.dirty_bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guest::OMEGA;

    #[tokio::test]
    async fn the_default_guest_is_accepted() {
        let report = check(OMEGA).await.expect("it is accepted");
        assert_eq!(report.shape.memories, 1);
        println!("{report}");
    }

    #[tokio::test]
    async fn what_is_no_component_is_refused_with_a_reason() {
        for bytes in [&b""[..], b"\0asm", b"garbage", &[0; 4096], &OMEGA[..OMEGA.len() / 2]] {
            let refusal = check(bytes).await.expect_err("it is no component");
            assert!(refusal.reason.contains("not a valid component"), "{refusal}");
        }
        let module = check(b"\0asm\x01\0\0\0").await.expect_err("it is a module");
        assert!(module.reason.contains("core module"), "{module}");
    }
}
