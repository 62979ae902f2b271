//! New sessions: what they may be asked to be, and their first record.

use std::sync::Arc;

use super::entry::{Acting, Facts, Session};
use super::manager::{SessionManager, now_ms};
use super::tenants::TenantShare;
use super::{CreateOptions, SessionError};
use crate::guest::Guest;
use crate::name::{SessionId, SessionName, TenantName};
use crate::store::{Change, GuestPin, JournalSize, LimitOverrides, SessionRecord};

impl SessionManager {
    /// The session of that name, or a new one as `options` have it. True when it was made now.
    pub(super) fn create_entry(
        &self,
        tenant: &TenantName,
        name: &SessionName,
        options: &CreateOptions,
        guest: &Guest,
    ) -> Result<(Acting, bool), SessionError> {
        let share = self.shares.of(tenant);
        self.check_limits(&options.limits, &share, guest)?;
        if let Some(asked) = options.functions.as_ref().filter(|asked| !asked.are_within(&share.functions)) {
            let (asked, allowed) = (asked.to_string(), share.functions.to_string());
            return Err(SessionError::FunctionsBeyond { asked, allowed });
        }
        let make = || {
            let record = new_record(tenant, name, self.pin(guest, options), options);
            self.commit(&[Change::PutSession(&record)], record.durability.unwrap_or(share.limits.durability))?;
            Ok(record)
        };
        self.get_or_make(tenant, name, make)
    }

    /// The session of that name, or a new one with the record that `make` stores. True when it was made now.
    pub(super) fn get_or_make(
        &self,
        tenant: &TenantName,
        name: &SessionName,
        make: impl FnOnce() -> Result<SessionRecord, SessionError>,
    ) -> Result<(Acting, bool), SessionError> {
        let share = self.shares.of(tenant);
        let mut created = false;
        let session = self.sessions.get_or_load(tenant, name, || {
            if let Some(record) = self.store.session(tenant, name)? {
                return Ok(Some(self.loaded(record)?));
            }
            share.check_storage(&*self.store)?;
            share.session_added(|| self.store.session_count(tenant))?;
            let record = make().inspect_err(|_| share.session_removed())?;
            created = true;
            Ok::<_, SessionError>(Some(Session::new(Facts::of(record), share.clone())))
        })?;
        session.map(|session| (session, created)).ok_or_else(|| SessionError::NotFound(name.clone()))
    }

    /// The guest that a new session gets, loaded. The caller keeps it until the session is committed, so that it is not
    /// removed meanwhile.
    pub(super) async fn guest_for(&self, options: &CreateOptions) -> Result<Arc<Guest>, SessionError> {
        // The usual case waits for nobody.
        let loaded = if options.guest.is_none() { self.guests.named(None) } else { None };
        match loaded {
            Some(guest) => Ok(guest),
            None => self.guests.resolve(options.guest.as_ref()).await.map_err(SessionError::from),
        }
    }

    /// What a new session notes of its guest: its name as it was asked for.
    fn pin(&self, guest: &Guest, options: &CreateOptions) -> GuestPin {
        let asked = options.guest.as_ref().map(|guest| guest.name.clone());
        GuestPin { name: asked.unwrap_or_else(|| self.guests.default_name()), digest: guest.digest() }
    }

    fn check_limits(&self, limits: &LimitOverrides, share: &TenantShare, guest: &Guest) -> Result<(), SessionError> {
        let host = &self.config.limits;
        let timeout_max = u64::try_from(host.command_timeout.as_millis()).unwrap_or(u64::MAX);
        let memory = guest.code.base.bytes() as u64..=share.limits.session_memory_bytes;
        let asked = [
            ("memoryBytes", limits.memory_bytes, memory, "session_memory"),
            ("commandTimeoutMs", limits.command_timeout_ms, 1..=timeout_max, "command_timeout"),
            ("outputBytes", limits.output_bytes, 1..=host.output_bytes_max as u64, "output_bytes_max"),
        ];
        for (what, value, range, setting) in asked {
            if let Some(asked) = value.filter(|value| !range.contains(value)) {
                let (min, max) = range.into_inner();
                return Err(SessionError::LimitRange { what, asked, min, max, setting });
            }
        }
        Ok(())
    }

    pub(super) fn check_same(
        &self,
        record: &SessionRecord,
        options: &CreateOptions,
        guest: &Guest,
    ) -> Result<(), SessionError> {
        let conflict = |difference| SessionError::Conflict { name: record.name.clone(), difference };
        if options.guest.is_some() && guest.digest() != record.guest.digest {
            return Err(conflict(format!("its guest is {} {}", record.guest.name, record.guest.digest)));
        }
        if options.limits != LimitOverrides::default() && options.limits != record.limits {
            return Err(conflict("its limits are different".to_owned()));
        }
        if options.durability.is_some() && options.durability != record.durability {
            return Err(conflict("its durability is different".to_owned()));
        }
        if options.functions.is_some() && options.functions != record.functions {
            return Err(conflict("its functions are different".to_owned()));
        }
        Ok(())
    }
}

fn new_record(tenant: &TenantName, name: &SessionName, guest: GuestPin, options: &CreateOptions) -> SessionRecord {
    let now = now_ms();
    SessionRecord {
        id: new_id(),
        tenant: tenant.clone(),
        name: name.clone(),
        guest,
        guests: Vec::new(),
        created_ms: now,
        last_accessed_ms: now,
        event: 0,
        last_event: 0,
        first_event: 1,
        journal: JournalSize::default(),
        tip: 0,
        branched: false,
        keyed: false,
        snapshots: Vec::new(),
        checkpoints: Vec::new(),
        values_bytes: 0,
        counted_bytes: 0,
        origin: None,
        memory_bytes: 0,
        limits: options.limits,
        durability: options.durability,
        functions: options.functions.clone(),
    }
}

/// An id that no session has had.
pub(super) fn new_id() -> SessionId {
    let mut id = [0; 16];
    getrandom::fill(&mut id).expect("the operating system gives random numbers");
    SessionId::from_bytes(id)
}
