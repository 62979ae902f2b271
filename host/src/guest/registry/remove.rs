//! Removing versions that no session has.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, PoisonError, RwLockWriteGuard};

use tokio::runtime::Handle;

use super::super::catalogue::{AddedBy, Versions};
use super::super::files;
use super::{Guest, GuestError, GuestRegistry};
use crate::name::{Digest, GuestName, GuestRef};
use crate::store::{GuestUse, StoreError};

impl GuestRegistry {
    /// Removes a version, or a name with all its versions, for good. `count` tells which sessions have which guest; it is
    /// called on a thread that may block. Runs to its end, also when the returned future is dropped.
    ///
    /// # Errors
    /// [`GuestError::InUse`], [`GuestError::Busy`]; [`GuestError::IsDefault`], [`GuestError::IsCurrent`] and
    /// [`GuestError::IsGiven`] for what has to stay; [`GuestError::Unknown`], [`GuestError::Write`].
    pub async fn remove(
        self: &Arc<Self>,
        guest: GuestRef,
        count: impl Fn() -> Result<GuestUse, StoreError> + Send + 'static,
    ) -> Result<(), GuestError> {
        let (registry, runtime) = (self.clone(), Handle::current());
        let work = async move {
            let _changing = registry.changing.lock().await;
            let digests = registry.removable(&guest)?;
            registry.remove_unused(&guest, &digests, count).await
        };
        let done = tokio::task::spawn_blocking(move || runtime.block_on(work)).await;
        done.unwrap_or_else(|panic| Err(GuestError::Defect(panic.to_string())))
    }

    /// Removes versions that came with the program or the configuration, have been followed by others, and have no session
    /// left. How many.
    ///
    /// # Errors
    /// [`GuestError::Count`], [`GuestError::Write`].
    pub async fn remove_superseded(
        self: &Arc<Self>,
        count: impl Fn() -> Result<GuestUse, StoreError> + Send + 'static,
    ) -> Result<usize, GuestError> {
        let (registry, runtime) = (self.clone(), Handle::current());
        let work = async move {
            let _changing = registry.changing.lock().await;
            let superseded = registry.catalogue().superseded();
            let digests: Vec<_> = superseded.iter().map(|(_, digest)| *digest).collect();
            let digests = if digests.is_empty() { digests } else { not_in(&digests, &counted(&count)?) };
            if digests.is_empty() {
                return Ok(0);
            }
            let _loading = registry.loading.lock().await;
            let (free, _) = registry.unused(&digests, count)?;
            for (name, digest) in superseded.iter().filter(|(_, digest)| free.contains(digest)) {
                registry.forget(name, &[*digest])?;
            }
            Ok(free.len())
        };
        let done = tokio::task::spawn_blocking(move || runtime.block_on(work)).await;
        done.unwrap_or_else(|panic| Err(GuestError::Defect(panic.to_string())))
    }

    /// The versions that are meant, when nothing but sessions keeps them.
    fn removable(&self, guest: &GuestRef) -> Result<Vec<Digest>, GuestError> {
        let catalogue = self.catalogue();
        let is_default = catalogue.default_name(&self.default) == guest.name;
        let unknown = || GuestError::Unknown { guest: guest.clone(), known: catalogue.names() };
        let of_name = catalogue.guests.get(&guest.name).ok_or_else(unknown)?;
        let digests = match guest.version {
            Some(_) => vec![catalogue.find(guest)?.digest],
            None => of_name.versions.iter().map(|version| version.digest).collect(),
        };
        let Some(current) = of_name.current().filter(|current| digests.contains(&current.digest)) else {
            return Ok(digests);
        };
        match current.by {
            _ if is_default => Err(GuestError::IsDefault(guest.clone())),
            _ if digests.len() < of_name.versions.len() => Err(GuestError::IsCurrent(guest.clone())),
            AddedBy::Operator => Ok(digests),
            AddedBy::Program => Err(GuestError::IsGiven { guest: guest.clone(), by: "program" }),
            AddedBy::Configuration => Err(GuestError::IsGiven { guest: guest.clone(), by: "configuration" }),
        }
    }

