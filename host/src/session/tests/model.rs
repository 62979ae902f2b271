//! Everything that can happen to sessions, at random, against a model of a few lines: a history is a tree of states.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::swap::{to, with_later};
use super::*;

/// What `behave` has after an event.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct State {
    count: u64,
    kept: Option<u8>,
    /// It is the later version.
    later: bool,
}

#[derive(Debug, Clone)]
struct Event {
    follows: u64,
    state: State,
}

/// A session as its user understands it.
#[derive(Debug, Clone, Default)]
struct Model {
    events: BTreeMap<u64, Event>,
    event: u64,
    last: u64,
    tip: u64,
    checkpoints: BTreeMap<u8, u64>,
    /// Checkpoints of swaps.
    swaps: u64,
}

impl Model {
    fn state(&self) -> State {
        self.events.get(&self.event).map(|event| event.state.clone()).unwrap_or_default()
    }

    fn add(&mut self, state: State) {
        let follows = self.event;
        self.last += 1;
        (self.event, self.tip) = (self.last, self.last);
        self.events.insert(self.last, Event { follows, state });
    }

    /// The events on the way to `event`, itself first, and the beginning last.
    fn way(&self, event: u64) -> Vec<u64> {
        let before = |event: &u64| self.events.get(event).map(|event| event.follows);
        std::iter::successors(Some(event), before).collect()
    }

    fn go(&mut self, event: u64) {
        if !self.way(self.tip).contains(&event) {
            self.tip = event;
        }
        self.event = event;
    }

    fn back(&self, count: u64) -> Option<u64> {
        self.way(self.event).get(usize::try_from(count).unwrap()).copied()
    }

    fn forth(&self, count: u64) -> Option<u64> {
        let way = self.way(self.tip);
        let at = way.iter().position(|event| *event == self.event).expect("redo leads on from here");
        at.checked_sub(usize::try_from(count).unwrap()).map(|at| way[at])
    }

    /// What a fork that begins after `event` has.
    fn fork(&self, event: u64) -> Self {
        let events = self.way(event).into_iter().filter_map(|event| Some((event, self.events.get(&event)?.clone())));
        Self { events: events.collect(), event, last: event, tip: event, checkpoints: BTreeMap::new(), swaps: 0 }
    }
}

#[derive(Debug, Clone)]
enum Deed {
    Count,
    Set(u8),
    Get,
    Slow,
    Trap,
    Interrupt,
    Save,
    Checkpoint(u8),
    DeleteCheckpoint(u8),
    Jump(prop::sample::Index),
    JumpToCheckpoint(u8),
    Undo(u64),
    Redo(u64),
    Fork { to: u8, from: Option<prop::sample::Index> },
    Export { to: u8 },
    Swap(SwapMethod),
    Delete,
    Evict,
    Restart { orderly: bool },
}

fn deed() -> impl Strategy<Value = Deed> {
    prop_oneof![
        12 => Just(Deed::Count),
        8 => any::<u8>().prop_map(Deed::Set),
        3 => Just(Deed::Get),
        1 => Just(Deed::Slow),
        2 => Just(Deed::Trap),
        1 => Just(Deed::Interrupt),
        2 => Just(Deed::Save),
        3 => (0..3_u8).prop_map(Deed::Checkpoint),
        1 => (0..3_u8).prop_map(Deed::DeleteCheckpoint),
        4 => any::<prop::sample::Index>().prop_map(Deed::Jump),
        2 => (0..3_u8).prop_map(Deed::JumpToCheckpoint),
        4 => (1..4_u64).prop_map(Deed::Undo),
        3 => (1..4_u64).prop_map(Deed::Redo),
        3 => (0..SESSIONS, any::<Option<prop::sample::Index>>()).prop_map(|(to, from)| Deed::Fork { to, from }),
        1 => (0..SESSIONS).prop_map(|to| Deed::Export { to }),
        2 => Just(Deed::Swap(SwapMethod::Transfer)),
        2 => Just(Deed::Swap(SwapMethod::Replay)),
        1 => Just(Deed::Delete),
        3 => Just(Deed::Evict),
        2 => any::<bool>().prop_map(|orderly| Deed::Restart { orderly }),
    ]
}

const SESSIONS: u8 = 4;

fn name(session: u8) -> SessionName {
    SessionName::new(&format!("s{session}")).unwrap()
}

fn checkpoint(n: u8) -> CheckpointName {
    CheckpointName::new(&format!("c{n}")).unwrap()
}

struct World {
    host: Arc<Fixture>,
    store: Arc<dyn Store>,
    models: BTreeMap<u8, Model>,
}

impl World {
    async fn open(store: Arc<dyn Store>) -> Arc<Fixture> {
        let small = |config: &mut Config| {
            config.pool.live_sessions_max = 2;
            // Only an interrupt ends what spins.
            config.limits.command_timeout = Duration::from_secs(60);
        };
        Arc::new(with_later(store, small).await)
    }

    async fn new() -> Self {
        let store: Arc<dyn Store> = Arc::new(MemoryStore::default());
        Self { host: Self::open(store.clone()).await, store, models: BTreeMap::new() }
    }

