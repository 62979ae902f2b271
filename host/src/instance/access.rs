//! Using the access module that [`crate::guest`] adds to a component: its shape, its names, and calls through it.

use wasmtime::Store;
use wasmtime::component::{ComponentNamedList, ComponentType, Instance, Lift, Linker, Lower, TypedFunc, WasmList};

use super::InstanceError;
use super::state::HostState;

/// The imported instance by which the guest's state comes to the host.
pub(crate) const HOST_INSTANCE: &str = "hostel:access/host";

/// Global words in one call: the most parameters that the canonical ABI passes flat.
pub(crate) const GLOBALS_PER_CALL: usize = 16;

/// What the access module of a guest offers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct AccessShape {
    /// Linear memories.
    pub memories: usize,
    /// 64-bit words that hold all mutable globals.
    pub global_words: usize,
}

impl AccessShape {
    /// How many calls carry all global words.
    pub(crate) fn global_calls(self) -> usize {
        self.global_words.div_ceil(GLOBALS_PER_CALL)
    }
}

type W = u64;
/// Sixteen words, as parameters of one call.
type Words = (W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W);

fn to_words(words: &[u64]) -> Words {
    let w = |n: usize| words.get(n).copied().unwrap_or(0);
    (w(0), w(1), w(2), w(3), w(4), w(5), w(6), w(7), w(8), w(9), w(10), w(11), w(12), w(13), w(14), w(15))
}

fn from_words(words: Words) -> [u64; GLOBALS_PER_CALL] {
    let (a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p) = words;
    [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p]
}

/// Defines what the access module imports.
pub(super) fn add_to_linker(linker: &mut Linker<HostState>) -> wasmtime::Result<()> {
    let mut host = linker.instance(HOST_INSTANCE)?;
    host.func_wrap("view", |mut store, (memory, bytes): (u32, WasmList<u8>)| {
        // A host function runs on the guest's own stack, so that the place of a local tells where that is.
        let here = std::ptr::from_ref(&memory).addr();
        store.data_mut().views.stack_at(here);
        let look = store.data().views.look();
        let seen = look.see(memory as usize, bytes.as_le_slice(&store));
        store.data_mut().views.seen(memory as usize, seen);
        Ok(())
    })?;
    host.func_wrap("globals", |mut store, words: Words| {
        store.data_mut().views.globals.extend(from_words(words));
        Ok(())
    })
}

/// Calls into a session's access module.
pub(super) struct Access<'i> {
    pub(super) store: &'i mut Store<HostState>,
    pub(super) instance: Instance,
    pub(super) shape: AccessShape,
}

impl Access<'_> {
    /// Has every memory seen by [`super::capture::Views`].
    pub(super) async fn view(&mut self) -> Result<(), InstanceError> {
        self.call::<(), ()>("hostel-view", ()).await
    }

    /// All global words.
    pub(super) async fn globals(&mut self) -> Result<Vec<u64>, InstanceError> {
        self.store.data_mut().views.globals.clear();
        self.call::<(), ()>("hostel-globals", ()).await?;
        let mut words = std::mem::take(&mut self.store.data_mut().views.globals);
        words.truncate(self.shape.global_words);
        Ok(words)
    }

    /// Sets all globals.
    pub(super) async fn set_globals(&mut self, words: &[u64]) -> Result<(), InstanceError> {
        for (call, chunk) in words.chunks(GLOBALS_PER_CALL).enumerate() {
            self.call::<Words, ()>(&format!("hostel-set-globals-{call}"), to_words(chunk)).await?;
        }
        Ok(())
    }

    /// Grows a memory by WebAssembly pages of 64 KiB. False when it can't grow so far.
    pub(super) async fn grow(&mut self, memory: usize, pages: u32) -> Result<bool, InstanceError> {
        let (before,) = self.call::<(u32,), (u32,)>(&format!("hostel-grow-{memory}"), (pages,)).await?;
        Ok(before != u32::MAX)
    }

    /// Writes runs of bytes into a memory.
    pub(super) async fn write<'b>(
        &mut self,
        memory: usize,
        runs: impl Iterator<Item = (u64, &'b [u8])>,
    ) -> Result<(), InstanceError> {
        let target: TypedFunc<(u32,), ()> = self.func("hostel-target")?;
        let name = format!("hostel-write-{memory}");
        let func = self.instance.get_func(&mut *self.store, &name).ok_or(InstanceError::Access)?;
        for (address, bytes) in runs {
            let address = u32::try_from(address).map_err(|_| InstanceError::Access)?;
            target.call_async(&mut *self.store, (address,)).await.map_err(InstanceError::call)?;
            let write = func.typed::<(&[u8],), ()>(&*self.store).map_err(InstanceError::call)?;
            write.call_async(&mut *self.store, (bytes,)).await.map_err(InstanceError::call)?;
        }
        Ok(())
    }

    async fn call<P, R>(&mut self, name: &str, params: P) -> Result<R, InstanceError>
    where
        P: ComponentNamedList + Lower + Send + Sync + 'static,
        R: ComponentNamedList + ComponentType + Lift + Send + Sync + 'static,
    {
        let func: TypedFunc<P, R> = self.func(name)?;
        func.call_async(&mut *self.store, params).await.map_err(InstanceError::call)
    }

    fn func<P, R>(&mut self, name: &str) -> Result<TypedFunc<P, R>, InstanceError>
    where
        P: ComponentNamedList + Lower,
        R: ComponentNamedList + Lift,
    {
        self.instance.get_typed_func(&mut *self.store, name).map_err(InstanceError::call)
    }
}
