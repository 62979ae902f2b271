//! A replay gives the state byte for byte: random programs, taken live and then from their record.

use proptest::prelude::*;

use super::*;
use crate::guest::JAVASCRIPT;
use crate::instance::{ExchangeLimits, GuestCode, InstanceLimits, SessionInstance, Source, TABLE_ELEMENTS};
use crate::journal::{Event, EventUsage};
use crate::session::turn::answer;
use crate::snapshot::Snapshot;

const LIMITS: InstanceLimits = InstanceLimits {
    memory_bytes: 64 << 20,
    table_elements: TABLE_ELEMENTS,
    output_bytes: 1 << 20,
    command_timeout: Duration::from_secs(20),
    exchanges: ExchangeLimits { count: 1_000, bytes: 1 << 20 },
};

/// Commands of Omega that use time, chance, output, errors, closures and continuations.
fn omega() -> impl Strategy<Value = String> {
    let small = 0..50_u32;
    prop_oneof![
        small.clone().prop_map(|n| format!("(define v{} (random 1000000))", n % 7)),
        small.clone().prop_map(|n| format!("(define v{} (current-jiffy))", n % 7)),
        Just("(define now (list (current-jiffy) (random 100) (current-jiffy)))".to_owned()),
        small.clone().prop_map(|n| format!("(define (f{} x) (+ x {n} (random 10)))", n % 5)),
        small.clone().prop_map(|n| format!("(f{} {n})", n % 5)),
        small.clone().prop_map(|n| format!(
            "(define l (let loop ((i 0)) (if (< i {n}) (cons (random i) (loop (+ i 1))) '()))) l"
        )),
        small.clone().prop_map(|n| format!("(display (list \"v\" v{})) (newline) v{}", n % 7, (n + 1) % 7)),
        small.clone().prop_map(|n| format!("(define s (make-string {} #\\x)) (string-length s)", n * 40)),
        Just("(define k #f) (+ 1 (call/cc (lambda (c) (set! k c) 1)))".to_owned()),
        Just("(car 5)".to_owned()),
        Just("(define (tick) (set! n (+ n 1)) n) (define n 0) (tick)".to_owned()),
        "[a-z()0-9 ]{0,30}",
    ]
}

fn behave() -> impl Strategy<Value = String> {
    let small = 0..50_u32;
    prop_oneof![
        Just("count".to_owned()),
        Just("time".to_owned()),
        Just("mono".to_owned()),
        Just("random".to_owned()),
        small.clone().prop_map(|n| format!("random-bytes {n}")),
        small.clone().prop_map(|n| format!("set k{} v{n}", n % 9)),
        small.clone().prop_map(|n| format!("get k{}", n % 9)),
        small.clone().prop_map(|n| format!("dirty {n}")),
        small.clone().prop_map(|n| format!("alloc {}", n * 1000)),
        small.clone().prop_map(|n| format!("write {}", n * 10)),
        small.prop_map(|n| format!("grow {}", n % 3)),
        Just("free".to_owned()),
        Just("error no".to_owned()),
    ]
}

fn javascript() -> impl Strategy<Value = String> {
    let small = 0..50_u32;
    prop_oneof![
        small.clone().prop_map(|n| format!("let v{} = Math.random() * {n}", n % 7)),
        Just("let now = [Date.now(), performance.now(), new Date().toISOString()]; now".to_owned()),
        Just("crypto.randomUUID()".to_owned()),
        small.clone().prop_map(|n| format!(
            "const f{} = (x) => x + {n} + Math.floor(Math.random() * 10); f{}(1)",
            n % 5,
            n % 5
        )),
        small.clone().prop_map(|n| format!("v{} = {{a: [{n}, new Map([[{n}, 'x']])], when: Date.now()}}", n % 7)),
        small.clone().prop_map(|n| format!("console.log('v', v{}); console.error({n})", n % 7)),
        Just(
            "function* g() { let i = 0; while (true) yield i++ + Math.random() } const it = g(); it.next()".to_owned()
        ),
        Just("it.next().value".to_owned()),
        Just("await new Promise((done) => setTimeout(() => done(Math.random()), 50))".to_owned()),
        small.prop_map(|n| format!("[...Array({n}).keys()].map((k) => k * Math.random()).sort()")),
        Just("null.x".to_owned()),
    ]
}

async fn code(guest: &str) -> Arc<GuestCode> {
    let host = Fixture::new(|_| {}).await;
    if guest == "javascript" {
        let registered =
            host.manager.guests.register(&GuestName::new(guest).unwrap(), JAVASCRIPT, AddedBy::Program).await;
        return registered.expect("it is a guest").code.clone();
    }
    host.manager.guests.named(Some(&GuestName::new(guest).unwrap())).expect("it is registered").code.clone()
}

/// Takes the commands live; the state after them, and their events as the journal has them.
async fn live(code: &Arc<GuestCode>, commands: &[String]) -> (Snapshot, Vec<Vec<u8>>) {
    let mut instance = code.instantiate(LIMITS, None).await.expect("it is made");
    let mut events = Vec::new();
    for (number, command) in (1..).zip(commands) {
        let executed = instance.execute(command.as_str().into(), Source::Live(None), Arc::default()).await;
        let mut executed = executed.expect("it ends");
        let outside = std::mem::take(&mut executed.readings.record);
        let answer = answer(executed);
        let event = Event {
            number,
            follows: number - 1,
            at_ms: 1_790_000_000_000,
            command: command.as_str().into(),
            outcome: answer.digest(),
            outside,
            usage: EventUsage::default(),
            replayable: true,
            key: None,
            answer: Some(answer),
            undone: None,
            guest: None,
        };
        events.push(event.encode().expect("it fits"));
    }
    (captured(&mut instance).await, events)
}

async fn replayed(code: &Arc<GuestCode>, events: &[Vec<u8>]) -> Snapshot {
    let mut instance = code.instantiate(LIMITS, None).await.expect("it is made");
    for bytes in events {
        let event = Event::decode(bytes).expect("it was encoded");
        let executed = instance.execute(event.command, Source::Replay(event.outside), Arc::default()).await;
        let executed = executed.expect("it ends again");
        assert!(!executed.readings.diverged);
        assert_eq!(Some(answer(executed)), event.answer);
    }
    captured(&mut instance).await
}

async fn captured(instance: &mut SessionInstance) -> Snapshot {
    instance.capture(1).await.expect("it is captured")
}

fn compare(guest: &str, commands: &[String]) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let code = code(guest).await;
        let (live, events) = live(&code, commands).await;
        // Snapshots hold what differs from the base image, so that equal ones are equal memories, byte for byte.
        assert!(live == replayed(&code, &events).await, "{commands:?}");
    });
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_replay_of_omega_gives_the_same_memory(commands in prop::collection::vec(omega(), 1..40)) {
        compare("omega", &commands);
    }

    #[test]
    fn a_replay_of_javascript_gives_the_same_memory(commands in prop::collection::vec(javascript(), 1..30)) {
        compare("javascript", &commands);
    }

    #[test]
    fn a_replay_of_any_guest_gives_the_same_memory(commands in prop::collection::vec(behave(), 1..40)) {
        compare("behave", &commands);
    }
}
