//! Prometheus' text format: `# HELP`, `# TYPE` and one line a sample.

use std::fmt::Write;

use super::instrument::{BOUNDS, Counter, Histogram};

/// The text so far. Writing to a string can't fail, so the results of `write!` are dropped.
#[derive(Default)]
pub(super) struct Text(String);

impl Text {
    pub(super) fn header(&mut self, name: &str, kind: &str, help: &str) {
        let _ = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}");
    }

    pub(super) fn sample(&mut self, name: &str, labels: &[(&str, &str)], value: u64) {
        self.0.push_str(name);
        for (at, (label, text)) in labels.iter().enumerate() {
            let _ = write!(self.0, "{}{label}=\"{text}\"", if at == 0 { '{' } else { ',' });
        }
        let _ = writeln!(self.0, "{} {value}", if labels.is_empty() { "" } else { "}" });
    }

    pub(super) fn counter(&mut self, name: &str, help: &str, counter: &Counter) {
        self.header(name, "counter", help);
        self.sample(name, &[], counter.read());
    }

    pub(super) fn gauge(&mut self, name: &str, help: &str, value: u64) {
        self.header(name, "gauge", help);
        self.sample(name, &[], value);
    }

    pub(super) fn histogram(&mut self, name: &str, help: &str, histogram: &Histogram) {
        self.header(name, "histogram", help);
        let bucket = format!("{name}_bucket");
        let bounds = BOUNDS.iter().map(|(_, text)| *text).chain(["+Inf"]);
        let mut count = 0;
        for (bound, observed) in bounds.zip(histogram.cumulative()) {
            self.sample(&bucket, &[("le", bound)], observed);
            count = observed;
        }
        let _ = writeln!(self.0, "{name}_sum {}\n{name}_count {count}", histogram.sum().as_secs_f64());
    }

    pub(super) fn finish(self) -> String {
        self.0
    }
}
