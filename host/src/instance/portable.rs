//! The portable form of a guest's state, which another version of the guest can take over.

use std::sync::Arc;
use std::time::Instant;

use wasmtime::component::{ComponentNamedList, ComponentType, Lift, Lower};

use super::bindings::STATE;
use super::{HOSTCALL_SLACK_BYTES, Interrupt, SessionInstance, Source, TurnFailure};

impl SessionInstance {
    /// The session's state in the guest's own portable form, or why it has none. The bytes are fewer than the session's
    /// memory holds. The instance is to be dropped then.
    ///
    /// # Errors
    /// As for [`SessionInstance::execute`].
    pub async fn save_portable(&mut self, interrupt: Arc<Interrupt>) -> Result<Result<Vec<u8>, String>, TurnFailure> {
        self.ask_state("save", (), interrupt).await
    }

    /// Brings a fresh instance into the state that another version saved; or why the guest can't take it over, and then
    /// the instance is to be dropped.
    ///
    /// # Errors
    /// As for [`SessionInstance::execute`].
    pub async fn load_portable(
        &mut self,
        saved: Vec<u8>,
        interrupt: Arc<Interrupt>,
    ) -> Result<Result<(), String>, TurnFailure> {
        self.ask_state("load", (saved,), interrupt).await
    }

    async fn ask_state<P, R>(&mut self, name: &str, params: P, interrupt: Arc<Interrupt>) -> Result<R, TurnFailure>
    where
        P: ComponentNamedList + Lower + Send + Sync + 'static,
        R: ComponentType + Lift + Send + Sync + 'static,
    {
        self.begin_turn(Source::Live(None), interrupt.clone(), Instant::now());
        // What crosses lies in the guest's memory as a whole.
        let memory = usize::try_from(self.store.data().limiter.limits.memory_bytes).unwrap_or(usize::MAX);
        self.store.set_hostcall_fuel(memory.saturating_add(HOSTCALL_SLACK_BYTES));
        let answer = tokio::select! {
            biased;
            answer = self.call(STATE, name, params) => answer,
            () = interrupt.triggered() => Err(TurnFailure::Interrupted),
        };
        self.store.data().outside.end();
        // What the host refused for lack of room it may grant the next time, so the guest's answer means nothing.
        match self.store.data().limiter.denied {
            Some(TurnFailure::HostMemoryExceeded) => Err(TurnFailure::HostMemoryExceeded),
            _ => answer,
        }
    }

    /// Digest of the guest whose instance it is.
    #[must_use]
    pub fn guest(&self) -> crate::name::Digest {
        self.code.digest
    }
}
