//! What sessions keep by `kv`: counted, forked, exported, and gone with its session.

use super::*;
use crate::archive::{self, ArchiveKey};
use crate::name::Grants;

fn granted(config: &mut Config) {
    config.functions = Grants::parse("kv.*").unwrap();
}

fn put(key: &str, bytes: usize) -> String {
    format!("call kv.put {{\"key\": \"{key}\", \"value\": \"{}\"}}", "x".repeat(bytes))
}

fn name(session: &str) -> SessionName {
    SessionName::new(session).unwrap()
}

impl Fixture {
    fn stored(&self) -> u64 {
        self.manager.shares.of(&self.tenant).storage(&*self.manager.store).unwrap()
    }

    async fn saved(&self, session: &str) {
        self.manager.save(&self.tenant, &name(session)).await.unwrap();
    }

    async fn exported(&self, session: &str) -> Vec<u8> {
        self.manager.export(&self.tenant, &name(session)).await.unwrap()
    }

    async fn import(&self, session: &str, file: Vec<u8>) -> Result<SessionMetadata, SessionError> {
        self.manager.import(&self.tenant, &name(session), file.into()).await
    }

    async fn delete(&self, session: &str) {
        self.manager.delete(&self.tenant, &name(session)).await.unwrap();
    }
}

const KEPT: &str = "call kv.get {\"key\": \"a\"}";

#[tokio::test(flavor = "multi_thread")]
async fn what_a_session_keeps_counts_as_stored_until_it_is_gone() {
    let store = Arc::new(MemoryStore::default());
    let host = manager_on(store.clone(), granted).await;
    host.behave("a").await;
    host.saved("a").await;
    let before = host.stored();
    host.output("a", &put("a", 10_000)).await;
    drop(host);
    // The event is all that was stored of the turn.
    let host = manager_on(store, granted).await;
    host.saved("a").await;
    let with = host.stored();
    assert!((10_000..25_000).contains(&(with - before)), "{before} {with}");
    let options = ForkOptions { names: vec![name("b")], from: None };
    host.manager.fork(&host.tenant, &name("a"), options).await.unwrap();
    let forked = host.stored();
    assert!(forked - with >= 10_000, "{with} {forked}");
    assert_eq!(host.output("b", "call kv.delete {\"key\": \"a\"}").await, "true");
    assert_eq!(host.output("a", KEPT).await.len(), 10_002);
    host.saved("b").await;
    assert!(host.stored() < forked, "{forked} {}", host.stored());
    host.delete("b").await;
    host.delete("a").await;
    assert_eq!(host.stored(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tenant_with_too_much_stored_keeps_nothing_more() {
    let host = Fixture::new(|config| {
        granted(config);
        config.limits.storage_per_tenant_max = 15_000;
    });
    let host = host.await;
    host.behave("a").await;
    host.output("a", &put("a", 20_000)).await;
    host.saved("a").await;
    let error = host.run("a", &put("b", 1)).await.unwrap().error.expect("an error");
    assert!(error.contains("the limit is set by storage_per_tenant_max"), "{error}");
    assert_eq!(host.output("a", KEPT).await.len(), 20_002);
    assert_eq!(host.output("a", &put("a", 1_000)).await, "null", "less is always possible");
    host.saved("a").await;
    assert_eq!(host.output("a", &put("b", 1)).await, "null");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_has_what_the_session_keeps() {
    let host = Fixture::new(granted).await;
    host.behave("a").await;
    host.output("a", &put("a", 100)).await;
    let file = host.exported("a").await;
    let other = Fixture::new(granted).await;
    other.import("b", file.clone()).await.unwrap();
    assert_eq!(other.output("b", KEPT).await.len(), 102);
    // Which is its own.
    other.delete("b").await;
    other.behave("b").await;
    assert_eq!(other.output("b", KEPT).await, "null");

    let key = ArchiveKey::from_bytes([0x5e; 32]);
    let mut archive = archive::decode(&file, &key).unwrap();
    let values = archive.values.as_mut().unwrap();
    let last = values.len() - 1;
    values[last] = b'x';
    let refused = other.import("c", archive::encode(&archive, &key)).await.unwrap_err().to_string();
    assert!(refused.contains("what it keeps beside its history"), "{refused}");
    archive.values = None;
    let refused = other.import("c", archive::encode(&archive, &key)).await.unwrap_err().to_string();
    assert!(refused.contains("0 bytes of values, and its record counts"), "{refused}");
}
