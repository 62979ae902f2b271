use std::sync::OnceLock;

use super::*;
use crate::guest::OMEGA;
use crate::instance::EngineSize;
use crate::name::TenantName;
use crate::store::GuestUse;

const BEHAVE: &[u8] = include_bytes!("../../../../tests/guests/behave.wasm");

fn engine() -> HostEngine {
    static ENGINE: OnceLock<HostEngine> = OnceLock::new();
    let size = EngineSize { live_sessions_max: 4, memory_bytes_max: 1 << 30 };
    ENGINE.get_or_init(|| HostEngine::for_sessions(size).expect("an engine")).clone()
}

/// A registry in `directory`, as a start finds it.
fn open(directory: &Path) -> Arc<GuestRegistry> {
    Arc::new(GuestRegistry::open(engine(), directory, name("omega")).expect("it opens"))
}

fn name(text: &str) -> GuestName {
    GuestName::new(text).expect("a name")
}

fn meant(text: &str) -> GuestRef {
    GuestRef::parse(text).expect("a reference")
}

/// Another component that does the same: with a section that nobody reads.
fn another(bytes: &[u8], mark: &str) -> bytes::Bytes {
    let mut other = bytes.to_vec();
    let contents = [&[1, b'x'][..], mark.as_bytes()].concat();
    other.extend([0, u8::try_from(contents.len()).expect("a short mark")]);
    other.extend(contents);
    other.into()
}

/// A directory in which both guests have been compiled once for all tests of this file.
async fn directory() -> tempfile::TempDir {
    static COMPILED: tokio::sync::OnceCell<tempfile::TempDir> = tokio::sync::OnceCell::const_new();
    let compile = async || {
        let directory = tempfile::tempdir().expect("a directory");
        let registry = open(directory.path());
        registry.register(&name("omega"), OMEGA, AddedBy::Program).await.expect("a guest");
        registry.register(&name("behave"), BEHAVE, AddedBy::Program).await.expect("a guest");
        std::fs::remove_file(files::catalogue(directory.path())).expect("it was written");
        directory
    };
    let compiled = COMPILED.get_or_init(compile).await;
    let copy = tempfile::tempdir().expect("a directory");
    for entry in std::fs::read_dir(compiled.path()).expect("it is there").flatten() {
        std::fs::copy(entry.path(), copy.path().join(entry.file_name())).expect("it is copied");
    }
    copy
}

