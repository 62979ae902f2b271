use std::time::Duration;

use super::harness::{request, serve};

const SHORT: Duration = Duration::from_millis(30);
const HEALTH: &str = "GET /api/health HTTP/1.1\r\nhost: localhost\r\n\r\n";
/// A request in flight: its body is still to come.
const HALF: &str =
    "POST /api/sessions/half/execute HTTP/1.1\r\nhost: localhost\r\ncontent-length: 22\r\n\r\n{\"command\":";
const OTHER_HALF: &str = " \"(+ 1 2)\"}";

#[test]
fn pipelined_requests_are_answered_in_order() {
    let served = serve(|_| {});
    let mut client = served.connect();
    let ids = ["first", "second", "third"];
    let requests = ids.map(|id| {
        let body = r#"{"command": "(+ 1 2)"}"#;
        request("POST", "/api/sessions/pipeline/execute", &[&format!("x-request-id: {id}")], body)
    });
    client.send(&requests.concat());
    for id in ids {
        let answer = client.answer();
        assert_eq!((answer.status, answer.header("x-request-id")), (200, Some(id)));
    }
}

#[test]
fn a_head_that_does_not_come_in_time_ends_the_connection() {
    let served = serve(|config| config.http.header_timeout = SHORT);
    for part in ["", "GET /api/hea"] {
        let mut client = served.connect();
        client.send(part);
        assert!(client.is_closed());
    }
}

#[test]
fn a_connection_that_stays_idle_is_closed() {
    let served = serve(|config| config.http.keep_alive = SHORT);
    let mut client = served.connect();
    client.send(HEALTH);
    assert_eq!(client.answer().status, 200);
    assert!(client.is_closed());
}

#[test]
fn a_body_that_does_not_come_in_time_is_told_so() {
    let served = serve(|config| config.http.body_timeout = SHORT);
    let mut client = served.connect();
    client.send(HALF);
    let answer = client.answer();
    assert_eq!((answer.status, answer.code()), (408, "body-timeout"));
    assert!(client.is_closed());
}

#[test]
fn a_client_that_hangs_up_in_its_request_disturbs_nobody() {
    let served = serve(|_| {});
    for part in ["GET", HALF] {
        let mut client = served.connect();
        client.send(part);
        drop(client);
    }
    assert_eq!(served.request("GET", "/api/health", &[], "").status, 200);
}

#[test]
fn a_connection_too_many_waits_for_one_to_end() {
    let served = serve(|config| config.http.connections_max = 2);
    let (mut first, mut second, mut third) = (served.connect(), served.connect(), served.connect());
    for client in [&mut first, &mut second] {
        client.send(HEALTH);
        assert_eq!(client.answer().status, 200);
    }
    third.send(HEALTH);
    assert!(third.is_silent());
    drop(first);
    assert_eq!(third.answer().status, 200);
}

#[test]
fn a_server_that_stops_ends_what_is_in_flight_and_closes_what_is_idle() {
    let mut served = serve(|_| {});
    let (mut idle, mut busy) = (served.connect(), served.connect());
    idle.send(HEALTH);
    assert_eq!(idle.answer().status, 200);
    busy.send(HEALTH);
    assert_eq!(busy.answer().status, 200);
    busy.send(HALF);
    assert!(busy.is_silent());

    served.stop();
    assert!(idle.is_closed());
    busy.send(OTHER_HALF);
    assert_eq!(busy.answer().json["output"], "3");
    assert!(busy.is_closed());
    assert_eq!(served.stopped().cut, 0);
}

#[test]
fn what_outlasts_the_grace_is_cut() {
    let served = serve(|config| config.http.shutdown_grace = SHORT);
    let mut busy = served.connect();
    busy.send(HEALTH);
    assert_eq!(busy.answer().status, 200);
    busy.send(HALF);
    assert!(busy.is_silent());
    assert_eq!(served.stopped().cut, 1);
    assert!(busy.is_closed());
}
