//! The same commands have the same outcomes, whatever the host does between them.

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::Value;

use crate::contract::dialect::{Dialect, Guest, answered, ordinary};

/// Commands of a random sequence.
const COMMANDS: usize = 60;

/// Commands that build on one another, as far as the language can say them; many of them are errors.
fn command(dialect: &'static Dialect) -> impl Strategy<Value = String> {
    let name = prop::sample::select(&["a", "b", "c"][..]);
    let text = "[a-z 'ä😀]{0,40}";
    let number = 0..1000_i64;
    let mut choices = vec![Just(dialect.unknown.unwrap_or_default().to_owned()).boxed()];
    for say in [dialect.define, dialect.add].into_iter().flatten() {
        choices.push((name.clone(), number.clone()).prop_map(move |(name, n)| say(name, n)).boxed());
    }
    choices.extend(dialect.read.map(|say| name.prop_map(say).boxed()));
    let says = [dialect.fail, dialect.print, dialect.warn, dialect.keep_text].into_iter().flatten();
    choices.extend(says.map(|say| text.prop_map(move |text| say(&text)).boxed()));
    for living in dialect.living {
        // They are made again too, over what was made before.
        let makes = (!living.make.is_empty()).then(|| prop::sample::select(living.make));
        choices.extend(makes.map(|makes| makes.prop_map(str::to_owned).boxed()));
        choices.extend([Just(living.step.to_owned()).boxed(), Just(living.step.to_owned()).boxed()]);
    }
    proptest::strategy::Union::new(choices)
}

fn sequence(dialect: &'static Dialect) -> Vec<String> {
    let mut runner = TestRunner::new_with_rng(Config::default(), TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let commands = command(dialect);
    (0..COMMANDS).map(|_| commands.new_tree(&mut runner).expect("a command").current()).collect()
}

pub fn a_session_that_comes_and_goes_answers_as_one_that_stays(guest: &Guest) {
    let narrow = guest.setup().with("max-live-sessions", 1).start();
    let mut wide = guest.setup().start();
    let (goes, other) = (guest.session(&narrow, "alice"), guest.session(&narrow, "other"));
    guest.session(&wide, "alice");
    let commands = sequence(guest.dialect);
    for (n, command) in commands.iter().enumerate() {
        let stays = wide.session("alice");
        let [left, right] = [&goes, &stays].map(|session| {
            let mut answer = answered(session, command);
            answer.as_object_mut().and_then(|answer| answer.remove("usage")).expect("what it took, which differs");
            answer
        });
        assert_eq!(left, right, "command {n}: {command}");
        guest.define(&other, "x", 1);
        // One evicts after every command; the other runs all of them again after some.
        if n % (COMMANDS / 3) == COMMANDS / 3 - 1 {
            wide.kill();
            wide.start();
        }
    }
    assert!(narrow.metric("hostel_evictions_total") >= 1.9 * f64::from(u32::try_from(COMMANDS).expect("a few")));
    let histories = [goes, wide.session("alice")].map(|session| outcomes(&session));
    assert_eq!(histories[0].len(), COMMANDS);
    assert_eq!(histories[0], histories[1]);
}

/// What each event of a history has of what the guest answered.
fn outcomes(session: &crate::harness::Session<'_>) -> Vec<Value> {
    let event = |n: usize| session.request("GET", &format!("/events/{n}"), None).json();
    let keep = ["event", "command", "outcome", "output", "result", "error", "stdout", "stderr"];
    (1..=COMMANDS).map(event).map(|event| keep.iter().map(|key| event[*key].clone()).collect()).collect()
}

pub fn a_replay_reads_the_time_and_chance_that_were_read(guest: &Guest) {
    let mut server = guest.setup().start();
    let Some((keep, tell)) = guest.dialect.chance else { return };
    let (alice, bob) = (guest.session(&server, "alice"), guest.session(&server, "bob"));
    ordinary(&alice, keep);
    let first = ordinary(&alice, tell)["result"].clone();
    ordinary(&alice, keep);
    ordinary(&bob, keep);
    let seen = [&alice, &bob].map(|session| ordinary(session, tell)["result"].clone());
    assert_ne!(first, seen[0], "time passes");
    assert_ne!(seen[0], seen[1], "each session has its own");
    for _ in 0..2 {
        server.kill();
        server.start();
        let told = ["alice", "bob"].map(|name| ordinary(&server.session(name), tell)["result"].clone());
        assert_eq!(told, seen);
    }
}
