//! Commands that go too far.

use std::time::{Duration, Instant};

use crate::contract::dialect::{Guest, brief, ordinary};
use crate::harness::{Answer, Server, Session};

/// A limit's own time, with what it takes to get there on a machine that is busy.
const PROMPT: Duration = Duration::from_secs(20);

/// Enough memory for every guest itself, and soon used up.
fn strict(guest: &Guest) -> Server {
    let limits = [("session-memory", "64MiB"), ("command-timeout", "2s"), ("output-bytes-max", "1MiB")];
    limits.into_iter().fold(guest.setup(), |setup, (name, value)| setup.with(name, value)).start()
}

/// A session with a value, and something that has lived for a step.
fn furnished<'s>(guest: &Guest, server: &'s Server) -> Session<'s> {
    let session = guest.session(server, "alice");
    guest.define(&session, "x", 1);
    if let Some(living) = guest.dialect.living.first() {
        living.make.iter().for_each(|command| drop(ordinary(&session, command)));
        assert_eq!(ordinary(&session, living.step)["result"], living.answers[0]);
    }
    session
}

/// It is still there.
fn look(guest: &Guest, session: &Session<'_>, step: usize) {
    if let Some(living) = guest.dialect.living.first() {
        assert_eq!(ordinary(session, living.step)["result"], living.answers[step], "{}", living.what);
    }
}

/// Runs a command that goes too far, after one that changes `x`.
fn misbehave(guest: &Guest, session: &Session<'_>, misdeed: &str) -> Answer {
    let command = guest.after_defining("x", 2, misdeed).unwrap_or_else(|| misdeed.to_owned());
    let began = Instant::now();
    let answer = session.execute(&command);
    assert!(began.elapsed() < PROMPT, "{} took {:?}", brief(misdeed), began.elapsed());
    answer
}

pub fn a_command_past_a_limit_is_stopped_and_undone(guest: &Guest) {
    let server = strict(guest);
    let alice = furnished(guest, &server);
    let dialect = guest.dialect;
    let misdeeds =
        [(dialect.spin, "time-exceeded"), (dialect.hoard, "memory-exceeded"), (dialect.flood, "output-exceeded")];
    let misdeeds = misdeeds.iter().filter_map(|(command, code)| Some(((*command)?, *code)));
    for (step, (misdeed, code)) in misdeeds.enumerate() {
        let answer = misbehave(guest, &alice, misdeed);
        if code == "memory-exceeded" && answer.status == 200 {
            // A language may catch that it is refused memory. It is an error like others then, and undoes nothing.
            assert!(answer.json()["error"].as_str().is_some_and(|error| error.contains("emory")), "{}", answer.text);
            guest.define(&alice, "x", 1);
        } else {
            // A small machine may run out of time before the memory is full; the promise is the same.
            let slow = code == "memory-exceeded" && answer.code() == "time-exceeded";
            assert!(answer.code() == code || slow, "{misdeed}: {}", answer.text);
            assert_eq!(answer.json()["rolledBack"], true, "{misdeed}: {}", answer.text);
        }
        guest.expect(&alice, "x", 1);
        look(guest, &alice, step + 1);
    }
}

pub fn endless_recursion_ends_and_leaves_the_session_usable(guest: &Guest) {
    let server = strict(guest);
    let alice = furnished(guest, &server);
    let Some(recurse) = guest.dialect.recurse else { return };
    let answer = misbehave(guest, &alice, recurse);
    if answer.status == 200 {
        let error = answer.json()["error"].as_str().map(str::to_lowercase).unwrap_or_default();
        let told = ["recursion", "stack", "deep"].iter().any(|word| error.contains(word));
        assert!(told && error.len() < 10_000, "{error}");
    } else {
        assert!(["trapped", "memory-exceeded"].contains(&answer.code().as_str()), "{}", answer.text);
        assert_eq!(answer.json()["rolledBack"], true, "{}", answer.text);
        guest.expect(&alice, "x", 1);
    }
    look(guest, &alice, 1);
    guest.define(&alice, "x", 3);
    guest.expect(&alice, "x", 3);
}
