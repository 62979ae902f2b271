//! The `hostel` program.

use std::io::Write;
use std::process::ExitCode;

use anyhow::Context;
use clap::Parser;
use hostel::api::{Api, Drained, Server};
use hostel::cli::{self, Announcement, Command, Program, Signals};
use hostel::config::{Config, RawConfig};
use hostel::host::Host;
use hostel::session::ShutdownReport;

#[tokio::main]
async fn main() -> ExitCode {
    let outcome = match Program::parse().command {
        Command::Serve(flags) => serve(*flags).await,
        command => cli::run(command).await,
    };
    cli::exit_code(outcome)
}

/// The life of a server.
async fn serve(flags: RawConfig) -> anyhow::Result<ExitCode> {
    let config = Config::resolve(flags)?;
    cli::start_logging(&config.log);
    let signals = Signals::listen().context("can't listen for signals")?;

    let host = Host::open(config.clone()).await?;
    let api = Api::new(&config, host.manager.clone(), host.metrics.clone());
    let instance = api.instance().to_owned();
    let bound = Server::bind(config.listen, config.http.clone(), api).await;
    let server = bound.with_context(|| format!("can't listen on {}", config.listen))?;

    let announcement =
        Announcement::write(&config.data, server.address(), &instance).context("can't write server.json")?;
    // Nobody may be listening to that.
    let _ = writeln!(std::io::stdout(), "listening on http://{}", server.address());

    let drained = server.run(signals.wait()).await;
    drop(announcement);
    Ok(report(drained, host.manager.shutdown().await))
}

/// Says how it ended. An unsaved session is a failure, although its journal has what its snapshot lacks.
fn report(drained: Drained, sessions: ShutdownReport) -> ExitCode {
    let ShutdownReport { saved, clean, failed } = sessions;
    if drained.cut > 0 {
        tracing::warn!(connections = drained.cut, "requests outlasted shutdown_grace and were cut");
    }
    tracing::info!(
        saved,
        clean,
        failed,
        "saved {saved} session{}, {clean} were clean",
        if saved == 1 { "" } else { "s" }
    );
    if failed == 0 {
        return ExitCode::SUCCESS;
    }
    tracing::error!(failed, "{failed} sessions could not be saved");
    ExitCode::FAILURE
}
