//! Sessions go on with another guest while they are used: one by one, and all of them.
//!
//! `later` is `behave` with another version number, of which some commands end otherwise.

use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::harness::{Answer, Server, Session, Setup, eventually, program, setup};

/// A folder with the later version in a file.
struct Later {
    _folder: TempDir,
    file: PathBuf,
}

impl Later {
    fn new() -> Self {
        let mut bytes = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/guests/behave.wasm")).expect("the guest");
        let number = b"behave-version-number: ";
        let at = bytes.windows(number.len()).position(|part| part == number).expect("its version");
        bytes[at + number.len()] = b'2';
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("later.wasm");
        std::fs::write(&file, bytes).expect("it is written");
        Self { _folder: folder, file }
    }

    fn setup(&self) -> Setup {
        setup().with("guest", format!("later={}", self.file.display()))
    }
}

fn swap(session: &Session<'_>, body: Value) -> Answer {
    session.request("POST", "/guest", Some(&body.to_string()))
}

fn text(out: &Output) -> String {
    String::from_utf8_lossy(&out.stdout).into_owned() + &String::from_utf8_lossy(&out.stderr)
}

fn upgrade(server: &Server, from: &str, to: &str) -> Command {
    let mut command = program();
    command.args(["guests", "upgrade", from, to, "--rate", "200", "--server", &server.url()]);
    command
}

