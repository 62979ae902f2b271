//! `GET /api/sessions/{name}/export` and `POST /api/sessions/{name}/import`: sessions as files.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Json;
use axum::extract::{Request, State};
use bytes::Bytes;
use hyper::StatusCode;
use hyper::header::{CONTENT_DISPOSITION, CONTENT_TYPE, HeaderName, HeaderValue};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::extract::{Session, Tenant};
use super::problem::Problem;
use super::{Shared, body};
use crate::name::TenantName;
use crate::session::SessionMetadata;

/// Exported sessions in memory at once: being made, sent or received. Each takes up to `transfer_bytes_max`, which no
/// budget counts.
const TRANSFERS_MAX: usize = 4;

/// Those of one tenant, so that one whose uploads trickle in keeps only its own waiting.
const TENANT_TRANSFERS_MAX: usize = 2;

/// The places for exported sessions in memory.
pub(super) struct Transfers {
    places: Arc<Semaphore>,
    /// Each tenant's part of them.
    shares: Mutex<HashMap<TenantName, Arc<Semaphore>>>,
    /// How long a caller waits for one.
    wait: Duration,
    /// Longest file that is taken.
    bytes_max: usize,
}

impl Transfers {
    pub(super) fn new(bytes_max: usize, wait: Duration) -> Self {
        Self { places: Arc::new(Semaphore::new(TRANSFERS_MAX)), shares: Mutex::default(), wait, bytes_max }
    }

    async fn place(&self, tenant: &TenantName) -> Result<Transfer, Problem> {
        let share = {
            let mut shares = self.shares.lock().unwrap_or_else(PoisonError::into_inner);
            let share = shares.entry(tenant.clone());
            share.or_insert_with(|| Arc::new(Semaphore::new(TENANT_TRANSFERS_MAX))).clone()
        };
        let both = async {
            let share = share.acquire_owned().await.expect("the semaphore is never closed");
            let place = self.places.clone().acquire_owned().await.expect("the semaphore is never closed");
            Transfer { _place: place, _share: share }
        };
        tokio::time::timeout(self.wait, both).await.map_err(|_| Problem::transfers_busy(TRANSFERS_MAX))
    }
}

/// The right to hold an exported session in memory, until dropped.
struct Transfer {
    _place: OwnedSemaphorePermit,
    _share: OwnedSemaphorePermit,
}

/// A file on its way to a client, with its place until it has gone.
struct Outgoing {
    bytes: Vec<u8>,
    _transfer: Transfer,
}

impl AsRef<[u8]> for Outgoing {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

/// Sends a session as a file: its state, and as much of its history as that needs or holds.
pub(super) async fn export(
    State(shared): State<Arc<Shared>>,
    Tenant(tenant): Tenant,
    Session(name): Session,
) -> Result<([(HeaderName, HeaderValue); 2], Bytes), Problem> {
    let transfer = shared.transfers.place(&tenant).await?;
    let bytes = shared.manager.export(&tenant, &name).await?;
    let file = HeaderValue::from_str(&format!("attachment; filename=\"{name}.hostel\""))
        .expect("names are made of visible characters only");
    let headers = [(CONTENT_TYPE, HeaderValue::from_static(body::EXPORT_TYPE)), (CONTENT_DISPOSITION, file)];
    Ok((headers, Bytes::from_owner(Outgoing { bytes, _transfer: transfer })))
}

/// Makes a session of such a file.
pub(super) async fn import(
    State(shared): State<Arc<Shared>>,
    Tenant(tenant): Tenant,
    Session(name): Session,
    request: Request,
) -> Result<(StatusCode, Json<SessionMetadata>), Problem> {
    let (parts, body) = request.into_parts();
    body::expect_export(&parts.headers)?;
    let _transfer = shared.transfers.place(&tenant).await?;
    let limit = ("transfer_bytes_max", shared.transfers.bytes_max);
    let bytes = body::read_within(body, limit, shared.body_timeout).await?;
    Ok((StatusCode::CREATED, Json(shared.manager.import(&tenant, &name, bytes).await?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_transfer_too_many_waits_for_a_place_and_is_told_when_to_come_back() {
        let transfers = Transfers::new(1, Duration::ZERO);
        let tenant = |name: &str| TenantName::new(name).unwrap();
        let mut taken = Vec::new();
        for name in ["a", "a", "b", "b"] {
            taken.push(transfers.place(&tenant(name)).await.unwrap());
        }
        assert!(transfers.place(&tenant("c")).await.err().unwrap().detail().contains("4 sessions are being exported"));

        let sent = Bytes::from_owner(Outgoing { bytes: vec![1], _transfer: taken.pop().unwrap() });
        let rest = sent.clone();
        drop(sent);
        assert!(transfers.place(&tenant("c")).await.is_err(), "a part of the file is still on its way");
        drop(rest);
        assert!(transfers.place(&tenant("a")).await.is_err(), "it has its part");
        assert!(transfers.place(&tenant("c")).await.is_ok());
    }
}
