//! `kill -9` at random moments under load from many clients: what was acknowledged is there, exactly; what was in flight is
//! there as a whole, or not at all.
//!
//! Each client has a session and keeps to itself what it was told. A command changes two variables, so that half of one
//! would show. When an answer does not come, the client can't know; after the restart it asks: by reading, or by sending
//! the same command with the same key again, which must not do it twice.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use serde_json::{Value, json};

use crate::harness::{Server, eventually, setup};

/// Kills in all; by hand more, with `HOSTEL_TEST_KILLS`.
const KILLS: usize = 200;
const CLIENTS: usize = 6;

const COMMAND: &str = "(set! a (+ a 1)) (set! b (+ b 1)) (list a b)";

/// A client and what it knows of its session.
struct Client {
    name: String,
    /// The value of both variables after each of the events that led to the present.
    path: Vec<u64>,
    /// What was sent and not answered.
    in_flight: Option<Sent>,
    keys: u64,
    /// Sends every command with a key.
    keyed: bool,
    random: u64,
}

/// A request without an answer.
enum Sent {
    Command {
        key: Option<String>,
    },
    Undo,
    /// What changes nothing that a user would see.
    Harmless,
}

impl Client {
    fn new(number: usize, server: &Server) -> Self {
        let name = format!("client-{number}");
        server.session(&name).output("(define a 0) (define b 0)");
        Self {
            name,
            path: vec![0],
            in_flight: None,
            keys: 0,
            keyed: number.is_multiple_of(2),
            random: number as u64 + 1,
        }
    }

    /// Xorshift: which moves come in which order does not matter, only that they differ.
    fn chance(&mut self, of: u64) -> u64 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        self.random % of
    }

    fn post(&self, server: &Server, action: &str, key: Option<&str>, body: &Value) -> Option<(u16, Value)> {
        let path = format!("/api/sessions/{}/{action}", self.name);
        let headers: Vec<_> = key.map(|key| ("idempotency-key", key)).into_iter().collect();
        let answer = server.try_request("POST", &path, &headers, Some(&body.to_string())).ok()?;
        Some((answer.status, answer.json()))
    }

    fn execute(&mut self, server: &Server, key: Option<String>) -> bool {
        let expected = self.path.last().copied().unwrap_or(0) + 1;
        let answer = self.post(server, "execute", key.as_deref(), &json!({ "command": COMMAND }));
        self.in_flight = Some(Sent::Command { key });
        match answer {
            Some((200, reply)) => {
                assert_eq!(reply["output"], format!("({expected} {expected})"), "{}: {reply}", self.name);
                self.path.push(expected);
                self.in_flight = None;
                true
            }
            Some((503, _)) | None => false,
            Some((status, reply)) => panic!("{}: {status} {reply}", self.name),
        }
    }

    /// One request; false when the server is gone.
    fn move_on(&mut self, server: &Server) -> bool {
        match self.chance(20) {
            0 if self.path.len() > 2 => {
                self.in_flight = Some(Sent::Undo);
                let Some((200, _)) = self.post(server, "undo", None, &json!({})) else { return false };
                self.path.pop();
            }
            1 => {
                self.in_flight = Some(Sent::Harmless);
                let Some((200, _)) = self.post(server, "save", None, &json!({})) else { return false };
            }
            _ => {
                self.keys += 1;
                let key = self.keyed.then(|| format!("{}-{}", self.name, self.keys));
                return self.execute(server, key);
            }
        }
        self.in_flight = None;
        true
    }

    /// Finds out what became of what was in flight, and checks that all else is as it was told.
    fn catch_up(&mut self, server: &Server) {
        let told = self.path.last().copied().unwrap_or(0);
        match self.in_flight.take() {
            Some(Sent::Command { key: Some(key) }) => {
                assert!(self.execute(server, Some(key)), "{} is answered after the restart", self.name);
            }
            Some(Sent::Command { key: None }) => {
                let found = self.read(server);
                assert!(found == told || found == told + 1, "{}: told {told}, found {found}", self.name);
                if found > told {
                    self.path.push(found);
                }
            }
            Some(Sent::Undo) => {
                let found = self.read(server);
                assert!(found == told || found + 1 == told, "{}: told {told}, found {found}", self.name);
                if found < told {
                    self.path.pop();
                }
            }
            Some(Sent::Harmless) | None => assert_eq!(self.read(server), told, "{}", self.name),
        }
    }

    /// Both variables, which must be equal; leaves an event, which is undone.
    fn read(&self, server: &Server) -> u64 {
        let session = server.session(&self.name);
        let said = session.output("(list a b)");
        let (a, b) = said.trim_matches(['(', ')']).split_once(' ').expect("two numbers");
        assert_eq!(a, b, "{}: a command was done by half", self.name);
        assert_eq!(session.request("POST", "/undo", Some("{}")).status, 200);
        a.parse().expect("a number")
    }
}

#[test]
fn whatever_moment_it_is_killed_at_nothing_acknowledged_is_lost() {
    let kills = std::env::var("HOSTEL_TEST_KILLS").ok().and_then(|kills| kills.parse().ok()).unwrap_or(KILLS);
    // Two sessions fewer live than there are, so that some are always on their way out or in.
    let mut server = setup().with("max-live-sessions", CLIENTS - 2).with("history-events-max", 200).start();
    let mut clients: Vec<_> = (0..CLIENTS).map(|number| Client::new(number, &server)).collect();
    let mut acknowledged = 0;
    for kill in 0..kills {
        acknowledged += load_and_kill(&server, &mut clients, kill);
        server.kill();
        server.start();
        clients.iter_mut().for_each(|client| client.catch_up(&server));
    }
    assert!(acknowledged > kills as u64 * 10, "{acknowledged} answers in {kills} runs");
}

/// Lets all clients go at it, and kills the server when they have had some answers; how many they had in all.
fn load_and_kill(server: &Server, clients: &mut [Client], kill: usize) -> u64 {
    let answers = AtomicU64::new(0);
    let over = AtomicBool::new(false);
    // A few commands to some hundred: a kill falls on beginnings, evictions, saves and the middle of it all.
    let after = 1 + (kill as u64 * 37) % 150;
    std::thread::scope(|scope| {
        for client in clients.iter_mut() {
            let (answers, over) = (&answers, &over);
            scope.spawn(move || {
                while !over.load(Ordering::Relaxed) && client.move_on(server) {
                    answers.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        eventually("commands are answered", || answers.load(Ordering::Relaxed) >= after);
        server.signal("KILL");
        over.store(true, Ordering::Relaxed);
    });
    answers.into_inner()
}

/// A command that runs when the host is killed leaves nothing.
#[test]
fn a_command_that_ran_when_the_host_was_killed_is_absent() {
    let mut server = setup().with("command-timeout", "60s").start();
    server.session("a").output("(define x 1)");
    std::thread::scope(|scope| {
        let spinning = scope.spawn(|| {
            let body = json!({ "command": "(set! x 2) (let loop () (loop))" }).to_string();
            server.try_request("POST", "/api/sessions/a/execute", &[], Some(&body)).is_err()
        });
        eventually("it runs", || server.metric("hostel_leased_sessions") > 0.5);
        server.signal("KILL");
        assert!(spinning.join().expect("the client ended"), "nobody answers");
    });
    server.kill();
    server.start();
    assert_eq!(server.session("a").output("x"), "1");
    assert_eq!(server.session("a").metadata()["eventCount"], 2);
}