#[test]
fn a_guest_is_changed_over_http_and_what_stands_in_the_way_is_told() {
    let later = Later::new();
    let mut server = later.setup().start();
    let alice = server.session("alice").behave();
    alice.output("count");
    alice.output("differ value");
    for (body, status, code) in [
        (json!({}), 400, "invalid-json"),
        (json!({ "guest": "later" }), 400, "invalid-json"),
        (json!({ "guest": "later", "how": "copy" }), 400, "invalid-json"),
        (json!({ "guest": "nobody", "how": "replay" }), 422, "guest-unknown"),
        (json!({ "guest": "javascript", "how": "transfer" }), 409, "guest-not-portable"),
    ] {
        let refused = swap(&alice, body.clone());
        assert_eq!((refused.status, refused.code().as_str()), (status, code), "{body}");
    }
    alice.output("set refuse-save for a reason");
    let failed = swap(&alice, json!({ "guest": "later", "how": "transfer" }));
    assert_eq!((failed.status, failed.code().as_str()), (422, "swap-failed"));
    assert!(failed.text.contains("can't save its state: for a reason"), "{}", failed.text);
    assert_eq!(failed.json()["effect"], "rolledBack");
    alice.output("grow 100000");
    let incomplete = swap(&alice, json!({ "guest": "later", "how": "replay" }));
    assert_eq!((incomplete.status, incomplete.code().as_str()), (409, "history-incomplete"));
    assert_eq!(alice.request("POST", "/jump", Some(r#"{"event": 2}"#)).status, 200);

    let dry = swap(&alice, json!({ "guest": "later", "how": "replay", "dryRun": true })).json();
    assert_eq!((&dry["changed"], &dry["differing"], &dry["event"]), (&json!(false), &json!(1), &json!(2)));
    let report = swap(&alice, json!({ "guest": "later", "how": "replay", "checkpoint": "old" })).json();
    assert_eq!((&report["changed"], &report["event"], &report["checkpoint"]), (&json!(true), &json!(5), &json!("old")));
    let difference = json!({ "event": 2, "command": "differ value", "recorded": "same", "now": "other" });
    assert_eq!(report["differences"], json!([difference]));
    assert_eq!(alice.metadata()["guest"], "later");
    server.restart();
    let alice = server.session("alice");
    assert_eq!((alice.output("version").as_str(), alice.output("count").as_str()), ("2", "2"));
    assert_eq!(alice.request("POST", "/jump", Some(r#"{"checkpoint": "old"}"#)).status, 200);
    assert_eq!((alice.output("version").as_str(), alice.metadata()["guest"].as_str()), ("1", Some("behave")));
    let events = alice.request("GET", "/events?outcome=guest", None).json();
    let told = events["events"][0]["command"].as_str().expect("a command");
    assert!(told.starts_with("guest behave@") && told.contains(" → later@"), "{told}");
}

#[test]
fn the_program_changes_guests_with_a_server_and_without() {
    let later = Later::new();
    let mut server = later.setup().start();
    for name in ["alice", "bob", "carol"] {
        server.session(name).behave().output("count");
    }
    server.session("carol").output("set refuse-save no");
    let config = server.data_directory().with_file_name("guests.toml");
    let toml = format!("[guests]\nbehave = {:?}\nlater = {:?}\n", behave_file(), later.file);
    std::fs::write(&config, toml).expect("it is written");
    let data = server.data_directory();
    let run = |arguments: &[&str]| {
        let mut command = program();
        let out = command.args(arguments).arg("--data").arg(&data).arg("--config").arg(&config).output();
        let out = out.expect("it runs");
        (out.status.code(), text(&out))
    };
    for (to, round) in [("later", 1), ("behave", 2)] {
        let (code, told) = run(&["guest", "alice", to, "--dry-run"]);
        assert!(code == Some(0) && told.contains("alice could be on"), "{told}");
        let (code, told) = run(&["guest", "alice", to]);
        assert!(code == Some(0) && told.contains(&format!("alice is on {to}@")), "{told}");
        let (code, told) = run(&["guest", "alice", to]);
        assert!(code == Some(0) && told.contains("already"), "{told}");
        if round == 1 {
            let (code, told) = run(&["guests", "upgrade", "behave", "later"]);
            assert_eq!(code, Some(1), "{told}");
            assert!(told.contains("carol failed: session carol keeps its guest"), "{told}");
            assert!(told.contains("1 upgraded, 0 of them differ; 1 stay on behave; 0 skipped"), "{told}");
            assert_eq!(server.stop(), Some(0));
        }
    }
    let (code, told) = run(&["guests", "upgrade", "behave", "later", "--how", "replay", "--tenant", "default"]);
    assert!(code == Some(0) && told.contains("2 upgraded"), "{told}");
    server.start();
    for name in ["alice", "bob", "carol"] {
        let session = server.session(name);
        assert_eq!((session.output("version").as_str(), session.output("count").as_str()), ("2", "2"), "{name}");
    }
}

fn behave_file() -> &'static str {
    concat!(env!("CARGO_MANIFEST_DIR"), "/guests/behave.wasm")
}

#[test]
fn tenants_change_the_guests_of_their_own_sessions_only() {
    let later = Later::new();
    let out = text(&program().args(["key", "acme"]).output().expect("it runs"));
    let key = out.lines().next().expect("a key").to_owned();
    let hash = out.split('"').find(|word| word.starts_with("blake3:")).expect("a hash");
    let config = format!("[[tenants]]\nname = \"acme\"\nkeys = [\"{hash}\"]\n");
    let server = later.setup().config(&config).start();
    let alice = server.session_of(&key, "alice").behave();
    alice.output("count");
    let body = json!({ "from": "behave", "to": "later", "how": "transfer" }).to_string();
    let refused = server.request("POST", "/api/guests/upgrade", Some(&key), Some(&body));
    assert_eq!((refused.status, refused.code().as_str()), (403, "operators-only"));
    assert_eq!(swap(&alice, json!({ "guest": "later", "how": "transfer" })).status, 200);
    assert_eq!(alice.output("version"), "2");
}

const SESSIONS: usize = 100;
const CLIENTS: usize = 5;

#[test]
fn a_hundred_sessions_are_upgraded_while_clients_use_them() {
    let later = Later::new();
    let server = later.setup().with("max-live-sessions", 20).start();
    for n in 0..SESSIONS {
        server.session(&format!("s{n:02}")).behave().output(&format!("set n {n}"));
    }
    let (over, commands) = (AtomicBool::new(false), AtomicU64::new(0));
    let counts: Vec<u64> = std::thread::scope(|scope| {
        let client = |first: usize| {
            let (server, over, commands) = (&server, &over, &commands);
            move || {
                let mut counts = vec![0; SESSIONS];
                // Once more when all is over, so that each has been used since.
                let mut last = false;
                while !last {
                    last = over.load(Ordering::Relaxed);
                    for n in (first..SESSIONS).step_by(CLIENTS) {
                        counts[n] += 1;
                        let counted = server.session(&format!("s{n:02}")).output("count");
                        assert_eq!(counted, counts[n].to_string(), "s{n:02}");
                        commands.fetch_add(1, Ordering::Relaxed);
                    }
                }
                counts
            }
        };
        let clients: Vec<_> = (0..CLIENTS).map(|first| scope.spawn(client(first))).collect();
        eventually("all clients are at it", || commands.load(Ordering::Relaxed) > SESSIONS as u64);
        let out = upgrade(&server, "behave", "later").output().expect("it runs");
        over.store(true, Ordering::Relaxed);
        assert_eq!(out.status.code(), Some(0), "{}", text(&out));
        assert!(text(&out).contains("100 upgraded, 0 of them differ; 0 stay on behave"), "{}", text(&out));
        let counts = clients.into_iter().map(|client| client.join().expect("no command failed"));
        counts.fold(vec![0; SESSIONS], |sum, own| sum.iter().zip(own).map(|(a, b)| a + b).collect())
    });
    for (n, count) in counts.iter().enumerate() {
        let session = server.session(&format!("s{n:02}"));
        assert_eq!(session.output("version"), "2");
        assert_eq!(session.output("get n"), n.to_string());
        assert_eq!(session.output("count"), (count + 1).to_string());
    }
}

/// Kills amid upgrades, there and back.
const KILLS: u64 = 12;

#[test]
fn an_upgrade_that_was_killed_is_run_again_and_no_session_is_between_two_guests() {
    let later = Later::new();
    let mut server = later.setup().start();
    let names: Vec<_> = (0..30).map(|n| format!("s{n:02}")).collect();
    for name in &names {
        server.session(name).behave().output(&format!("set name {name}"));
    }
    let mut counts = vec![0_u64; names.len()];
    let (mut from, mut to) = ("behave", "later");
    for kill in 0..KILLS {
        let mut upgrading =
            upgrade(&server, from, to).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it runs");
        let moved = |server: &Server| {
            let listed = server.get("/api/sessions").json();
            let sessions = listed["sessions"].as_array().expect("a list").clone();
            sessions.iter().filter(|session| session["guest"] == to).count() as u64
        };
        let before = moved(&server);
        eventually("some are upgraded", || moved(&server) >= (before + kill % 5).min(names.len() as u64));
        server.kill();
        upgrading.wait().expect("it ends");
        server.start();
        for (name, count) in names.iter().zip(&mut counts) {
            let session = server.session(name);
            let guest = session.metadata()["guest"].clone();
            let version = session.output("version");
            assert_eq!(guest, if version == "1" { "behave" } else { "later" }, "{name}");
            *count += 1;
            assert_eq!((session.output("get name"), session.output("count")), (name.clone(), count.to_string()));
        }
        if moved(&server) == names.len() as u64 {
            (from, to) = (to, from);
        }
    }
    let out = upgrade(&server, from, to).output().expect("it runs");
    assert_eq!(out.status.code(), Some(0), "{}", text(&out));
    let version = if to == "later" { "2" } else { "1" };
    assert!(names.iter().all(|name| server.session(name).output("version") == version));
}