    /// Runs a command that the model says has this output, and leaves this state.
    async fn run(&mut self, session: u8, command: &str, output: &str, state: State) {
        let model = self.models.get_mut(&session).expect("it was created");
        model.add(state);
        let reply = self.host.run(name(session).as_str(), command).await.expect("it is answered");
        let said = reply.error.unwrap_or(reply.output);
        assert_eq!((said.as_str(), reply.event), (output, model.last), "{command} in {session}");
    }

    async fn create(&mut self, session: u8) {
        if !self.models.contains_key(&session) {
            self.host.behave(name(session).as_str()).await;
            self.models.insert(session, Model::default());
        }
    }

    async fn execute(&mut self, session: u8, deed: &Deed) {
        let state = self.models[&session].state();
        match deed {
            Deed::Count => {
                let state = State { count: state.count + 1, ..state };
                self.run(session, "count", &state.count.to_string(), state.clone()).await;
            }
            Deed::Set(value) => {
                self.run(session, &format!("set k {value}"), "", State { kept: Some(*value), ..state }).await;
            }
            Deed::Get => {
                let said = state.kept.map_or("nothing is kept as `k`".to_owned(), |value| value.to_string());
                self.run(session, "get k", &said, state).await;
            }
            // Recorded by a snapshot, for it was refused memory and went on.
            _ => self.run(session, "grow 60000", "-1", state).await,
        }
    }

    async fn fail(&mut self, session: u8, deed: &Deed) {
        if matches!(deed, Deed::Trap) {
            let failed = self.host.run(name(session).as_str(), "trap").await;
            assert!(matches!(failed, Err(SessionError::Trapped(_))), "{failed:?}");
            return;
        }
        let spinning = self.host.spawn(name(session).as_str(), "spin");
        self.host.interrupt(name(session).as_str()).await;
        let failed = spinning.await.unwrap();
        assert!(matches!(failed, Err(SessionError::Interrupted)), "{failed:?}");
    }

    async fn checkpoints(&mut self, session: u8, deed: &Deed) {
        let (manager, tenant) = (&self.host.manager, &self.host.tenant);
        let model = self.models.get_mut(&session).expect("it was created");
        match deed {
            Deed::Checkpoint(n) => {
                let made = manager.checkpoint(tenant, &name(session), &checkpoint(*n)).await;
                match model.checkpoints.get(n) {
                    Some(event) if *event == model.event => assert!(!made.unwrap().1),
                    Some(_) => assert!(matches!(made, Err(SessionError::CheckpointTaken { .. })), "{made:?}"),
                    None => {
                        assert!(made.unwrap().1);
                        model.checkpoints.insert(*n, model.event);
                    }
                }
            }
            Deed::DeleteCheckpoint(n) => {
                let deleted = manager.delete_checkpoint(tenant, &name(session), &checkpoint(*n)).await;
                assert_eq!(deleted.is_ok(), model.checkpoints.remove(n).is_some(), "{deleted:?}");
            }
            _ => {
                manager.save(tenant, &name(session)).await.unwrap();
            }
        }
    }

    async fn travel(&mut self, session: u8, deed: &Deed) {
        let (manager, tenant, name) = (&self.host.manager, &self.host.tenant, name(session));
        let model = self.models.get_mut(&session).expect("it was created");
        let (went, expected) = match deed {
            Deed::Jump(index) => {
                let events: Vec<u64> = std::iter::once(0).chain(model.events.keys().copied()).collect();
                let event = *index.get(&events);
                (manager.jump(tenant, &name, Target::Event(event)).await, Some(event))
            }
            Deed::JumpToCheckpoint(n) => {
                let target = Target::Checkpoint(checkpoint(*n));
                (manager.jump(tenant, &name, target).await, model.checkpoints.get(n).copied())
            }
            Deed::Undo(count) => (manager.undo(tenant, &name, *count).await, model.back(*count)),
            Deed::Redo(count) => (manager.redo(tenant, &name, *count).await, model.forth(*count)),
            _ => unreachable!("no journey"),
        };
        match expected {
            Some(event) => {
                model.go(event);
                let report = went.unwrap_or_else(|error| panic!("{deed:?} in {model:?}: {error}"));
                let redoable = model.way(model.tip).iter().position(|event| *event == model.event).unwrap();
                assert_eq!((report.event, report.redoable), (event, redoable as u64), "{deed:?} in {model:?}");
            }
            None => assert!(went.is_err(), "{deed:?} in {model:?}: {went:?}"),
        }
    }

