//! A session's record as JSON, with its format, and checked against the key it stands under.

mod v1;

use std::collections::BTreeSet;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use self::v1::SessionV1;
use crate::name::{Digest, TenantName};
use crate::store::{SessionRecord, StoreError};

/// The format of records from before there were branches and checkpoints.
const RECORD_V1: u32 = 1;
/// The newest format of a record, and the one that is written.
const RECORD_V2: u32 = 2;

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
struct Read<T> {
    session: T,
}

/// The record's bytes.
pub(super) fn encode(record: &SessionRecord) -> Vec<u8> {
    serde_json::to_vec(&Written { format: RECORD_V2, session: record })
        .expect("a record is text and numbers, all of which JSON can say")
}

/// The record in `bytes`, which stand under `key`.
pub(super) fn decode(key: &[u8], bytes: &[u8]) -> Result<SessionRecord, StoreError> {
    read(key, bytes).map_err(|reason| StoreError::Damaged { session: readable(key), reason })
}

/// Whose session the record in `bytes` is, and which guest it has: all formats tell that alike.
pub(super) fn decode_guests(key: &[u8], bytes: &[u8]) -> Result<(TenantName, BTreeSet<Digest>), StoreError> {
    #[derive(Deserialize)]
    struct Owned {
        tenant: TenantName,
        guest: Pinned,
        #[serde(default)]
        guests: Vec<Pinned>,
    }
    #[derive(Deserialize)]
    struct Pinned {
        digest: Digest,
    }
    let read = parse::<Read<Owned>>(bytes).map(|Read { session }| {
        let guests = session.guests.iter().chain([&session.guest]).map(|pin| pin.digest);
        (session.tenant, guests.collect())
    });
    read.map_err(|reason| StoreError::Damaged { session: readable(key), reason })
}

fn read(key: &[u8], bytes: &[u8]) -> Result<SessionRecord, String> {
    let session = match parse::<Format>(bytes)?.format {
        RECORD_V1 => parse::<Read<SessionV1>>(bytes)?.session.into(),
        RECORD_V2 => parse::<Read<SessionRecord>>(bytes)?.session,
        format => return Err(format!("it has format {format}, this program knows up to {RECORD_V2}")),
    };
    if super::keys::session(&session.tenant, session.name.as_str()) != key {
        return Err(format!("it is that of {}/{}", session.tenant, session.name));
    }
    Ok(session)
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, String> {
    serde_json::from_slice(bytes).map_err(|error| error.to_string())
}

/// `tenant/name`.
fn readable(key: &[u8]) -> String {
    String::from_utf8_lossy(key).replacen('\0', "/", 1)
}
