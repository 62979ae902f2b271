//! A session's record as JSON, with its format, and checked against the key it stands under.

use serde::{Deserialize, Serialize};

use crate::store::{SessionRecord, StoreError};

/// The newest format of a record, and the one that is written.
const RECORD_V1: u32 = 1;

#[derive(Serialize)]
struct Written<'a> {
    format: u32,
    session: &'a SessionRecord,
}

#[derive(Deserialize)]
struct Format {
    format: u32,
}

#[derive(Deserialize)]
struct Read {
    session: SessionRecord,
}

/// The record's bytes.
pub(super) fn encode(record: &SessionRecord) -> Vec<u8> {
    serde_json::to_vec(&Written { format: RECORD_V1, session: record })
        .expect("a record is text and numbers, all of which JSON can say")
}

/// The record in `bytes`, which stand under `key`.
pub(super) fn decode(key: &[u8], bytes: &[u8]) -> Result<SessionRecord, StoreError> {
    read(key, bytes).map_err(|reason| StoreError::Damaged { session: readable(key), reason })
}

fn read(key: &[u8], bytes: &[u8]) -> Result<SessionRecord, String> {
    let Format { format } = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
    if format != RECORD_V1 {
        return Err(format!("it has format {format}, this program knows {RECORD_V1}"));
    }
    let Read { session } = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
    if super::keys::session(&session.tenant, session.name.as_str()) != key {
        return Err(format!("it is that of {}/{}", session.tenant, session.name));
    }
    Ok(session)
}

/// `tenant/name`.
fn readable(key: &[u8]) -> String {
    String::from_utf8_lossy(key).replacen('\0', "/", 1)
}
