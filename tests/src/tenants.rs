//! Tenants: apart by key, with the same names for different sessions.

use crate::harness::{Server, new_key, program, setup};

fn two_tenants() -> (Server, String, String) {
    let ((acme, acme_hash), (zeta, zeta_hash)) = (new_key(&["acme"]), new_key(&["zeta"]));
    let config = format!(
        "[[tenants]]\nname = \"acme\"\nkeys = [\"{acme_hash}\"]\n[[tenants]]\nname = \"zeta\"\nkeys = [\"{zeta_hash}\"]\nlive_sessions_max = 1\n"
    );
    (setup().config(&config).start(), acme, zeta)
}

#[test]
fn two_tenants_with_the_same_names_see_only_their_own() {
    let (mut server, acme, zeta) = two_tenants();
    for _ in 0..2 {
        server.session_of(&acme, "shared").output("(define x 'acme)");
        server.session_of(&zeta, "shared").output("(define x 'zeta)");
        assert_eq!(server.session_of(&acme, "shared").output("x"), "acme");
        assert_eq!(server.session_of(&zeta, "shared").output("x"), "zeta");
        server.restart();
    }
    server.session_of(&acme, "secret").output("1");
    let listed = server.request("GET", "/api/sessions", Some(&zeta), None).json();
    assert_eq!(listed["sessions"].as_array().map(Vec::len), Some(1), "{listed}");

    // What another tenant has is answered as what nobody has.
    let theirs = server.session_of(&zeta, "secret");
    let nobodys = server.session_of(&zeta, "nothing");
    for (method, rest) in [("GET", ""), ("DELETE", ""), ("POST", "/save")] {
        let (one, other) = (theirs.request(method, rest, None), nobodys.request(method, rest, None));
        assert_eq!((one.status, one.code()), (404, other.code()));
        assert_eq!(one.json()["title"], other.json()["title"]);
    }
    assert_eq!(server.session_of(&acme, "secret").output("1"), "1");
}

#[test]
fn without_a_key_nothing_is_answered_but_health() {
    let (server, acme, _) = two_tenants();
    for key in [None, Some("wrong"), Some(&acme[..acme.len() - 1])] {
        let refused = server.request("GET", "/api/sessions", key, None);
        assert_eq!((refused.status, refused.code().as_str()), (401, "unauthenticated"));
        assert!(refused.header("www-authenticate").is_some());
        let refused = server.request("POST", "/api/sessions/a/execute", key, Some(r#"{"command":"1"}"#));
        assert_eq!(refused.status, 401);
    }
    assert_eq!(server.get("/api/health").status, 200);
}

#[test]
fn a_tenant_with_all_its_places_taken_does_not_take_others() {
    let (server, acme, zeta) = two_tenants();
    let spinner = server.session_of(&zeta, "spinner").behave();
    std::thread::scope(|scope| {
        let spin = scope.spawn(|| spinner.execute("spin").code());
        crate::harness::eventually("it spins", || {
            server.session_of(&zeta, "spinner").metadata()["live"] == true || spin.is_finished()
        });
        assert_eq!(server.session_of(&acme, "a").output("(+ 1 1)"), "2");
        drop(spin);
    });
    // Its second session evicts its own first, not another tenant's.
    server.session_of(&zeta, "second").output("1");
    assert_eq!(server.session_of(&acme, "a").metadata()["live"], true);
    assert_eq!(server.session_of(&zeta, "spinner").metadata()["live"], false);
}

#[test]
fn an_open_host_stays_on_loopback() {
    let out =
        program().args(["serve", "--listen", "0.0.0.0:0", "--data", "/nonexistent/never"]).output().expect("it runs");
    assert_eq!(out.status.code(), Some(2));
    let said = String::from_utf8_lossy(&out.stderr);
    assert!(said.contains("--insecure") && said.contains("127.0.0.1"), "{said}");
}

/// Text that does not compress.
fn noise(length: usize) -> String {
    let mut state = length as u64;
    let next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        char::from(b'!' + u8::try_from(state % 94).expect("under 94"))
    };
    std::iter::repeat_with(next).take(length).collect()
}

#[test]
fn a_tenant_with_too_much_stored_gives_up_history_and_gets_nothing_new() {
    let ((acme, acme_hash), (zeta, zeta_hash)) = (new_key(&["acme"]), new_key(&["zeta"]));
    let config = format!(
        "[[tenants]]\nname = \"acme\"\nkeys = [\"{acme_hash}\"]\nstorage_max = \"1MiB\"\nlive_sessions_max = 1\n\
         [[tenants]]\nname = \"zeta\"\nkeys = [\"{zeta_hash}\"]\n"
    );
    let mut server = setup().config(&config).start();
    let other = server.session_of(&acme, "other").behave();
    let full = server.session_of(&acme, "full").behave();
    for n in 0..20 {
        full.output("count");
        other.output("count");
        assert_eq!(full.output(&format!("set k{} {}", n % 2, noise(600_000))), "");
    }
    // Saved, as it makes way: more than a mebibyte that does not compress.
    other.output("count");
    let problem = server.session_of(&acme, "new").execute("1");
    assert_eq!((problem.status, problem.code().as_str()), (403, "storage-exceeded"));
    assert_eq!(full.request("PUT", "/checkpoints/c", None).code(), "storage-exceeded");
    assert_eq!(full.request("POST", "/fork", Some(r#"{"name":"child"}"#)).code(), "storage-exceeded");
    // Its sessions go on, with less of a history than they otherwise would have.
    full.output("count");
    other.output("count");
    let first = |server: &Server| server.session_of(&acme, "full").metadata()["firstEvent"].as_u64().expect("a number");
    assert!(first(&server) > 30, "{}", first(&server));
    server.session_of(&zeta, "new").output("1");
    server.restart();
    assert_eq!(server.session_of(&acme, "full").output("count"), "22");
    assert_eq!(server.session_of(&acme, "full").delete().status, 204);
    assert_eq!(server.session_of(&acme, "new").behave().output("count"), "1");
}