    /// Removes versions of a name unless sessions have them. The caller holds `changing`.
    async fn remove_unused(
        &self,
        guest: &GuestRef,
        digests: &[Digest],
        count: impl Fn() -> Result<GuestUse, StoreError>,
    ) -> Result<(), GuestError> {
        let alone: Vec<_> = digests.iter().copied().filter(|digest| !self.shared(&guest.name, *digest)).collect();
        let used = counted(&count)?;
        if not_in(&alone, &used).len() < alone.len() {
            return Err(why_not(guest, &alone, &used));
        }
        let _loading = self.loading.lock().await;
        let (free, used) = self.unused(&alone, count)?;
        if free.len() < alone.len() {
            return Err(why_not(guest, &alone, &used));
        }
        self.forget(&guest.name, digests)
    }

    /// Those of `digests` that no session has and none can get any more, which are unloaded; and which sessions have what.
    /// The caller holds `loading`, so that nobody loads one meanwhile.
    fn unused(
        &self,
        digests: &[Digest],
        count: impl Fn() -> Result<GuestUse, StoreError>,
    ) -> Result<(Vec<Digest>, GuestUse), GuestError> {
        let taken: Vec<Arc<Guest>> = {
            let mut loaded = self.loaded_mut();
            digests.iter().filter_map(|digest| loaded.remove(digest)).collect()
        };
        // Who holds one may be about to commit a session with it. From now on nobody comes to hold one.
        let busy = |digest: &Digest| taken.iter().any(|one| one.digest() == *digest && Arc::strong_count(one) > 1);
        let idle: Vec<_> = digests.iter().copied().filter(|digest| !busy(digest)).collect();
        let counted = counted(&count);
        let free = counted.as_ref().map_or_else(|_| Vec::new(), |used| not_in(&idle, used));
        let kept = taken.into_iter().filter(|guest| !free.contains(&guest.digest()));
        self.loaded_mut().extend(kept.map(|guest| (guest.digest(), guest)));
        Ok((free, counted?))
    }

    /// Forgets versions of a name, with the files that no other name has in common.
    fn forget(&self, name: &GuestName, digests: &[Digest]) -> Result<(), GuestError> {
        self.change(|catalogue| catalogue.remove(name, digests))?;
        for digest in digests.iter().filter(|digest| !self.shared(name, **digest)) {
            self.loaded_mut().remove(digest);
            if self.durable {
                files::remove(&self.directory, *digest);
            }
        }
        Ok(())
    }

    /// Whether another name has this version too.
    fn shared(&self, name: &GuestName, digest: Digest) -> bool {
        let has = |(other, of_name): (&GuestName, &Versions)| other != name && of_name.with_digest(digest).is_some();
        self.catalogue().guests.iter().any(has)
    }

    fn loaded_mut(&self) -> RwLockWriteGuard<'_, HashMap<Digest, Arc<Guest>>> {
        self.loaded.write().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Which sessions have which guest. With very many sessions that takes a second, so it is done once before anything is
/// unloaded: sessions that need a guest which is in use do not wait for somebody who can't remove it.
fn counted(count: &impl Fn() -> Result<GuestUse, StoreError>) -> Result<GuestUse, GuestError> {
    count().map_err(GuestError::Count)
}

fn not_in(digests: &[Digest], used: &GuestUse) -> Vec<Digest> {
    digests.iter().copied().filter(|digest| !used.contains_key(digest)).collect()
}

/// Why versions can't be removed that are not all free.
fn why_not(guest: &GuestRef, digests: &[Digest], used: &GuestUse) -> GuestError {
    let by_tenant = || digests.iter().filter_map(|digest| used.get(digest)).flatten();
    let sessions: u64 = by_tenant().map(|(_, count)| count).sum();
    if sessions == 0 {
        return GuestError::Busy(guest.clone());
    }
    let mut of_tenants = BTreeMap::<_, u64>::new();
    by_tenant().for_each(|(tenant, count)| *of_tenants.entry(tenant).or_default() += count);
    let tenants = of_tenants.iter().map(|(tenant, count)| format!("{count} of {tenant}"));
    let tenants = tenants.collect::<Vec<_>>().join(", ");
    GuestError::InUse { guest: guest.clone(), sessions, tenants }
}
