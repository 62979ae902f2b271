//! Restart: after SIGTERM every session is there; after `kill -9` every acknowledged command is.

use std::process::Stdio;

use crate::harness::{eventually, program, server, setup};

#[test]
fn after_a_stop_every_session_is_there() {
    let mut server = setup().with("max-live-sessions", 5).start();
    for n in 0..12 {
        server.session(&format!("s{n}")).output(&format!("(define x {n}) (define (get) x)"));
    }
    server.restart();
    assert!(server.data_directory().exists());
    for n in 0..12 {
        let session = server.session(&format!("s{n}"));
        assert_eq!(session.metadata()["dirty"], false);
        assert_eq!(session.output("(get)"), n.to_string());
    }
}

#[test]
fn a_stop_says_what_it_saved() {
    let mut server = server();
    server.session("a").output("(define x 1)");
    server.session("b").output("(define x 1)");
    server.session("b").save();
    assert_eq!(server.stop(), Some(0));
    let log = server.log();
    assert!(log.contains("saved 1 session"), "{log}");
}

#[test]
fn after_a_kill_every_acknowledged_command_is_there_and_the_store_opens() {
    let mut server = setup().with("max-live-sessions", 3).start();
    let sessions = 8;
    let mut counts = vec![0_u64; sessions];
    for round in 0..5 {
        for turn in 0..30 {
            let n = (turn * 7 + round) % sessions;
            let session = server.session(&format!("s{n}")).behave();
            counts[n] += 1;
            assert_eq!(session.execute("count").json()["event"], counts[n]);
        }
        server.kill();
        server.start();
        for (n, count) in counts.iter().enumerate().filter(|(_, count)| **count > 0) {
            let session = server.session(&format!("s{n}"));
            assert_eq!(session.metadata()["eventCount"], *count, "s{n} after kill {round}");
        }
    }
    for (n, count) in counts.iter().enumerate() {
        let answer = server.session(&format!("s{n}")).execute("count").json();
        assert!(
            answer["output"].as_str().is_some_and(|output| output.ends_with(&(count + 1).to_string())),
            "{answer} {count}"
        );
    }
}

#[test]
fn turns_that_read_time_and_chance_are_replayed_as_they_were() {
    let mut server = server();
    let alice = server.session("alice");
    let told =
        alice.output("(define seen (list (current-jiffy) (random 1000000) (random 1000000) (current-jiffy))) seen");
    server.kill();
    server.start();
    assert_eq!(server.session("alice").output("seen"), told);
}

#[test]
fn a_turn_that_reads_the_clock_too_often_to_record_is_kept_all_the_same() {
    let mut server = setup().with("command-timeout", "5s").start();
    let alice = server.session("alice");
    alice.output("(define n 0)");
    let command = "(let loop ((i 0)) (if (< i 20000) (begin (current-jiffy) (set! n (+ n 1)) (loop (+ i 1))))) n";
    assert_eq!(alice.output(command), "20000");
    assert_eq!(alice.metadata()["dirty"], false, "its event is a snapshot");
    server.kill();
    server.start();
    assert_eq!(server.session("alice").output("n"), "20000");
}

#[test]
fn a_command_that_runs_when_the_host_stops_is_answered() {
    let mut server = setup().with("command-timeout", "700ms").start();
    let port = server.url();
    let spinner = server.session("spinner").behave();
    spinner.output("set k v");
    std::thread::scope(|scope| {
        let spin = scope.spawn(|| spinner.execute("spin").code());
        eventually("it runs", || server.metric("hostel_leased_sessions") > 0.5);
        server.signal("TERM");
        assert_eq!(spin.join().expect("it is answered"), "time-exceeded", "{port}");
    });
    server.kill();
    server.start();
    assert_eq!(server.session("spinner").output("get k"), "v");
}

#[test]
fn a_data_directory_belongs_to_one_process() {
    let server = server();
    let mut second = program();
    second.args(["serve", "--listen", "127.0.0.1:0", "--data"]).arg(server.data_directory());
    let out = second.stdin(Stdio::null()).output().expect("it runs");
    assert_eq!(out.status.code(), Some(1));
    let said = String::from_utf8_lossy(&out.stderr);
    assert!(said.contains("in use"), "{said}");
    assert_eq!(server.get("/api/health").status, 200);
}
