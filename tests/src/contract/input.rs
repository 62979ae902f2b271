//! Commands of every shape.

use hostel::guest::{AddedBy, GuestRegistry, JAVASCRIPT, OMEGA};
use hostel::instance::{
    Completeness, EngineSize, ExchangeLimits, HostEngine, InstanceLimits, SessionInstance, Source, TABLE_ELEMENTS,
};
use hostel::name::GuestName;

use crate::contract::dialect::{Guest, answered, brief, ordinary};
use crate::harness::{BEHAVE, copy_artifacts};

pub fn text_of_every_kind_goes_in_and_comes_out_as_it_was(guest: &Guest) {
    let server = guest.setup().with("max-live-sessions", 1).start();
    let (alice, other) = (guest.session(&server, "alice"), guest.session(&server, "other"));
    let (Some(keep), Some(print)) = (guest.dialect.keep_text, guest.dialect.print) else { return };
    let long = "0123456789".repeat(20_000);
    let texts = [
        "",
        " ",
        "it's \"quoted\" \\ here",
        "äöüß",
        "e\u{301}",
        "日本語",
        "𝒳😀👩‍👩‍👧",
        "שלום",
        "a\0b",
        "a\r\nb\n",
        "\u{7f}\u{85}\u{2028}",
        "\u{feff}x\u{fffd}\u{10ffff}",
        &long,
    ];
    for text in texts {
        let printed = ordinary(&alice, &print(text));
        assert_eq!(printed["stdout"], format!("{text}\n"), "{}", brief(text));
        ordinary(&alice, &keep(text));
        guest.define(&other, "x", 1);
        assert_eq!(ordinary(&alice, guest.dialect.print_text)["stdout"], format!("{text}\n"), "{}", brief(text));
    }
}

pub fn commands_of_odd_shapes_are_answered(guest: &Guest) {
    let server = guest.setup().start();
    let alice = guest.session(&server, "alice");
    guest.define(&alice, "x", 1);
    for nothing in guest.dialect.nothing {
        let shown = ordinary(&alice, nothing);
        assert_eq!((&shown["output"], &shown["shouldExit"]), (&"".into(), &false.into()), "{nothing:?}: {shown}");
    }
    let read = guest.dialect.read.map(|read| read("x")).unwrap_or_default();
    if let Some(command) = guest.after_defining("x", 2, &read) {
        let command = command.replace('\n', "\r\n") + "\r\n";
        assert_eq!(ordinary(&alice, &command)["result"], "2", "{command:?}");
        guest.define(&alice, "x", 1);
    }
    let (nested, long) = ("(".repeat(5_000), "x".repeat(100_000));
    let odd =
        ["\0", "x\0", "\u{1}\u{2}\u{1b}[31m", "\u{2028}", "😀", "\u{202e}x", "'", "\"", "\\", "`", &nested, &long];
    for command in odd.into_iter().chain(guest.dialect.incomplete.iter().chain(guest.dialect.invalid).copied()) {
        let answer = alice.execute(command);
        let trapped = answer.status != 200 && answer.code() == "trapped" && answer.json()["rolledBack"] == true;
        assert!(answer.status == 200 || trapped && command == nested, "{}: {}", brief(command), answer.text);
        guest.expect(&alice, "x", 1);
    }
    for beginning in guest.dialect.incomplete.iter().chain(guest.dialect.invalid) {
        let shown = answered(&alice, beginning);
        assert!(shown["error"].as_str().is_some_and(|error| error.len() > 5), "{beginning}: {shown}");
    }
}

const LIMITS: InstanceLimits = InstanceLimits {
    memory_bytes: 256 << 20,
    table_elements: TABLE_ELEMENTS,
    output_bytes: 1 << 20,
    command_timeout: std::time::Duration::from_secs(10),
    exchanges: ExchangeLimits { count: 1_000, bytes: 1 << 20 },
};

/// In this process, for the question is asked by clients that edit, and not over HTTP.
pub fn whole_commands_are_told_from_beginnings_and_nonsense(guest: &Guest) {
    let artifacts = tempfile::tempdir().expect("a temporary directory");
    copy_artifacts(&guest.added(), artifacts.path());
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let mut instance = instance(guest, artifacts.path()).await;
        let command = guest.dialect.define.map(|define| define("x", 1)).unwrap_or_default();
        instance.execute(command.into(), Source::Live(None), Default::default()).await.expect("it is answered");
        instance.settle(Default::default()).await.expect("it settles");
        let before = instance.capture(1).await.expect("a snapshot");
        let dialect = guest.dialect;
        let answers = [
            (dialect.complete, Completeness::Complete),
            (dialect.incomplete, Completeness::Incomplete),
            (dialect.invalid, Completeness::Invalid),
        ];
        for (inputs, expected) in answers {
            for input in inputs {
                let told = instance.is_complete(input).await.expect("it is answered");
                assert_eq!(told, expected, "{input:?}");
            }
        }
        let mut twin = self::instance(guest, artifacts.path()).await;
        twin.apply(&before).await.expect("it is restored");
        let Some(read) = dialect.read else { return };
        let read: std::sync::Arc<str> = read("x").into();
        for mut instance in [instance, twin] {
            let shown =
                instance.execute(read.clone(), Source::Live(None), Default::default()).await.expect("it is answered");
            assert_eq!(shown.outcome.map(|reply| reply.output), Ok("1".to_owned()), "asking changes nothing");
        }
    });
}

async fn instance(guest: &Guest, artifacts: &std::path::Path) -> SessionInstance {
    let size = EngineSize { live_sessions_max: 4, memory_bytes_max: LIMITS.memory_bytes };
    let name = GuestName::new(guest.dialect.guest).expect("a name");
    let engine = HostEngine::for_sessions(size).expect("an engine");
    let registry = GuestRegistry::new(engine, &artifacts.join("guests"), name.clone());
    let component = match (guest.dialect.guest, guest.added().first()) {
        (_, Some((_, path))) => std::fs::read(path).expect("a component"),
        ("omega", _) => OMEGA.to_vec(),
        ("javascript", _) => JAVASCRIPT.to_vec(),
        _ => std::fs::read(BEHAVE).expect("a component"),
    };
    let guest = registry.register(&name, &component, AddedBy::Configuration).await.expect("it is a guest");
    guest.code.instantiate(LIMITS, None).await.expect("it is made")
}
