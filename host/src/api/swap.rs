//! Changing guests: of one session, and of all that are on one guest.

use std::sync::Arc;

use axum::extract::State;
use axum::{Extension, Json};
use serde::Deserialize;

use super::Shared;
use super::extract::{Options, Session, Tenant};
use super::guests::Operator;
use super::problem::Problem;
use super::request_id::RequestId;
use crate::name::{CheckpointName, GuestRef, SessionName, TenantName};
use crate::session::{SwapMethod, SwapOptions, SwapReport, Upgrade, UpgradePage};

/// Sessions of one page of an upgrade, when the request does not say how many, and at most: each takes milliseconds, or
/// seconds where a history is run again, and the page is answered when all of them are done.
const PAGE: usize = 20;
const PAGE_MAX: usize = 1_000;

// === POST /api/sessions/{name}/guest ===

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Swap {
    guest: Option<GuestRef>,
    how: Option<SwapMethod>,
    checkpoint: Option<CheckpointName>,
    #[serde(default)]
    dry_run: bool,
}

impl Swap {
    fn options(self, id: &RequestId) -> Result<SwapOptions, Problem> {
        let guest = self.guest.ok_or_else(|| Problem::invalid_body("expected `guest`, the new one"))?;
        let how = method(self.how)?;
        Ok(SwapOptions { guest, how, checkpoint: self.checkpoint, dry_run: self.dry_run, turn: Some(id.turn()) })
    }
}

fn method(how: Option<SwapMethod>) -> Result<SwapMethod, Problem> {
    how.ok_or_else(|| Problem::invalid_body("expected `how`, either `transfer` or `replay`"))
}

/// Changes a session's guest.
pub(super) async fn swap(
    State(shared): State<Arc<Shared>>,
    Tenant(tenant): Tenant,
    Session(name): Session,
    Extension(id): Extension<RequestId>,
    Options(swap): Options<Swap>,
) -> Result<Json<SwapReport>, Problem> {
    Ok(Json(shared.manager.swap(&tenant, &name, swap.options(&id)?).await?))
}

// === POST /api/guests/upgrade ===

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Page {
    from: Option<GuestRef>,
    to: Option<GuestRef>,
    how: Option<SwapMethod>,
    #[serde(default)]
    dry_run: bool,
    tenant: Option<TenantName>,
    after: Option<String>,
    limit: Option<usize>,
}

impl Page {
    fn upgrade(self) -> Result<Upgrade, Problem> {
        let (Some(from), Some(to)) = (self.from, self.to) else {
            return Err(Problem::invalid_body("expected `from` and `to`, two guests"));
        };
        let limit = self.limit.unwrap_or(PAGE);
        if !(1..=PAGE_MAX).contains(&limit) {
            return Err(Problem::invalid_body(&format!("limit must be between 1 and {PAGE_MAX}")));
        }
        let after = self.after.as_deref().map(place).transpose()?;
        Ok(Upgrade { from, to, how: method(self.how)?, dry_run: self.dry_run, tenant: self.tenant, after, limit })
    }
}

/// What a page told as `next`.
fn place(text: &str) -> Result<(TenantName, SessionName), Problem> {
    let (tenant, session) = text.split_once('/').ok_or_else(|| {
        Problem::invalid_body("expected `after` to be what `next` was, a tenant, a slash and a session")
    })?;
    Ok((TenantName::new(tenant)?, SessionName::new(session)?))
}

/// Changes the guest of a page of sessions, of whatever tenants.
pub(super) async fn upgrade(
    State(shared): State<Arc<Shared>>,
    _: Operator,
    Options(page): Options<Page>,
) -> Result<Json<UpgradePage>, Problem> {
    Ok(Json(shared.manager.upgrade(page.upgrade()?).await?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn upgrade_of(json: &str) -> Result<Upgrade, String> {
        let page: Page = serde_json::from_str(json).map_err(|error| error.to_string())?;
        page.upgrade().map_err(|problem| problem.detail().to_owned())
    }

    #[test]
    fn an_upgrade_names_both_guests_and_how() {
        let asked =
            upgrade_of(r#"{"from": "a", "to": "b@2", "how": "replay", "dryRun": true, "after": "t/s"}"#).unwrap();
        assert_eq!((asked.limit, asked.dry_run, asked.how), (PAGE, true, SwapMethod::Replay));
        assert_eq!(asked.to.to_string(), "b@2");
        assert_eq!(asked.after.map(|(tenant, session)| format!("{tenant} {session}")).as_deref(), Some("t s"));
        for (json, words) in [
            ("{}", "`from` and `to`"),
            (r#"{"from": "a", "to": "b"}"#, "either `transfer` or `replay`"),
            (r#"{"from": "a", "to": "b", "how": "copy"}"#, "unknown variant `copy`"),
            (r#"{"from": "a", "to": "b", "how": "replay", "limit": 0}"#, "between 1 and 1000"),
            (r#"{"from": "a", "to": "b", "how": "replay", "after": "s"}"#, "a slash"),
            (r#"{"from": "a", "to": "b", "how": "replay", "rate": 1}"#, "unknown field `rate`"),
        ] {
            let problem = upgrade_of(json).unwrap_err();
            assert!(problem.contains(words), "{json}: {problem}");
        }
    }
}
