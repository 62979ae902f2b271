//! What is left of a swap when the store fails, or the power goes, at any moment of it.

use super::*;
use crate::store::{Durability, PowerCutStore};

/// Counts, swaps both ways in both manners, and goes on; tells what was acknowledged last, as count and version.
async fn workload(host: &Fixture) -> (u64, u64) {
    let mut told = (0, 1);
    let options = CreateOptions { guest: Some(GuestName::new("behave").unwrap().into()), ..CreateOptions::default() };
    if host.manager.create(&host.tenant, &name("a"), options).await.is_err() {
        return told;
    }
    for (guest, version, how) in
        [("later", 2, SwapMethod::Replay), ("behave", 1, SwapMethod::Transfer), ("later", 2, SwapMethod::Transfer)]
    {
        if let Ok(reply) = host.run("a", "count").await {
            told.0 += 1;
            assert_eq!(reply.output, told.0.to_string());
        }
        if host.swap("a", to(guest, how)).await.is_ok() {
            told.1 = version;
        }
        if let Ok(reply) = host.run("a", "count").await {
            told.0 += 1;
            assert_eq!(reply.output, told.0.to_string(), "a swap that failed has left something");
        }
    }
    told
}

/// What the session is now, told by its next commands.
async fn found(host: &Fixture) -> (u64, u64) {
    if host.manager.metadata(&host.tenant, &name("a"), false).await.is_err() {
        return (0, 1);
    }
    let version = host.output("a", "version").await.parse().unwrap();
    assert_eq!(host.guest("a").await, if version == 1 { "behave" } else { "later" });
    (host.output("a", "count").await.parse::<u64>().unwrap() - 1, version)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_swap_that_fails_at_any_commit_leaves_the_session_on_one_guest_or_the_other() {
    let store = Arc::new(PowerCutStore::new());
    let host = with_later(store.clone(), |config| config.pool.live_sessions_max = 1).await;
    assert_eq!(workload(&host).await, (6, 2));
    let commits = store.commits();
    for failing in 1..=commits {
        let store = Arc::new(PowerCutStore::new());
        store.fail_nth(failing);
        let host = with_later(store.clone(), |config| config.pool.live_sessions_max = 1).await;
        let told = workload(&host).await;
        drop(host);
        let host = with_later(store, |_| {}).await;
        assert_eq!(found(&host).await, told, "commit {failing} of {commits}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_power_cut_amid_a_swap_leaves_the_session_on_one_guest_or_the_other() {
    let settings = |config: &mut Config| config.durability = Durability::Power;
    let store = Arc::new(PowerCutStore::new());
    let host = with_later(store.clone(), settings).await;
    assert_eq!(workload(&host).await, (6, 2));
    for cut in 1..=store.commits() {
        let store = Arc::new(PowerCutStore::new());
        store.cut_nth(cut);
        let host = with_later(store.clone(), settings).await;
        let told = workload(&host).await;
        drop(host);
        let unsynced = store.unsynced();
        for kept in [0, unsynced] {
            let host = with_later(Arc::new(store.after_cut(kept)), settings).await;
            let found = found(&host).await;
            // What met the cut was told to have failed, and may be there all the same.
            let different = found.0.abs_diff(told.0) + found.1.abs_diff(told.1);
            assert!(different <= u64::from(kept > 0), "cut at {cut}, {kept} of {unsynced} kept: {found:?}, {told:?}");
        }
    }
}
