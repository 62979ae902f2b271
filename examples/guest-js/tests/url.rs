//! URLs are read and written as the URL standard has it.

mod harness;

use harness::session;

#[test]
fn urls_are_read_as_the_standard_has_it() {
    let mut session = session();
    for (input, base, href) in [
        ("https://Example.COM:443/a/./b/../c?q=1#f", "", "https://example.com/a/c?q=1#f"),
        (" \thttp:\\\\h\\a b\n ", "", "http://h/a%20b"),
        ("http://user:p@ss@h:8080", "", "http://user:p%40ss@h:8080/"),
        ("//other/x", "https://h/a/b", "https://other/x"),
        ("../c?x", "https://h/a/b/d?y#z", "https://h/a/c?x"),
        ("?x", "https://h/a/b?y#z", "https://h/a/b?x"),
        ("#x", "https://h/a/b?y#z", "https://h/a/b?y#x"),
        ("", "https://h/a/b?y#z", "https://h/a/b?y"),
        ("/abs", "https://u@h:1/a/b", "https://u@h:1/abs"),
        ("http:rel", "http://h/a/b", "http://h/a/rel"),
        ("https:rel", "http://h/a/b", "https://rel/"),
        ("mailto:a@b.c?subject=x", "", "mailto:a@b.c?subject=x"),
        ("data:text/plain,a b", "", "data:text/plain,a b"),
        ("file:///C:/a/../..", "", "file:///C:/"),
        ("file:a", "file:///x/y", "file:///x/a"),
        ("http://0x7f.1/", "", "http://127.0.0.1/"),
        ("http://4294967295/", "", "http://255.255.255.255/"),
        ("http://[1:0:0:2:0:0:0:3]/", "", "http://[1:0:0:2::3]/"),
        ("http://[::ffff:1.2.3.4]/", "", "http://[::ffff:102:304]/"),
        ("custom://h/a/../b", "", "custom://h/b"),
        ("http://h/ä😀?ä'#ä", "", "http://h/%C3%A4%F0%9F%98%80?%C3%A4%27#%C3%A4"),
        ("http://h/%2e%2E/a%2fb", "", "http://h/a%2fb"),
        ("http://h:65536/", "", "null"),
        ("http://", "", "null"),
        ("relative", "", "null"),
        ("x", "mailto:a", "null"),
        ("http://a b/", "", "null"),
        ("http://1.2.3.256/", "", "null"),
        ("http://[1::2::3]/", "", "null"),
        ("http://h:1a/", "", "null"),
    ] {
        let base = if base.is_empty() { "undefined".to_owned() } else { format!("{base:?}") };
        let input = input.escape_debug().to_string().replace("\\'", "'");
        session.expect(
            &format!("String(URL.parse(\"{input}\", {base})?.href ?? null)"),
            &format!("'{href}'").replace("''", "'"),
        );
    }
}

#[test]
fn a_url_s_parts_are_read_and_set() {
    let mut session = session();
    session.expect("const u = new URL('https://u:p@h.org:8080/a/b?x=1&y=2#f'); u.origin", "'https://h.org:8080'");
    session.expect("[u.protocol, u.username, u.password, u.host, u.hostname].join()", "'https:,u,p,h.org:8080,h.org'");
    session.expect("[u.port, u.pathname, u.search, u.hash].join()", "'8080,/a/b,?x=1&y=2,#f'");
    session.expect("u.searchParams.append('z', 'ä b'); u.search", "'?x=1&y=2&z=%C3%A4+b'");
    session.expect("u.search = 'q=1'; u.searchParams.get('q')", "'1'");
    session.expect(
        "u.port = '443'; u.pathname = 'c/../d'; u.hash = ''; u.host = 'k:9'; u.username = ''; u.password = ''; u.href",
        "'https://k:9/d?q=1'",
    );
    session.expect("u.protocol = 'http'; u.hostname = 'a b'; u.port = '80'; `${u}`", "'http://k/d?q=1'");
    session.expect("JSON.stringify({ u })", "'{\"u\":\"http://k/d?q=1\"}'").expect("u", "URL { http://k/d?q=1 }");
    session.expect(
        "try { new URL('nope') } catch (e) { [e.name, e.message] }",
        "[ 'TypeError', \"Invalid URL: 'nope'\" ]",
    );
    session.expect("[URL.canParse('a', 'http://b'), new URL('data:x').origin]", "[ true, 'null' ]");
}

#[test]
fn parameters_are_a_list_of_pairs() {
    let mut session = session();
    session.expect(
        "const p = new URLSearchParams('?a=1&b=2&a=3&c&%C3%A4=%zz+'); [...p].join('|')",
        "'a,1|b,2|a,3|c,|ä,%zz '",
    );
    session
        .expect("[p.get('a'), p.getAll('a').length, p.get('x'), p.has('a', '3'), p.size]", "[ '1', 2, null, true, 5 ]");
    session.expect("p.set('a', 9); p.delete('c'); p.sort(); `${p}`", "'a=9&b=2&%C3%A4=%25zz+'");
    session.expect("`${new URLSearchParams({ x: 1, y: '&=' })}`", "'x=1&y=%26%3D'");
    session.expect("new URLSearchParams([['a', 'b']])", "URLSearchParams { 'a' => 'b' }");
}

#[test]
fn what_is_evaluated_late_is_as_if_it_had_been_there() {
    let mut first = session();
    first.expect("typeof URLSearchParams", "'function'").expect("new URL('x:y')", "URL { x:y }");
    session().expect("URL = 1; new URLSearchParams('a')", "URLSearchParams { 'a' => '' }").expect("URL", "1");
    session().expect("class URL {}; new URL", "URL {}");
}
