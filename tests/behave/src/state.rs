//! What `behave` keeps between commands.

use std::collections::BTreeMap;

/// Bytes to a page of the host, the grain in which dirty memory is found.
const PAGE_BYTES: usize = 4096;

/// All that is kept; each verb that changes it is a method.
pub(crate) struct State {
    count: u64,
    values: BTreeMap<String, String>,
    blocks: Vec<Vec<u8>>,
    pages: Vec<u8>,
    stamp: u8,
}

impl State {
    pub(crate) const fn new() -> Self {
        Self { count: 0, values: BTreeMap::new(), blocks: Vec::new(), pages: Vec::new(), stamp: 0 }
    }

    pub(crate) fn count(&mut self) -> u64 {
        self.count += 1;
        self.count
    }

    pub(crate) fn set(&mut self, argument: &str) -> Result<String, String> {
        let (key, value) = argument.split_once(' ').ok_or("expected a key and a value")?;
        self.values.insert(key.to_owned(), value.to_owned());
        Ok(String::new())
    }

    pub(crate) fn get(&self, key: &str) -> Result<String, String> {
        self.values.get(key).cloned().ok_or_else(|| format!("nothing is kept as `{key}`"))
    }

    /// Keeps `bytes` more bytes, all of them written; answers how many are kept now.
    pub(crate) fn alloc(&mut self, bytes: usize) -> String {
        self.blocks.push(vec![0xA5; bytes]);
        self.blocks.iter().map(Vec::len).sum::<usize>().to_string()
    }

    /// Drops every block of `alloc` and the buffer of `dirty`; answers how many bytes that were.
    pub(crate) fn free(&mut self) -> String {
        let bytes = self.blocks.iter().map(Vec::len).sum::<usize>() + self.pages.len();
        self.blocks = Vec::new();
        self.pages = Vec::new();
        bytes.to_string()
    }

    /// Writes a value never written before into each of the first `pages` pages of a kept buffer; answers that value.
    pub(crate) fn dirty(&mut self, pages: usize) -> String {
        let wanted = pages.saturating_mul(PAGE_BYTES);
        if self.pages.len() < wanted {
            self.pages.resize(wanted, 0);
        }
        self.stamp = self.stamp.wrapping_add(1).max(1);
        for page in self.pages[..wanted].chunks_mut(PAGE_BYTES) {
            page[0] = self.stamp;
        }
        self.stamp.to_string()
    }
}
