//! Hash tables that keep the order in which their keys came.
//!
//! ```text
//! entries  [ hash key value ][ hash key value ][ deleted ][ hash key value ]     in the order of arrival
//! buckets  [ 2 . . 4 1 3 . . ]     numbers of entries from 1, open addressing
//! ```
//!
//! A deleted entry keeps its place and its bucket until the table is rebuilt, which happens when it is full. Hashes are
//! kept, so that needs no look at the keys. Keys are hashed by content or by place: objects never move, and a restored
//! heap is the same byte for byte, so a place is as good as a name.

use crate::value::Value;

/// No entry. Entries are numbered from 1 in the buckets.
const EMPTY: u32 = 0;

/// The fewest buckets of a table that holds anything.
const BUCKETS_MIN: usize = 8;

/// When two keys are the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sameness {
    Eq,
    Eqv,
    Equal,
}

/// Keys and their values.
#[derive(Debug, Clone)]
pub(crate) struct Table {
    sameness: Sameness,
    entries: Vec<Entry>,
    /// A power of two of them, or none. At most three quarters are taken, so that every search ends.
    buckets: Vec<u32>,
    /// Entries that are not deleted.
    len: usize,
}

#[derive(Debug, Clone, Copy)]
struct Entry {
    hash: u32,
    /// `UNBOUND` when it was deleted.
    key: Value,
    value: Value,
}

/// Where a key is in a table.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Found(usize);

// === impl Table ===

impl Table {
    pub(crate) fn new(sameness: Sameness) -> Self {
        Self { sameness, entries: Vec::new(), buckets: Vec::new(), len: 0 }
    }

    pub(crate) fn sameness(&self) -> Sameness {
        self.sameness
    }

    /// Keys in it.
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// The key of this hash that `is_it` knows.
    pub(crate) fn find(&self, hash: u32, is_it: impl Fn(Value) -> bool) -> Option<Found> {
        if self.buckets.is_empty() {
            return None;
        }
        let mut bucket = self.home(hash);
        while self.buckets[bucket] != EMPTY {
            let place = self.buckets[bucket] as usize - 1;
            let entry = &self.entries[place];
            if entry.hash == hash && entry.key != Value::UNBOUND && is_it(entry.key) {
                return Some(Found(place));
            }
            bucket = (bucket + 1) % self.buckets.len();
        }
        None
    }

    pub(crate) fn value(&self, found: Found) -> Value {
        self.entries[found.0].value
    }

    pub(crate) fn set_value(&mut self, found: Found, value: Value) {
        self.entries[found.0].value = value;
    }

    /// Adds a key that [`Self::find`] does not find.
    pub(crate) fn add(&mut self, hash: u32, key: Value, value: Value) {
        if (self.entries.len() + 1) * 4 > self.buckets.len() * 3 {
            self.rebuild();
        }
        self.entries.push(Entry { hash, key, value });
        self.put(hash, self.entries.len());
        self.len += 1;
    }

    pub(crate) fn delete(&mut self, found: Found) {
        let entry = &mut self.entries[found.0];
        (entry.key, entry.value) = (Value::UNBOUND, Value::UNBOUND);
        self.len -= 1;
    }

    pub(crate) fn clear(&mut self) {
        *self = Self::new(self.sameness);
    }

    /// Keys and values, in the order in which the keys came.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (Value, Value)> {
        let live = self.entries.iter().filter(|entry| entry.key != Value::UNBOUND);
        live.map(|entry| (entry.key, entry.value))
    }

    /// The first key and value at `place` or after it, and the place after that. Places are those of entries, deleted
    /// ones included.
    pub(crate) fn next(&self, place: usize) -> Option<(Value, Value, usize)> {
        let (skipped, entry) = (0..).zip(self.entries.get(place..)?).find(|(_, entry)| entry.key != Value::UNBOUND)?;
        Some((entry.key, entry.value, place + skipped + 1))
    }

    /// Bytes that it takes, roughly.
    pub(crate) fn weight(&self) -> usize {
        let buckets = self.buckets.capacity() * size_of::<u32>();
        size_of::<Self>() + self.entries.capacity() * size_of::<Entry>() + buckets + 24
    }

    /// Drops the deleted entries and makes the buckets at least twice as many as the others.
    fn rebuild(&mut self) {
        let size = ((self.len + 1) * 2).next_power_of_two().max(BUCKETS_MIN);
        self.entries.retain(|entry| entry.key != Value::UNBOUND);
        self.entries.shrink_to(size);
        self.buckets = vec![EMPTY; size];
        for place in 0..self.entries.len() {
            self.put(self.entries[place].hash, place + 1);
        }
    }

    fn put(&mut self, hash: u32, number: usize) {
        let mut bucket = self.home(hash);
        while self.buckets[bucket] != EMPTY {
            bucket = (bucket + 1) % self.buckets.len();
        }
        self.buckets[bucket] = u32::try_from(number).expect("fewer entries than bytes of memory");
    }

    fn home(&self, hash: u32) -> usize {
        hash as usize % self.buckets.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn small(number: i64) -> Value {
        Value::small(number).expect("small")
    }

    fn keys(table: &Table) -> Vec<Value> {
        table.iter().map(|(key, _)| key).collect()
    }

    #[test]
    fn keys_keep_their_order_through_growth_and_deletion() {
        let mut table = Table::new(Sameness::Eq);
        for number in 0..100 {
            table.add(7, small(number), Value::TRUE);
        }
        for number in 0..100 {
            let found = table.find(7, |key| key == small(number)).expect("added");
            if number % 3 != 0 {
                table.delete(found);
            }
        }
        for number in 100..200 {
            table.add(7, small(number), Value::FALSE);
        }
        let expected: Vec<Value> = (0..200).filter(|number| *number >= 100 || number % 3 == 0).map(small).collect();
        assert_eq!(keys(&table), expected);
        assert_eq!(table.len(), expected.len());
    }

    #[test]
    fn a_table_that_keys_come_to_and_go_from_stays_small() {
        let mut table = Table::new(Sameness::Eq);
        for number in 0..10_000 {
            table.add(number, small(i64::from(number)), Value::TRUE);
            let found = table.find(number, |key| key == small(i64::from(number))).expect("added");
            table.delete(found);
        }
        assert!(table.weight() < 1000, "{}", table.weight());
    }

    #[test]
    fn places_lead_from_key_to_key() {
        let mut table = Table::new(Sameness::Eq);
        for number in 0..3 {
            table.add(number, small(i64::from(number)), Value::NIL);
        }
        table.delete(table.find(1, |_| true).expect("added"));
        let (key, _, place) = table.next(1).expect("one is left");
        assert_eq!(key, small(2));
        assert!(table.next(place).is_none());
    }
}
