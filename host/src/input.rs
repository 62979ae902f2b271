//! Reading the bytes of a stored format in order, for all of them alike: no input makes it panic or makes room.

/// The bytes end before their contents do. Each format has its own error of it.
pub(crate) struct EndsEarly;

impl EndsEarly {
    /// What is wrong with such bytes.
    pub(crate) const WHAT: &str = "it ends before its contents do";
}

/// What is left to read.
pub(crate) struct Input<'a>(pub(crate) &'a [u8]);

impl<'a> Input<'a> {
    pub(crate) fn take(&mut self, length: usize) -> Result<&'a [u8], EndsEarly> {
        let (taken, rest) = self.0.split_at_checked(length).ok_or(EndsEarly)?;
        self.0 = rest;
        Ok(taken)
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], EndsEarly> {
        let (taken, rest) = self.0.split_first_chunk().ok_or(EndsEarly)?;
        self.0 = rest;
        Ok(*taken)
    }

    pub(crate) fn u32(&mut self) -> Result<u32, EndsEarly> {
        self.array().map(u32::from_le_bytes)
    }

    pub(crate) fn u64(&mut self) -> Result<u64, EndsEarly> {
        self.array().map(u64::from_le_bytes)
    }
}
