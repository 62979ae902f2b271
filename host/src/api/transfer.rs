//! `GET /api/sessions/{name}/export` and `POST /api/sessions/{name}/import`: sessions as files.

use std::sync::Arc;
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
use crate::session::SessionMetadata;

/// Exported sessions in memory at once: being made, sent or received. Each takes up to `transfer_bytes_max`, which no
/// budget counts.
const TRANSFERS_MAX: usize = 4;

/// The places for exported sessions in memory.
pub(super) struct Transfers {
    places: Arc<Semaphore>,
    /// How long a caller waits for one.
    wait: Duration,
    /// Longest file that is taken.
    bytes_max: usize,
}

impl Transfers {
    pub(super) fn new(bytes_max: usize, wait: Duration) -> Self {
        Self { places: Arc::new(Semaphore::new(TRANSFERS_MAX)), wait, bytes_max }
    }

    async fn place(&self) -> Result<OwnedSemaphorePermit, Problem> {
        let waited = tokio::time::timeout(self.wait, self.places.clone().acquire_owned()).await;
        let place = waited.map_err(|_| Problem::transfers_busy(TRANSFERS_MAX))?;
        Ok(place.expect("the semaphore is never closed"))
    }
}

/// A file on its way to a client, with its place until it has gone.
struct Outgoing {
    bytes: Vec<u8>,
    _place: OwnedSemaphorePermit,
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
    let place = shared.transfers.place().await?;
    let bytes = shared.manager.export(&tenant, &name).await?;
    let file = HeaderValue::from_str(&format!("attachment; filename=\"{name}.hostel\""))
        .expect("names are made of visible characters only");
    let headers = [(CONTENT_TYPE, HeaderValue::from_static(body::EXPORT_TYPE)), (CONTENT_DISPOSITION, file)];
    Ok((headers, Bytes::from_owner(Outgoing { bytes, _place: place })))
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
    let _place = shared.transfers.place().await?;
    let bytes_max = shared.transfers.bytes_max;
    let bytes = body::read(body, bytes_max, shared.body_timeout).await;
    let bytes = bytes.map_err(|problem| problem.limited_by("transfer_bytes_max", bytes_max))?;
    Ok((StatusCode::CREATED, Json(shared.manager.import(&tenant, &name, bytes).await?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_transfer_too_many_waits_for_a_place_and_is_told_when_to_come_back() {
        let transfers = Transfers::new(1, Duration::ZERO);
        let mut taken = Vec::new();
        for _ in 0..TRANSFERS_MAX {
            taken.push(transfers.place().await.unwrap());
        }
        assert!(transfers.place().await.unwrap_err().detail().contains("4 sessions are being exported"));

        let sent = Bytes::from_owner(Outgoing { bytes: vec![1], _place: taken.pop().unwrap() });
        let rest = sent.clone();
        drop(sent);
        assert!(transfers.place().await.is_err(), "a part of the file is still on its way");
        drop(rest);
        assert!(transfers.place().await.is_ok());
    }
}
