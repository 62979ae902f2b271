//! The guest registry at run time: versions, aliases, operators, and what sessions keep of it.

use std::path::PathBuf;

use serde_json::{Value, json};

use crate::harness::{Answer, Server, new_key, program, server, setup};

const BEHAVE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/guests/behave.wasm");

/// A component that does what `behave` does and has another digest: with a section that nobody reads.
fn another(mark: u8) -> Vec<u8> {
    let mut bytes = std::fs::read(BEHAVE).expect("it is built");
    bytes.extend([0, 3, 1, b'x', mark]);
    bytes
}

fn file(server: &Server, mark: u8) -> PathBuf {
    let path = server.data_directory().with_extension(format!("{mark}.wasm"));
    std::fs::write(&path, another(mark)).expect("it is written");
    path
}

/// Runs the program on this server, as whoever has `key`; what it printed, or what it complained of.
fn hostel(server: &Server, key: Option<&str>, arguments: &[&str]) -> Result<String, String> {
    let mut command = program();
    command.args(arguments).args(["--server", &server.url()]);
    if let Some(key) = key {
        command.args(["--key", key]);
    }
    let out = command.output().expect("it runs");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    if out.status.success() { Ok(text(&out.stdout)) } else { Err(text(&out.stderr)) }
}

fn guest(server: &Server, name: &str) -> Value {
    server.get(&format!("/api/guests/{name}")).json()
}

fn add(server: &Server, name: &str, mark: u8, more: &[&str]) -> Result<String, String> {
    let path = file(server, mark);
    let path = path.display().to_string();
    hostel(server, None, &[&["guests", "add", name, &path], more].concat())
}

fn choose(server: &Server, guest: &str) -> Answer {
    server.request("POST", "/api/guests/default", None, Some(&json!({ "guest": guest }).to_string()))
}

#[test]
fn versions_are_added_chosen_and_removed_while_sessions_go_on() {
    let mut server = server();
    let said = add(&server, "toy", 1, &["--label", "one"]).expect("it is registered");
    assert!(said.contains("toy@one"), "{said}");
    let old = server.session("old");
    assert_eq!(old.create(json!({ "guest": "toy" })).status, 201);
    assert_eq!(old.output("count"), "1");
    add(&server, "toy", 2, &[]).expect("it is registered");

    let created = server.session("new").create(json!({ "guest": "toy" })).json();
    assert_ne!(created["guestDigest"], old.metadata()["guestDigest"]);
    assert_eq!(old.metadata()["guestLabel"], "one");
    let digest = old.metadata()["guestDigest"].as_str().expect("a digest").to_owned();
    for (name, alias) in [("by-label", "toy@one".to_owned()), ("by-digest", format!("toy@{}", &digest[..10]))] {
        assert_eq!(server.session(name).create(json!({ "guest": alias })).json()["guestDigest"], digest.as_str());
    }
    assert_eq!(server.session("x").create(json!({ "guest": "toy@none" })).code(), "guest-unknown");

    server.restart();
    let versions = guest(&server, "toy")["versions"].as_array().expect("versions").clone();
    assert_eq!(versions.len(), 2);
    assert!(versions.iter().all(|version| version["loaded"] == false), "old versions cost a start nothing");
    assert_eq!(server.session("old").output("count"), "2");

    // It is not removed while sessions have it, nor while the name means it.
    let refused = server.request("DELETE", "/api/guests/toy@one", None, None);
    assert_eq!((refused.status, refused.code().as_str()), (409, "guest-in-use"));
    assert!(refused.text.contains("by 3 sessions (3 of default)"), "{}", refused.text);
    for name in ["old", "by-label", "by-digest"] {
        assert_eq!(server.session(name).delete().status, 204);
    }
    assert_eq!(choose(&server, "toy@one").status, 200);
    assert_eq!(server.request("DELETE", "/api/guests/toy@one", None, None).code(), "guest-needed");
    let newer = versions[1]["label"].as_str().expect("a label");
    assert_eq!(choose(&server, &format!("toy@{newer}")).status, 200);
    assert_eq!(server.request("DELETE", "/api/guests/toy@one", None, None).status, 204);
    assert!(!server.data_directory().join(format!("guests/{digest}.wasm")).exists());
    assert_eq!(server.get("/api/guests/toy@one").code(), "guest-not-found");
}

