use std::collections::BTreeSet;

use super::*;

fn line<'a>(text: &'a str, series: &str) -> &'a str {
    text.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' ')).unwrap_or("absent")
}

#[test]
fn what_was_counted_is_rendered() {
    let metrics = Metrics::default();
    metrics.http_answered(HttpRoute::Execute, 200);
    metrics.http_answered(HttpRoute::Execute, 204);
    metrics.http_answered(HttpRoute::Other, 404);
    metrics.turn_ended(TurnOutcome::Trapped, Duration::from_micros(30));
    metrics.snapshot_written(4096);
    metrics.snapshot_written(4);
    let text = metrics.render(&Gauges { live_sessions: 7, ..Gauges::default() });

    assert_eq!(line(&text, r#"hostel_http_requests_total{route="execute",status="2xx"}"#), "2");
    assert_eq!(line(&text, r#"hostel_http_requests_total{route="other",status="4xx"}"#), "1");
    assert_eq!(line(&text, r#"hostel_turns_total{outcome="trapped"}"#), "1");
    assert_eq!(line(&text, r#"hostel_turns_total{outcome="ok"}"#), "0");
    assert_eq!(line(&text, "hostel_snapshots_written_total"), "2");
    assert_eq!(line(&text, "hostel_snapshot_bytes_total"), "4100");
    assert_eq!(line(&text, "hostel_live_sessions"), "7");
}

#[test]
fn a_histogram_counts_an_observation_in_every_bucket_that_holds_it() {
    let metrics = Metrics::default();
    for micros in [10, 11, 2_000_000, 60_000_000] {
        metrics.restored(Duration::from_micros(micros));
    }
    let text = metrics.render(&Gauges::default());
    let bucket = |bound: &str| line(&text, &format!("hostel_restore_seconds_bucket{{le=\"{bound}\"}}")).to_owned();

    assert_eq!(
        [bucket("0.00001"), bucket("0.000025"), bucket("1"), bucket("2.5"), bucket("10"), bucket("+Inf")],
        ["1", "2", "2", "3", "3", "4"]
    );
    assert_eq!(line(&text, "hostel_restore_seconds_count"), "4");
    assert_eq!(line(&text, "hostel_restore_seconds_sum"), "62.000021");
}

#[test]
fn every_series_has_help_and_a_type_and_appears_once() {
    let text = Metrics::default().render(&Gauges::default());
    let described: BTreeSet<_> =
        text.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next()).collect();
    let mut seen = BTreeSet::new();
    for sample in text.lines().filter(|line| !line.starts_with('#')) {
        let (series, _) = sample.split_once(' ').expect("a sample has a value");
        assert!(seen.insert(series), "{series} appears twice");
        let name = series.split('{').next().unwrap_or_default();
        let family = ["_bucket", "_sum", "_count"].iter().find_map(|suffix| name.strip_suffix(suffix)).unwrap_or(name);
        assert!(described.contains(family), "{series} is not described");
        assert!(family.starts_with("hostel_"));
    }
}

#[test]
fn everything_that_can_be_counted_is_counted_somewhere() {
    let own = include_str!("../metrics.rs");
    let methods = own.lines().filter_map(|line| line.strip_prefix("    pub fn ")?.split('(').next());
    let mut sources = String::new();
    read_sources(&std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut sources);
    for method in methods {
        assert!(sources.contains(&format!("metrics.{method}(")), "nobody calls Metrics::{method}");
    }
}

/// The program's sources below `folder`, without this module and without tests.
fn read_sources(folder: &std::path::Path, sources: &mut String) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.file_name().and_then(|name| name.to_str()) {
            Some("metrics" | "tests" | "tests.rs") => {}
            _ if path.is_dir() => read_sources(&path, sources),
            _ => *sources += &std::fs::read_to_string(&path).unwrap_or_default(),
        }
    }
}
