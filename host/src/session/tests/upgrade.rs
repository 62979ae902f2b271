//! Upgrades of many sessions.

use super::swap::{guest, register, with_later};
use super::*;
use crate::session::upgrade::{Upgrade, UpgradeOutcome, UpgradePage};

fn upgrade(limit: usize) -> Upgrade {
    let how = SwapMethod::Transfer;
    Upgrade { from: guest("behave"), to: guest("later"), how, dry_run: false, tenant: None, after: None, limit }
}

fn next(page: &UpgradePage) -> Option<(TenantName, SessionName)> {
    let (tenant, session) = page.next.as_ref()?.split_once('/').expect("a tenant and a session");
    Some((TenantName::new(tenant).unwrap(), SessionName::new(session).unwrap()))
}

/// Upgrades all, page by page; gives what became of each.
async fn all(host: &Fixture, mut upgrade: Upgrade) -> Vec<(String, UpgradeOutcome)> {
    let mut outcomes = Vec::new();
    loop {
        let page = host.manager.upgrade(upgrade.clone()).await.unwrap();
        assert!(page.sessions.len() <= upgrade.limit);
        outcomes.extend(page.sessions.iter().map(|done| (format!("{}/{}", done.tenant, done.session), done.outcome)));
        match next(&page) {
            Some(after) => upgrade.after = Some(after),
            None => return outcomes,
        }
    }
}

async fn sessions(host: &Fixture, tenant: &str, count: usize) {
    let tenant = TenantName::new(tenant).unwrap();
    let options = CreateOptions { guest: Some(GuestName::new("behave").unwrap().into()), ..CreateOptions::default() };
    for n in 0..count {
        let name = SessionName::new(&format!("s{n:03}")).unwrap();
        host.manager.create(&tenant, &name, options.clone()).await.unwrap();
        host.manager.execute(&tenant, &name, format!("set n {n}").into()).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn all_sessions_of_all_tenants_are_upgraded_page_by_page_and_once() {
    let host = with_later(Arc::new(MemoryStore::default()), |config| config.pool.live_sessions_max = 4).await;
    sessions(&host, "t", 20).await;
    sessions(&host, "u", 5).await;
    host.output("omega", "(define x 1)").await;
    host.output("s003", "set refuse-save no").await;
    let same = all(&host, Upgrade { to: guest("behave"), ..upgrade(7) }).await;
    assert!(same.len() == 25 && same.iter().all(|(_, outcome)| *outcome == UpgradeOutcome::Skipped), "{same:?}");
    let dry = all(&host, Upgrade { dry_run: true, ..upgrade(7) }).await;
    assert_eq!(dry.len(), 25);
    let of_u = Upgrade { tenant: Some(TenantName::new("u").unwrap()), ..upgrade(2) };
    assert_eq!(all(&host, of_u).await.len(), 5);
    let done = all(&host, upgrade(7)).await;
    assert_eq!(done.iter().filter(|(_, outcome)| *outcome == UpgradeOutcome::Upgraded).count(), 19);
    assert_eq!(done[3], ("t/s003".to_owned(), UpgradeOutcome::Failed));
    assert_eq!(all(&host, upgrade(7)).await, [("t/s003".to_owned(), UpgradeOutcome::Failed)], "the others are done");
    for n in [0, 19] {
        assert_eq!(host.output(&format!("s{n:03}"), "get n").await, n.to_string());
        assert_eq!(host.output(&format!("s{n:03}"), "version").await, "2");
    }
    assert_eq!(host.output("omega", "x").await, "1");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upgrade_leaves_live_what_was_live_and_nothing_else() {
    let host = with_later(Arc::new(MemoryStore::default()), |config| config.pool.live_sessions_max = 4).await;
    sessions(&host, "t", 12).await;
    let live = |host: &Fixture| -> Vec<String> {
        host.manager.pool.all_idle().iter().map(|session| session.name.to_string()).collect()
    };
    host.manager.delete(&host.tenant, &SessionName::new("s011").unwrap()).await.unwrap();
    assert_eq!(live(&host), ["s008", "s009", "s010"]);
    all(&host, upgrade(100)).await;
    assert_eq!(live(&host), ["s008", "s009", "s010"]);
    assert_eq!(host.output("s000", "version").await, "2");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_that_is_not_there_upgrades_nothing() {
    let host = with_later(Arc::new(MemoryStore::default()), |_| {}).await;
    let unknown = host.manager.upgrade(Upgrade { to: guest("nobody"), ..upgrade(1) }).await;
    assert!(matches!(unknown, Err(SessionError::GuestUnknown { .. })), "{unknown:?}");
    register(&host, "again", BEHAVE).await;
    let none = host.manager.upgrade(upgrade(1)).await.unwrap();
    assert_eq!((none.sessions.len(), none.next), (0, None));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_whose_command_does_not_end_keeps_no_other_from_being_upgraded() {
    let host = with_later(Arc::new(MemoryStore::default()), |config| {
        config.limits.command_timeout = Duration::from_millis(100);
        config.pool.admission_wait = Duration::ZERO;
    });
    let host = host.await;
    for session in ["a", "b"] {
        host.behave(session).await;
        host.output(session, "count").await;
    }
    let session = host.manager.there(&host.tenant, &SessionName::new("a").unwrap()).unwrap();
    let turn = session.queue_for_host().await.unwrap();
    let page = host.manager.upgrade(upgrade(10)).await.unwrap();
    let outcomes: Vec<_> = page.sessions.iter().map(|session| session.outcome).collect();
    assert_eq!(outcomes, [UpgradeOutcome::Failed, UpgradeOutcome::Upgraded]);
    assert!(page.sessions[0].reason.as_ref().is_some_and(|reason| reason.contains("did not end")), "{page:?}");
    drop(turn);
    let again = host.manager.upgrade(upgrade(10)).await.unwrap();
    assert_eq!(again.sessions[0].outcome, UpgradeOutcome::Upgraded);
}