#[test]
fn the_default_guest_is_chosen_at_run_time_and_stays_chosen() {
    let mut server = server();
    add(&server, "toy", 3, &["--default"]).expect("it is registered");
    assert_eq!(server.session("a").output("count"), "1");
    server.restart();
    assert_eq!(server.session("b").output("count"), "1");
    assert_eq!(server.request("DELETE", "/api/guests/toy", None, None).code(), "guest-needed");
    assert_eq!(choose(&server, "omega").status, 200);
    assert_eq!(server.session("c").output("(+ 1 1)"), "2");
    let table = hostel(&server, None, &["guests", "list", "--all"]).expect("it is listed");
    assert!(table.contains("toy") && table.contains("operator") && table.contains("program"), "{table}");
}

#[test]
fn only_operators_change_guests_and_their_key_opens_no_session() {
    let (admin, admin_hash) = new_key(&["--admin"]);
    let (acme, acme_hash) = new_key(&["acme"]);
    let tenants = format!("[[tenants]]\nname = \"acme\"\nkeys = [\"{acme_hash}\"]\n");
    let server = setup().config(&format!("admin_key = \"{admin_hash}\"\n{tenants}")).start();
    let path = file(&server, 4).display().to_string();
    let add = |key: Option<&str>| hostel(&server, key, &["guests", "add", "toy", &path]);
    assert!(add(None).expect_err("nobody").contains("401"));
    let refused = add(Some(&acme)).expect_err("a tenant");
    assert!(refused.contains("403") && refused.contains("admin_key"), "{refused}");
    add(Some(&admin)).expect("an operator may");
    for key in [&acme, &admin] {
        assert!(hostel(&server, Some(key), &["guests", "list"]).expect("both may see").contains("toy"));
    }
    assert_eq!(server.session_of(&admin, "a").execute("1").code(), "unauthenticated");
    assert_eq!(server.request("GET", "/api/sessions", Some(&admin), None).status, 401);

    let without = setup().config(&tenants).start();
    let refused = without.request("DELETE", "/api/guests/javascript", Some(&acme), None);
    assert_eq!((refused.status, refused.code().as_str()), (403, "operators-only"));
    assert!(refused.text.contains("admin_key"), "{}", refused.text);
}

#[test]
fn a_component_that_can_t_be_a_guest_is_refused_with_all_that_is_wrong() {
    let server = server();
    let path = server.data_directory().with_extension("bad.wasm");
    std::fs::write(&path, b"\0asm\x0d\0\x01\0").expect("it is written");
    let path = path.display().to_string();
    let refused = hostel(&server, None, &["guests", "add", "bad", &path]).expect_err("it is refused");
    assert!(refused.contains("422") && refused.contains("does not export hostel:guest/repl@0.1.0"), "{refused}");
    assert_eq!(server.get("/api/guests/bad").code(), "guest-not-found");

    let out = program().args(["guests", "check", &path, "--json"]).output().expect("it runs");
    let checked: Value = serde_json::from_slice(&out.stdout).expect("JSON");
    assert_eq!((out.status.code(), &checked["accepted"]), (Some(1), &json!(false)));
    assert!(checked["findings"][0]["mend"].as_str().expect("a mend").contains("wit/guest.wit"), "{checked}");
    let out = program().args(["guests", "check", BEHAVE, "--json"]).output().expect("it runs");
    let checked: Value = serde_json::from_slice(&out.stdout).expect("JSON");
    assert_eq!((&checked["accepted"], out.status.code()), (&json!(true), Some(0)));
}

#[test]
fn guests_are_added_to_a_data_directory_that_no_server_has_open() {
    let mut server = server();
    let path = file(&server, 5).display().to_string();
    assert_eq!(server.stop(), Some(0));
    let data = server.data_directory().display().to_string();
    let out = program().args(["guests", "add", "toy", &path, "--data", &data]).output().expect("it runs");
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    server.start();
    assert_eq!(server.session("a").create(json!({ "guest": "toy" })).status, 201);
    assert_eq!(server.session("a").output("count"), "1");
}