    async fn copy(&mut self, session: u8, deed: &Deed) {
        let (manager, tenant) = (&self.host.manager, &self.host.tenant);
        let model = self.models[&session].clone();
        let (to, copy) = match deed {
            Deed::Fork { to, from } => {
                let events: Vec<u64> = model.events.keys().copied().collect();
                let event = from.filter(|_| !events.is_empty()).map(|index| *index.get(&events));
                let options = ForkOptions { names: vec![name(*to)], from: event.map(Target::Event) };
                let forked = manager.fork(tenant, &name(session), options).await;
                (*to, forked.map(|_| model.fork(event.unwrap_or(model.event))))
            }
            Deed::Export { to } => {
                let file = manager.export(tenant, &name(session)).await.unwrap();
                (*to, manager.import(tenant, &name(*to), file.into()).await.map(|_| model))
            }
            _ => unreachable!("no copy"),
        };
        match (self.models.contains_key(&to), copy) {
            (false, Ok(copy)) => drop(self.models.insert(to, copy)),
            (true, Err(SessionError::NameTaken(_))) => {}
            (there, copied) => panic!("{deed:?}, there: {there}, came to {copied:?}"),
        }
    }

    /// To the other version.
    async fn swap(&mut self, session: u8, how: SwapMethod) {
        let (manager, tenant) = (&self.host.manager, &self.host.tenant);
        let model = self.models.get_mut(&session).expect("it was created");
        let State { later, .. } = model.state();
        let options = to(if later { "behave" } else { "later" }, how);
        match manager.swap(tenant, &name(session), options).await {
            Ok(report) => {
                model.swaps += 1;
                model.add(State { later: !later, ..model.state() });
                assert_eq!((report.changed, report.event, report.carried.differing), (true, model.last, 0));
            }
            // A turn on the way can't be replayed, or a fork has no beginning.
            Err(SessionError::HistoryIncomplete { .. }) if how == SwapMethod::Replay => {}
            Err(error) => panic!("{how:?} in {model:?}: {error}"),
        }
    }

    async fn restart(&mut self, orderly: bool) {
        if orderly {
            self.host.manager.shutdown().await;
        }
        self.host = Self::open(self.store.clone()).await;
    }

    async fn carry_out(&mut self, session: u8, deed: &Deed) {
        self.create(session).await;
        match deed {
            Deed::Count | Deed::Set(_) | Deed::Get | Deed::Slow => self.execute(session, deed).await,
            Deed::Trap | Deed::Interrupt => self.fail(session, deed).await,
            Deed::Checkpoint(_) | Deed::DeleteCheckpoint(_) | Deed::Save => self.checkpoints(session, deed).await,
            Deed::Jump(_) | Deed::JumpToCheckpoint(_) | Deed::Undo(_) | Deed::Redo(_) => {
                self.travel(session, deed).await
            }
            Deed::Fork { .. } | Deed::Export { .. } => self.copy(session, deed).await,
            Deed::Swap(how) => self.swap(session, *how).await,
            Deed::Delete => {
                self.host.manager.delete(&self.host.tenant, &name(session)).await.unwrap();
                self.models.remove(&session);
            }
            Deed::Evict => {
                for other in ["evict1", "evict2"] {
                    self.host.output(other, "1").await;
                }
            }
            Deed::Restart { orderly } => self.restart(*orderly).await,
        }
    }

    async fn version(&mut self, session: u8) {
        let state = self.models[&session].state();
        self.run(session, "version", if state.later { "2" } else { "1" }, state).await;
    }

    /// What sessions tell of themselves is what the model has.
    async fn check(&self) {
        let (manager, tenant) = (&self.host.manager, &self.host.tenant);
        for (session, model) in &self.models {
            let metadata = manager.metadata(tenant, &name(*session), false).await.unwrap();
            let told = (metadata.event, metadata.event_count, metadata.checkpoint_count);
            let checkpoints = model.checkpoints.len() as u64 + model.swaps;
            assert_eq!(told, (model.event, model.last, checkpoints), "{session}: {model:?}");
            let guest = if model.state().later { "later" } else { "behave" };
            assert_eq!(metadata.guest.as_str(), guest, "{session}: {model:?}");
            let query = EventQuery { limit: 1_000, ..EventQuery::default() };
            let page = manager.events(tenant, &name(*session), &query).await.unwrap();
            let way = model.way(model.event);
            for event in &page.events {
                let expected = &model.events[&event.event];
                assert_eq!((event.follows, event.undone), (expected.follows, !way.contains(&event.event)));
            }
            // A fork may have left the oldest behind.
            assert!(page.events.len() <= model.events.len());
        }
        let stored = self.store.sessions(tenant, "", None, usize::MAX).unwrap();
        let stored: u64 = stored.iter().map(|record| record.counted_bytes).sum();
        let counted = manager.shares.of(tenant).storage(&*self.store).unwrap();
        assert_eq!((counted, self.store.usage(tenant).unwrap()), (stored, stored), "what the tenant has stored");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens_to_sessions_happens_as_in_the_model(
        deeds in prop::collection::vec((0..SESSIONS, deed()), 1..60),
    ) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        runtime.block_on(async {
            let mut world = World::new().await;
            for (session, deed) in &deeds {
                world.carry_out(*session, deed).await;
            }
            world.check().await;
            // In the end each session is on the guest, and still computes with the state, that the model says.
            for session in world.models.keys().copied().collect::<Vec<_>>() {
                world.version(session).await;
                world.carry_out(session, &Deed::Count).await;
                world.carry_out(session, &Deed::Get).await;
            }
        });
    }
}
