//! The program's commands, as typed.

use std::process::Output;

use crate::harness::{program, server};

fn said(output: &Output) -> (String, String) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (text(&output.stdout), text(&output.stderr))
}

#[test]
fn exec_works_against_a_server_and_on_the_data_directory_when_none_runs() {
    let mut server = server();
    let data = server.data_directory();
    let exec = |command: &str| {
        let out = program().args(["exec", "alice", command, "--data"]).arg(&data).output().expect("it runs");
        (out.status.code(), said(&out))
    };
    let by_url =
        program().args(["exec", "alice", "(define x 41)", "--server", &server.url()]).output().expect("it runs");
    assert_eq!(by_url.status.code(), Some(0), "{:?}", said(&by_url));
    let (code, (stdout, stderr)) = exec("(+ x 1)");
    assert_eq!((code, stdout.trim()), (Some(0), "42"), "{stderr}");
    assert_eq!(server.stop(), Some(0));
    let (code, (stdout, stderr)) = exec("(+ x 2)");
    assert_eq!((code, stdout.trim()), (Some(0), "43"), "{stderr}");
    let (code, (_, stderr)) = exec("(car 1)");
    assert_eq!(code, Some(1), "{stderr}");
    server.start();
    assert_eq!(server.session("alice").output("x"), "41");
}

#[test]
fn guests_check_tells_what_a_component_is_or_why_it_is_refused() {
    let behave = concat!(env!("CARGO_MANIFEST_DIR"), "/guests/behave.wasm");
    let out = program().args(["guests", "check", behave]).output().expect("it runs");
    let (stdout, stderr) = said(&out);
    assert_eq!(out.status.code(), Some(0), "{stderr}");
    assert!(stdout.contains("base image") && stdout.contains("digest"), "{stdout}");

    let directory = tempfile::tempdir().expect("a directory");
    let bad = directory.path().join("bad.wasm");
    std::fs::write(&bad, b"\0asm\x01\0\0\0").expect("it is written");
    let out = program().args(["guests", "check"]).arg(&bad).output().expect("it runs");
    let (_, stderr) = said(&out);
    assert_eq!(out.status.code(), Some(1));
    assert!(stderr.contains("core module") && stderr.contains("hint:"), "{stderr}");
}

#[test]
fn all_that_is_wrong_with_the_configuration_is_told_at_once() {
    let out = program()
        .args(["serve", "--memory-budget", "lots", "--max-live-sessions", "0"])
        .env("HOSTEL_COMMAND_TIMEOUT", "soon")
        .output()
        .expect("it runs");
    let (_, stderr) = said(&out);
    assert_eq!(out.status.code(), Some(2), "{stderr}");
    for setting in ["memory_budget", "max_live_sessions", "command_timeout"] {
        assert!(stderr.contains(setting) || stderr.contains(&setting.replace('_', "-")), "{setting}: {stderr}");
    }
}

#[test]
fn sessions_and_guests_are_listed() {
    let server = server();
    server.session("alice").output("1");
    let list = |arguments: &[&str]| {
        let out = program().args(arguments).args(["--server", &server.url()]).output().expect("it runs");
        let (stdout, stderr) = said(&out);
        assert_eq!(out.status.code(), Some(0), "{stderr}");
        stdout
    };
    assert!(list(&["sessions"]).contains("alice"));
    assert!(list(&["sessions", "--json"]).contains("\"eventCount\""));
    assert!(list(&["guests", "list"]).contains("omega"));
}

/// What `hostel repl` prints for `typed`.
fn conversation(server: &crate::harness::Server, typed: &str) -> (String, String) {
    use std::io::Write;
    let mut child = program()
        .args(["repl", "alice", "--server", &server.url()])
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .expect("it runs");
    child.stdin.take().expect("piped").write_all(typed.as_bytes()).expect("it reads");
    said(&child.wait_with_output().expect("it ends"))
}

#[test]
fn a_command_at_a_prompt_may_take_several_lines() {
    let server = server();
    let typed = "(define (f x)\n  (* x\n     2))\n(f 4)\n)\n\n(f\n";
    let (stdout, stderr) = conversation(&server, typed);
    assert!(stdout.starts_with("f\n8\nunexpected `)`"), "{stdout}{stderr}");
    assert!(stdout.contains("the text ends inside a list"), "{stdout}{stderr}");
    assert!(server.session("alice").output("(f 5)") == "10");
}

#[test]
fn the_prompt_has_commands_of_its_own_about_the_history() {
    let server = server();
    let typed = "(define x 1)\n:checkpoint one\n(define x 2)\n:back\nx\n:goto one\n:forward\n:fork bob\n:checkpoints\n\
                 :history 2\n:save\n:goto nowhere\n:back 0\n:help\n:defs\n:nonsense\n:quit\n(never)\n";
    let (stdout, stderr) = conversation(&server, typed);
    for told in [
        "checkpoint one keeps event 1",
        "alice stands at event 1, before that at 2",
        "session bob begins where this one stands",
        "one keeps event 1",
        "EVENT",
        "is saved",
        ":goto EVENT|CHECKPOINT",
        "call-with-prompt",
        "x = 1",
        "unknown command: :nonsense",
    ] {
        assert!(stdout.contains(told), "{told}: {stdout}\n{stderr}");
    }
    assert!(stderr.contains("no checkpoint nowhere") && stderr.contains("0 is no number of events"), "{stderr}");
    assert!(!stdout.contains("never"), "{stdout}");
    assert_eq!(server.session("bob").output("x"), "1");
}

#[test]
fn a_session_of_a_chosen_guest_is_made_by_its_first_command() {
    let server = server();
    let exec = |arguments: &[&str]| {
        let out = program().arg("exec").args(arguments).args(["--server", &server.url()]).output().expect("it runs");
        (out.status.code(), said(&out))
    };
    let (code, (stdout, stderr)) = exec(&["j", "[1, 2].map(n => n * 2)", "--guest", "javascript"]);
    assert_eq!((code, stdout.trim()), (Some(0), "[ 2, 4 ]"), "{stderr}");
    let (code, (stdout, stderr)) = exec(&["j", "1 + 1", "--guest", "javascript"]);
    assert_eq!((code, stdout.trim()), (Some(0), "2"), "{stderr}");
    let (code, (_, stderr)) = exec(&["j", "1 + 1", "--guest", "omega"]);
    assert!(code == Some(1) && stderr.contains("its guest is javascript"), "{stderr}");
}

#[test]
fn what_only_reads_makes_no_data_directory() {
    let directory = tempfile::tempdir().expect("a directory");
    let data = directory.path().join("new");
    let run = |arguments: &[&str]| program().args(arguments).arg("--data").arg(&data).output().expect("it runs");
    let out = run(&["sessions"]);
    let (_, stderr) = said(&out);
    assert!(stderr.contains("there is no data directory") && stderr.contains("--server"), "{stderr}");
    assert!(out.status.code() == Some(1) && !data.exists());
    let out = run(&["exec", "a", "(+ 1 2)"]);
    let (stdout, stderr) = said(&out);
    assert_eq!(stdout.trim(), "3", "{stderr}");
    assert!(stderr.contains("the new data directory"), "{stderr}");
    assert_eq!(said(&run(&["exec", "a", "(+ 1 2)"])).1, "");
}

#[test]
fn who_reads_no_more_of_a_list_hears_no_complaint() {
    let server = server();
    server.session("alice").output("1");
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    let mut listing = program();
    listing.args(["sessions", "--server", &server.url()]).stdout(writer);
    let out = listing.output().expect("it runs");
    assert_eq!((out.status.code(), said(&out).1.as_str()), (Some(0), ""));
}
