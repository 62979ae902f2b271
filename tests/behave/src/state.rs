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

    /// The counter and the values, a line each. What is kept under `refuse-save`, `trap-save` or `spin-save` spoils it, as
    /// does anything of `alloc`: that has no portable form.
    pub(crate) fn save(&mut self) -> Result<Vec<u8>, String> {
        self.spoil("save")?;
        if !self.blocks.is_empty() {
            return Err(format!("{} blocks have no portable form", self.blocks.len()));
        }
        let lines = self.values.iter().map(|(key, value)| format!("{key} {value}\n"));
        let saved = std::iter::once(format!("{}\n", self.count)).chain(lines).collect::<String>();
        // Nothing of it may be seen afterwards.
        self.values.clear();
        Ok(saved.into_bytes())
    }

    /// Takes over what `save` wrote; `refuse-load`, `trap-load` and `spin-load` among the values spoil it.
    pub(crate) fn load(&mut self, saved: &[u8]) -> Result<(), String> {
        let text = std::str::from_utf8(saved).map_err(|error| error.to_string())?;
        let mut lines = text.lines();
        self.count = lines.next().and_then(|count| count.parse().ok()).ok_or("expected a count")?;
        lines.try_for_each(|line| self.set(line).map(drop))?;
        self.spoil("load")
    }

    fn spoil(&self, what: &str) -> Result<(), String> {
        let kept = |how: &str| self.values.get(&format!("{how}-{what}"));
        match () {
            () if kept("trap").is_some() => crate::ruin::trap(),
            () if kept("spin").is_some() => crate::ruin::spin(),
            () => kept("refuse").map_or(Ok(()), |why| Err(why.clone())),
        }
    }
}
