//! A guest's compiled code, ready to be instantiated.

use std::sync::Arc;

use wasmtime::component::{ComponentNamedList, Instance, InstancePre, Lift, Lower, TypedFunc};
use wasmtime::{Store, UpdateDeadline};

use super::access::AccessShape;
use super::bindings::{REPL, STATE};
use super::capture::BaseImage;
use super::engine::Compiled;
use super::state::HostState;
use super::{HostEngine, InstanceError, InstanceLimits, SessionInstance};
use crate::memory::Reservation;
use crate::name::Digest;

/// A guest's compiled code and its base image.
#[derive(Clone)]
pub struct GuestCode {
    /// The guest's identity: the digest of the component that was registered.
    pub digest: Digest,
    /// What its access module offers.
    pub shape: AccessShape,
    /// What its sessions begin as.
    pub base: Arc<BaseImage>,
    pub(super) engine: HostEngine,
    pre: InstancePre<HostState>,
}

impl GuestCode {
    /// Code from a component that has the access module, with the base image that its instances begin as.
    ///
    /// # Errors
    /// [`InstanceError::Contract`] when the component imports what the host doesn't offer; otherwise as for
    /// [`GuestCode::instantiate`].
    pub(crate) async fn new(
        engine: &HostEngine,
        component: &Compiled,
        digest: Digest,
        shape: AccessShape,
        limits: InstanceLimits,
    ) -> Result<Self, InstanceError> {
        let pre = engine.linker.instantiate_pre(&component.0).map_err(InstanceError::Contract)?;
        let base = Arc::new(BaseImage::new(Vec::new(), Vec::new()));
        let mut code = Self { digest, shape, base, engine: engine.clone(), pre };
        let first = Arc::new(code.clone());
        code.base = Arc::new(first.instantiate(limits, None).await?.capture_whole().await?);
        Ok(code)
    }

    /// Its sessions can be moved to another version of it: it saves and loads a portable form of its state.
    #[must_use]
    pub fn is_portable(&self) -> bool {
        self.pre.component().get_export_index(None, STATE).is_some()
    }

    /// A fresh instance in the state of the base image.
    ///
    /// # Errors
    /// [`InstanceError::NoPlace`] when the engine's pool is full, [`InstanceError::Stopped`] when the guest is refused its
    /// memory or traps, [`InstanceError::Contract`] when it doesn't export what it should.
    pub async fn instantiate(
        self: &Arc<Self>,
        limits: InstanceLimits,
        reservation: Option<Reservation>,
    ) -> Result<SessionInstance, InstanceError> {
        let mut store = Store::new(&self.engine.engine, HostState::new(limits, reservation));
        store.limiter_async(|state| &mut state.limiter);
        store.epoch_deadline_callback(|mut store| {
            let stop = store.data().must_stop();
            let halt = stop.is_some();
            store.data_mut().turn.stopped = stop;
            Ok(if halt { UpdateDeadline::Interrupt } else { UpdateDeadline::Yield(1) })
        });
        store.set_epoch_deadline(2);
        store.data().turn.deadline.set(std::time::Instant::now() + limits.command_timeout);
        let _running = self.engine.ticker.run();
        let instance = match self.pre.instantiate_async(&mut store).await {
            Ok(instance) => instance,
            Err(error) if is_no_place(&error) => return Err(InstanceError::NoPlace(error)),
            Err(error) => {
                let state = store.data();
                let stopped = state.turn.stopped.clone();
                let failure = || super::TurnFailure::of(&error, state.limiter.denied.clone());
                return Err(InstanceError::Stopped(stopped.unwrap_or_else(failure)));
            }
        };
        let execute = func(&mut store, instance, REPL, "execute")?;
        let measured = super::Footprint { host_bytes: super::INSTANCE_HOST_BYTES, ..super::Footprint::default() };
        let code = self.clone();
        let mut session = SessionInstance { code, store, instance, execute, measured, unmeasured: u64::MAX / 2 };
        session.locate().await?;
        Ok(session)
    }
}

/// Whether the engine's pool is full, or the system has no more memory mappings for it.
fn is_no_place(error: &wasmtime::Error) -> bool {
    let out_of_memory = |cause: &(dyn std::error::Error + 'static)| {
        cause.downcast_ref::<std::io::Error>().is_some_and(|error| error.kind() == std::io::ErrorKind::OutOfMemory)
            || cause.downcast_ref::<rustix::io::Errno>() == Some(&rustix::io::Errno::NOMEM)
    };
    error.is::<wasmtime::PoolConcurrencyLimitError>() || error.chain().any(out_of_memory)
}

/// A function of one of the guest's interfaces, of the contract's type.
pub(super) fn func<P, R>(
    store: &mut Store<HostState>,
    instance: Instance,
    interface: &str,
    name: &str,
) -> Result<TypedFunc<P, R>, InstanceError>
where
    P: ComponentNamedList + Lower,
    R: ComponentNamedList + Lift,
{
    let missing =
        || InstanceError::Contract(wasmtime::Error::msg(format!("it does not export {interface} with {name}")));
    let (_, exported) = instance.get_export(&mut *store, None, interface).ok_or_else(missing)?;
    let (_, func) = instance.get_export(&mut *store, Some(&exported), name).ok_or_else(missing)?;
    instance.get_typed_func(&mut *store, func).map_err(InstanceError::Contract)
}
