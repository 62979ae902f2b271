//! Upgrades: all sessions that are on one guest go on with another, a page at a time.
//!
//! One session is swapped after the other, so that an upgrade takes one place in the pool at any moment; a session that
//! was not live before is not afterwards. What is done is done: an upgrade that broke off goes on where it is told to, and
//! passes over what has the new guest already.

use std::sync::Arc;

use serde::Serialize;

use super::entry::Ticket;
use super::manager::SessionManager;
use super::snapshots::on_a_thread;
use super::swap::{Afterwards, SwapMethod, SwapOptions, SwapReport, failed};
use super::{Begin, SessionError, detach};
use crate::guest::Guest;
use crate::name::{Digest, GuestRef, SessionName, TenantName};
use crate::store::SessionRecord;

/// Records that are looked at for one page: some milliseconds, also when none of them is to be upgraded.
const LOOKED_AT_MAX: usize = 10_000;

/// Records read at once.
const RECORDS_AT_ONCE: usize = 500;

/// What to upgrade, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upgrade {
    /// The guest that the sessions are on.
    pub from: GuestRef,
    /// The guest that they are to have.
    pub to: GuestRef,
    /// How their states get there.
    pub how: SwapMethod,
    /// Only tell what would come of it.
    pub dry_run: bool,
    /// Only sessions of this tenant.
    pub tenant: Option<TenantName>,
    /// Only sessions after this one.
    pub after: Option<(TenantName, SessionName)>,
    /// At most so many.
    pub limit: usize,
}

/// What an upgrade did to some sessions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct UpgradePage {
    /// The sessions that were on the old guest.
    pub sessions: Vec<Upgraded>,
    /// Sessions that were looked at and are on other guests.
    pub passed_over: u64,
    /// Where to go on; absent at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// What became of one session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Upgraded {
    /// Whose it is.
    pub tenant: TenantName,
    /// Its name.
    pub session: SessionName,
    /// What became of it.
    pub outcome: UpgradeOutcome,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What the swap did, or would do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub report: Option<SwapReport>,
}

/// What became of one session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum UpgradeOutcome {
    /// It is on the new guest now, or could be.
    Upgraded,
    /// So, and some events of its history end otherwise there.
    Differing,
    /// It has the new guest already, is gone, or somebody else changed its guest.
    Skipped,
    /// It is on the old guest.
    Failed,
}

impl SessionManager {
    /// Brings some of the sessions that are on one guest to another. Sessions that can't be brought there are told of, and
    /// stay as they are.
    ///
    /// # Errors
    /// [`SessionError::GuestUnknown`], [`SessionError::ShuttingDown`], [`SessionError::Store`].
    pub async fn upgrade(self: &Arc<Self>, upgrade: Upgrade) -> Result<UpgradePage, SessionError> {
        self.check_open()?;
        // It need not be there any more: sessions whose states are saved can be taken off it by replay all the same.
        let from = self.guests.digest_of(&upgrade.from)?;
        let to = self.guest_meant(&upgrade.to).await?;
        let (manager, upgrade) = (self.clone(), Arc::new(upgrade));
        detach(&self.turns, Begin::There, async move {
            let (finding, wanted) = (manager.clone(), upgrade.clone());
            let found = on_a_thread(true, move || finding.find_on(from, &wanted)).await??;
            let mut page = UpgradePage { sessions: Vec::new(), passed_over: found.passed_over, next: found.next };
            for (tenant, name) in found.sessions {
                page.sessions.push(manager.upgrade_one(&tenant, &name, from, &to, &upgrade).await?);
            }
            Ok(page)
        })
        .await
    }

    /// The next sessions on a guest.
    fn find_on(&self, from: Digest, upgrade: &Upgrade) -> Result<Found, SessionError> {
        let mut found = Found { sessions: Vec::new(), passed_over: 0, next: None };
        let mut looked_at = 0;
        let mut after = upgrade.after.clone();
        loop {
            let next = after.as_ref().map(|(tenant, name)| (tenant, name));
            let records = match &upgrade.tenant {
                Some(tenant) => {
                    let within = next.filter(|(of, _)| *of == tenant).map(|(_, name)| name);
                    self.store.sessions(tenant, "", within, RECORDS_AT_ONCE)?
                }
                None => self.store.all_sessions(next, RECORDS_AT_ONCE)?,
            };
            let last = records.len() < RECORDS_AT_ONCE;
            for SessionRecord { tenant, name, guest, .. } in records {
                if found.sessions.len() == upgrade.limit || looked_at == LOOKED_AT_MAX {
                    found.next = after.map(|(tenant, name)| format!("{tenant}/{name}"));
                    return Ok(found);
                }
                looked_at += 1;
                if guest.digest == from {
                    found.sessions.push((tenant.clone(), name.clone()));
                } else {
                    found.passed_over += 1;
                }
                after = Some((tenant, name));
            }
            if last {
                return Ok(found);
            }
        }
    }

    async fn upgrade_one(
        self: &Arc<Self>,
        tenant: &TenantName,
        name: &SessionName,
        from: Digest,
        to: &Arc<Guest>,
        upgrade: &Upgrade,
    ) -> Result<Upgraded, SessionError> {
        let (outcome, reason, report) = match self.swap_if_on(tenant, name, from, to, upgrade).await {
            // Both names mean one version.
            Ok(Some(_)) if from == to.digest() => (UpgradeOutcome::Skipped, None, None),
            Ok(Some(report)) if report.carried.differing > 0 => (UpgradeOutcome::Differing, None, Some(report)),
            Ok(Some(report)) => (UpgradeOutcome::Upgraded, None, Some(report)),
            Ok(None) | Err(SessionError::NotFound(_)) => (UpgradeOutcome::Skipped, None, None),
            Err(error @ SessionError::ShuttingDown) => return Err(error),
            Err(error) => {
                tracing::warn!(session = %name, %tenant, error = &error as &dyn std::error::Error, "a session keeps its guest");
                (UpgradeOutcome::Failed, Some(error.to_string()), None)
            }
        };
        Ok(Upgraded { tenant: tenant.clone(), session: name.clone(), outcome, reason, report })
    }

    /// Nothing when the session has another guest by now.
    async fn swap_if_on(
        self: &Arc<Self>,
        tenant: &TenantName,
        name: &SessionName,
        from: Digest,
        to: &Arc<Guest>,
        upgrade: &Upgrade,
    ) -> Result<Option<SwapReport>, SessionError> {
        let session = self.there(tenant, name)?;
        let ticket = Ticket::new(None);
        // A command that waits for somebody may do so for long, and the other sessions are not to wait for that.
        let patience = self.config.limits.command_timeout + self.config.pool.admission_wait;
        let turn = tokio::time::timeout(patience, session.queue_for_host()).await;
        let turn = turn.map_err(|_| failed(&session, format!("its commands did not end within {patience:?}")))?;
        let _turn = turn?;
        if session.facts().record.guest.digest != from {
            return Ok(None);
        }
        let Upgrade { to: guest, how, dry_run, .. } = upgrade.clone();
        let options = SwapOptions { guest, how, checkpoint: None, dry_run, turn: None };
        self.swap_session(&session, to, &options, &ticket, Afterwards::AsBefore).await.map(Some)
    }
}

/// Sessions to upgrade.
struct Found {
    sessions: Vec<(TenantName, SessionName)>,
    passed_over: u64,
    next: Option<String>,
}