fn nobody() -> Result<GuestUse, crate::store::StoreError> {
    Ok(GuestUse::new())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_operator_registers_is_there_after_a_restart_and_loaded_when_needed() {
    let directory = directory().await;
    let registry = open(directory.path());
    registry.register(&name("omega"), OMEGA, AddedBy::Program).await.expect("a guest");
    let label = GuestLabel::new("one").ok();
    let added = registry.add_by_operator(name("b"), label, BEHAVE.into(), true).await;
    let (added, new) = added.expect("it is registered");
    assert!(new);
    drop(registry);

    let registry = open(directory.path());
    registry.register(&name("omega"), OMEGA, AddedBy::Program).await.expect("a guest");
    assert!(registry.with_digest(added.digest()).is_none(), "nobody needs it yet");
    let found = registry.resolve(Some(&meant("b@one"))).await.expect("it is there");
    assert_eq!(found.digest(), added.digest());
    let by_digest = registry.resolve(Some(&meant(&format!("b@{:.12}", added.digest().to_string())))).await;
    assert_eq!(by_digest.expect("it is there").digest(), added.digest());
    registry.started(&[name("omega")]).await.expect("there is a default");
    assert_eq!(registry.named(None).expect("the default").digest(), added.digest());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_build_is_current_and_the_old_version_stays_until_no_session_has_it() {
    let directory = directory().await;
    let old = open(directory.path()).register(&name("omega"), OMEGA, AddedBy::Program).await.expect("a guest").digest();

    let registry = open(directory.path());
    registry.register(&name("omega"), BEHAVE, AddedBy::Program).await.expect("a guest");
    assert_ne!(registry.named(None).expect("the default").digest(), old);
    let tenant = TenantName::new("t").expect("a name");
    let counting = registry.clone();
    let used = move || {
        // Its sessions go on while they are counted.
        assert!(counting.with_digest(old).is_some());
        Ok(GuestUse::from([(old, [(tenant.clone(), 3)].into())]))
    };
    assert!(registry.load(old).await.expect("it loads").is_some());
    assert_eq!(registry.remove_superseded(used.clone()).await.expect("they are counted"), 0);
    let refused = registry.remove(meant(&format!("omega@{old:.8}", old = old.to_string())), used).await;
    let refused = refused.expect_err("it is in use").to_string();
    assert!(refused.contains("3 sessions (3 of t)"), "{refused}");

    assert_eq!(registry.remove_superseded(nobody).await.expect("they are counted"), 1);
    assert!(registry.load(old).await.expect("it is looked for").is_none());
    assert!(files::read(directory.path(), old).is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operators_choice_outlives_a_restart_but_not_a_new_build() {
    let directory = directory().await;
    let first =
        open(directory.path()).register(&name("omega"), OMEGA, AddedBy::Program).await.expect("a guest").digest();
    let registry = open(directory.path());
    let second = registry.register(&name("omega"), BEHAVE, AddedBy::Program).await.expect("a guest").digest();
    registry.set_default(&meant(&format!("omega@{:.8}", first.to_string()))).await.expect("it is chosen");
    drop(registry);

    let registry = open(directory.path());
    registry.register(&name("omega"), BEHAVE, AddedBy::Program).await.expect("a guest");
    assert_eq!(registry.resolve(None).await.expect("the default").digest(), first);
    assert_ne!(first, second);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_somebody_is_about_to_use_is_not_removed() {
    let directory = directory().await;
    let registry = open(directory.path());
    registry.register(&name("omega"), OMEGA, AddedBy::Program).await.expect("a guest");
    let (held, _) = registry.add_by_operator(name("b"), None, BEHAVE.into(), false).await.expect("a guest");
    assert!(matches!(registry.remove(meant("b"), nobody).await, Err(GuestError::Busy(_))));
    assert!(registry.with_digest(held.digest()).is_some());
    let digest = held.digest();
    drop(held);
    registry.remove(meant("b"), nobody).await.expect("it is removed");
    assert!(registry.load(digest).await.expect("it is looked for").is_none());
    assert!(matches!(registry.remove(meant("omega"), nobody).await, Err(GuestError::IsDefault(_))));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_component_with_two_names_stays_for_the_other_one() {
    let directory = directory().await;
    let registry = open(directory.path());
    registry.register(&name("omega"), OMEGA, AddedBy::Program).await.expect("a guest");
    for one in ["a", "b"] {
        registry.add_by_operator(name(one), None, BEHAVE.into(), false).await.expect("a guest");
    }
    registry.remove(meant("a"), nobody).await.expect("it is removed");
    assert!(registry.resolve(Some(&meant("b"))).await.is_ok());
    drop(registry);
    assert!(open(directory.path()).resolve(Some(&meant("b"))).await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_component_changes_nothing() {
    let directory = directory().await;
    let registry = open(directory.path());
    registry.register(&name("omega"), OMEGA, AddedBy::Program).await.expect("a guest");
    let before = std::fs::read_dir(directory.path()).expect("it is there").count();
    let refused = registry.add_by_operator(name("bad"), None, another(OMEGA, "x").slice(..9_000), false).await;
    assert!(matches!(refused, Err(GuestError::Refused { .. })));
    assert!(registry.info(&name("bad")).is_none() && registry.stage(&name("bad")).is_none());
    assert_eq!(std::fs::read_dir(directory.path()).expect("it is there").count(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn any_number_of_guests_is_asked_whether_inputs_are_whole() {
    let directory = directory().await;
    let registry = open(directory.path());
    // More than the engine has places for, beside its four sessions.
    for mark in 0..21 {
        let bytes = another(BEHAVE, &format!("{mark:02}"));
        let (guest, _) = registry.add_by_operator(name("b"), None, bytes, false).await.expect("there is a place");
        assert!(guest.checker.check("count").await.is_ok(), "guest {mark}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_that_changes_nothing_writes_nothing() {
    use std::os::unix::fs::MetadataExt;
    let directory = directory().await;
    let registry = open(directory.path());
    registry.register(&name("omega"), OMEGA, AddedBy::Program).await.expect("a guest");
    registry.add_by_operator(name("omega"), None, BEHAVE.into(), false).await.expect("a guest");
    drop(registry);
    // A file that is replaced is another one: a crash between two of them would lose what was chosen.
    let which = || std::fs::metadata(files::catalogue(directory.path())).expect("it is there").ino();
    let before = which();
    let registry = open(directory.path());
    registry.register(&name("omega"), OMEGA, AddedBy::Program).await.expect("a guest");
    registry.started(&[name("omega")]).await.expect("there is a default");
    assert_eq!(registry.resolve(None).await.expect("the default").digest(), Digest::of(BEHAVE));
    assert_eq!(which(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_default_that_is_lost_can_be_registered_again_on_a_host_that_runs() {
    let directory = directory().await;
    let registry = open(directory.path());
    registry.register(&name("omega"), OMEGA, AddedBy::Program).await.expect("a guest");
    registry.add_by_operator(name("b"), None, BEHAVE.into(), true).await.expect("a guest");
    drop(registry);
    files::remove(directory.path(), Digest::of(BEHAVE));
    let registry = open(directory.path());
    registry.register(&name("omega"), OMEGA, AddedBy::Program).await.expect("a guest");
    registry.started(&[name("omega")]).await.expect("it starts");
    assert!(matches!(registry.resolve(None).await, Err(GuestError::Lost { .. })));
    registry.add_by_operator(name("b"), None, BEHAVE.into(), false).await.expect("a guest");
    assert!(registry.resolve(None).await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_could_not_be_registered_leaves_no_files() {
    let directory = directory().await;
    let registry = open(directory.path());
    registry.register(&name("omega"), OMEGA, AddedBy::Program).await.expect("a guest");
    let (catalogue, bytes) = (files::catalogue(directory.path()), another(BEHAVE, "full"));
    std::fs::remove_file(&catalogue).expect("it is there");
    // It can't be replaced, as on a disk that is full.
    std::fs::create_dir(&catalogue).expect("it is made");
    let refused = registry.add_by_operator(name("b"), None, bytes.clone(), false).await;
    assert!(matches!(refused, Err(GuestError::Write(_))));
    let digest = Digest::of(&bytes).to_string();
    let entries = std::fs::read_dir(directory.path()).expect("it is there").flatten();
    let left: Vec<_> = entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    assert!(left.iter().all(|file| !file.starts_with(&digest) && !file.contains("draft")), "{left:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_that_begins_with_more_than_sessions_may_have_is_told_the_setting() {
    let directory = tempfile::tempdir().expect("a directory");
    let size = EngineSize { live_sessions_max: 1, memory_bytes_max: 64 << 10 };
    let engine = HostEngine::for_sessions(size).expect("an engine");
    let registry = Arc::new(GuestRegistry::open(engine, directory.path(), name("b")).expect("it opens"));
    let refused = registry.add_by_operator(name("b"), None, BEHAVE.into(), false).await.map(drop);
    let refused = refused.expect_err("its memory is larger").to_string();
    assert!(refused.contains("than a session may have") && refused.contains("session_memory"), "{refused}");
}
