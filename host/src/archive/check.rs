//! What a host that takes an archive relies on.

use super::Archive;
use crate::journal::Event;
use crate::store::SnapshotEntry;

/// No session comes so far, at a million commands a second for three centuries; and numbers up to it can be added up.
const LAST_EVENT_MAX: u64 = 1 << 53;

/// Says what is wrong with it.
pub(super) fn check(archive: &Archive) -> Result<(), String> {
    check_place(archive)?;
    check_branches(archive)?;
    check_events(archive)?;
    check_snapshots(archive)?;
    check_guests(archive)?;
    check_checkpoints(archive)?;
    check_values(archive)
}

/// The session stands within its history.
fn check_place(archive: &Archive) -> Result<(), String> {
    let record = &archive.record;
    if record.last_event > LAST_EVENT_MAX {
        return Err(format!("event {} is past what any session comes to", record.last_event));
    }
    if record.first_event == 0 || record.first_event - 1 > record.last_event {
        return Err(format!("its history can't go from event {} to event {}", record.first_event, record.last_event));
    }
    if record.event.max(record.tip) > record.last_event {
        return Err(format!("it stands past its last event, {}", record.last_event));
    }
    Ok(())
}

fn check_branches(archive: &Archive) -> Result<(), String> {
    let record = &archive.record;
    if let Some((first, _)) = out_of_order(&archive.branches) {
        return Err(format!("branch {first} is out of order"));
    }
    let wrong = |(first, parent): &&(u64, u64)| parent >= first || *first > record.last_event;
    if let Some((first, parent)) = archive.branches.iter().find(wrong) {
        return Err(format!("branch {first} can't follow event {parent}"));
    }
    if !archive.branches.is_empty() && !record.branched {
        return Err("it has branches, and its record says that it has none".to_owned());
    }
    Ok(())
}

/// Each event can be read and belongs where it stands.
fn check_events(archive: &Archive) -> Result<(), String> {
    let history = archive.record.first_event..=archive.record.last_event;
    if let Some((number, _)) = out_of_order(&archive.events) {
        return Err(format!("event {number} is out of order"));
    }
    for (number, bytes) in &archive.events {
        if !history.contains(number) {
            return Err(format!("event {number} is not of its history, {} to {}", history.start(), history.end()));
        }
        let event = Event::decode(bytes).map_err(|error| format!("event {number} can't be read: {error}"))?;
        if event.number != *number {
            return Err(format!("event {number} says that it is event {}", event.number));
        }
        let follows = parent_of(archive, *number);
        if event.follows != follows {
            return Err(format!("event {number} follows {}, and by the branches {follows}", event.follows));
        }
    }
    Ok(())
}

/// The event that `number` follows by the branches.
fn parent_of(archive: &Archive, number: u64) -> u64 {
    let branch = archive.branches.binary_search_by_key(&number, |(first, _)| *first);
    branch.map_or(number - 1, |at| archive.branches[at].1)
}

/// The snapshots are those that the record names.
fn check_snapshots(archive: &Archive) -> Result<(), String> {
    let record = &archive.record;
    if let Some((event, _)) = out_of_order(&archive.snapshots) {
        return Err(format!("snapshot {event} is out of order"));
    }
    let there = archive.snapshots.iter().map(|(event, bytes)| (*event, bytes.len() as u64));
    if !record.snapshots.iter().map(|entry| (entry.event, entry.bytes)).eq(there) {
        return Err("its snapshots are not those that its record names".to_owned());
    }
    let wrong = |entry: &&SnapshotEntry| {
        let follows_itself = entry.event > 0 && entry.after >= entry.event;
        entry.event > record.last_event || entry.maker.is_some() || follows_itself
    };
    let wrong = record.snapshots.iter().find(wrong);
    wrong.map_or(Ok(()), |entry| Err(format!("snapshot {} is not of its history", entry.event)))
}

/// The guests that its states are of are those that it had.
fn check_guests(archive: &Archive) -> Result<(), String> {
    let record = &archive.record;
    let known = |digest| record.guests.iter().any(|pin| pin.digest == digest);
    if !record.guests.is_empty() && !known(record.guest.digest) {
        return Err("its guest is none of those that it had".to_owned());
    }
    let unknown = |entry: &&SnapshotEntry| entry.guest.is_some_and(|guest| !known(guest));
    let unknown = record.snapshots.iter().find(unknown);
    unknown.map_or(Ok(()), |entry| Err(format!("snapshot {} is of a guest that it never had", entry.event)))
}

/// Each checkpoint has its snapshot, but for the beginning, which needs none.
fn check_checkpoints(archive: &Archive) -> Result<(), String> {
    let (record, kept) = (&archive.record, &archive.snapshots);
    if !record.checkpoints.is_sorted_by(|one, next| one.name < next.name) {
        return Err("its checkpoints are out of order".to_owned());
    }
    let there = |event: u64| event == 0 || kept.binary_search_by_key(&event, |(event, _)| *event).is_ok();
    match record.checkpoints.iter().find(|checkpoint| !there(checkpoint.event)) {
        Some(checkpoint) => Err(format!("checkpoint {} has no snapshot", checkpoint.name)),
        None => Ok(()),
    }
}

/// The record counts the values that there are.
fn check_values(archive: &Archive) -> Result<(), String> {
    let (counted, there) = (archive.record.values_bytes, archive.values.as_ref().map_or(0, Vec::len));
    match counted == there as u64 {
        true => Ok(()),
        false => Err(format!("it has {there} bytes of values, and its record counts {counted}")),
    }
}

/// The first whose number is not over the one before it.
fn out_of_order<T>(numbered: &[(u64, T)]) -> Option<&(u64, T)> {
    numbered.windows(2).find(|pair| pair[0].0 >= pair[1].0).map(|pair| &pair[1])
}
