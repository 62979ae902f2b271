//! What lives between commands goes on, wherever its session has been meanwhile.

use serde_json::json;

use crate::contract::dialect::{Guest, Living, STEPS, ordinary};
use crate::harness::{Server, Session};

/// A session for each living thing, which is made there and has taken its first step.
fn settle(guest: &Guest, server: &Server, prefix: &str) {
    for (n, living) in guest.dialect.living.iter().enumerate() {
        let session = guest.session(server, &format!("{prefix}{n}"));
        living.make.iter().for_each(|command| drop(ordinary(&session, command)));
        step(&session, living, 0);
    }
}

#[track_caller]
fn step(session: &Session<'_>, living: &Living, n: usize) {
    let shown = ordinary(session, living.step);
    assert_eq!(shown["result"], living.answers[n], "step {n} of {} in {}: {shown}", living.what, session.name);
}

/// The next step of every session with this prefix.
fn step_all(guest: &Guest, server: &Server, prefix: &str, n: usize) {
    for (at, living) in guest.dialect.living.iter().enumerate() {
        step(&server.session(&format!("{prefix}{at}")), living, n);
    }
}

pub fn what_lives_comes_back_from_evictions(guest: &Guest) {
    let server = guest.setup().with("max-live-sessions", 1).start();
    settle(guest, &server, "s");
    // Room for one: each of these has been evicted since its last step.
    let other = guest.session(&server, "other");
    for n in 1..STEPS {
        guest.define(&other, "x", 1);
        step_all(guest, &server, "s", n);
    }
    let turns = u32::try_from(guest.dialect.living.len() * (STEPS - 1)).expect("a few");
    assert!(server.metric("hostel_evictions_total") >= f64::from(turns), "nobody was evicted");
}

pub fn what_lives_comes_back_from_a_stop_and_from_a_kill(guest: &Guest) {
    let mut server = guest.setup().start();
    settle(guest, &server, "s");
    server.restart();
    step_all(guest, &server, "s", 1);
    // Its last step is in no snapshot, and done again.
    server.kill();
    server.start();
    step_all(guest, &server, "s", 2);
    server.kill();
    server.start();
    step_all(guest, &server, "s", 3);
}

fn post(session: &Session<'_>, action: &str, body: serde_json::Value) {
    let answer = session.request("POST", &format!("/{action}"), Some(&body.to_string()));
    assert!(answer.status < 300, "{action}: {}", answer.text);
}

pub fn forks_of_what_lives_go_their_own_ways(guest: &Guest) {
    let mut server = guest.setup().with("max-live-sessions", 2).start();
    settle(guest, &server, "s");
    for (n, living) in guest.dialect.living.iter().enumerate() {
        let first = server.session(&format!("s{n}"));
        step(&first, living, 1);
        post(&first, "fork", json!({ "name": format!("f{n}") }));
        step(&first, living, 2);
        step(&server.session(&format!("f{n}")), living, 2);
        step(&first, living, 3);
    }
    server.restart();
    step_all(guest, &server, "f", 3);
}

pub fn what_lives_goes_back_and_forth(guest: &Guest) {
    let server = guest.setup().start();
    settle(guest, &server, "s");
    for (n, living) in guest.dialect.living.iter().enumerate() {
        let session = server.session(&format!("s{n}"));
        step(&session, living, 1);
        step(&session, living, 2);
        post(&session, "undo", json!({ "count": 2 }));
        step(&session, living, 1);
        post(&session, "undo", json!({}));
        post(&session, "redo", json!({}));
        step(&session, living, 2);
        step(&session, living, 3);
    }
}
