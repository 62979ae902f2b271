//! Work that goes on when whoever asked for it goes away.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::runtime::Handle;

/// Where work begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Begin {
    /// Where it was asked for: most turns of live sessions end in their first poll, and so cost no task and no change of
    /// thread. What doesn't end at once goes on on the runtime.
    Here,
    /// On the runtime: restoring a session keeps a thread for too long.
    There,
}

/// Runs `work` to its end, also when the returned future is dropped half-way. Long work keeps to the threads of `runtime`
/// and leaves the callers' alone. A panic is an error of this caller and nobody else's.
pub(super) async fn detach<T, E>(
    runtime: &Handle,
    begin: Begin,
    work: impl Future<Output = Result<T, E>> + Send + 'static,
) -> Result<T, E>
where
    T: Send + 'static,
    E: From<Defect> + Send + 'static,
{
    let mut begun = Begun { work: Some(Box::pin(work)), runtime };
    if begin == Begin::Here {
        let first = std::future::poll_fn(|context| Poll::Ready(begun.poll_once(context))).await;
        match first {
            Ok(Poll::Ready(done)) => return done,
            Ok(Poll::Pending) => {}
            Err(defect) => return Err(defect.into()),
        }
    }
    match begun.go_on() {
        Some(task) => task.await.unwrap_or_else(|error| Err(Defect(error.to_string()).into())),
        None => Err(Defect("work was lost before it went on".to_owned()).into()),
    }
}

/// A task that panicked: a defect of the host.
#[derive(Debug)]
pub(super) struct Defect(pub(super) String);

struct Begun<'r, T> {
    work: Option<Pin<Box<dyn Future<Output = T> + Send>>>,
    runtime: &'r Handle,
}

impl<T: Send + 'static> Begun<'_, T> {
    fn poll_once(&mut self, context: &mut Context<'_>) -> Result<Poll<T>, Defect> {
        // Timers and tasks that the work makes belong to where it goes on.
        let _entered = self.runtime.enter();
        let Some(work) = &mut self.work else { return Ok(Poll::Pending) };
        let polled = catch_unwind(AssertUnwindSafe(|| work.as_mut().poll(context)));
        if !matches!(polled, Ok(Poll::Pending)) {
            self.work = None;
        }
        polled.map_err(|panic| {
            let said = panic.downcast_ref::<&str>().copied().or(panic.downcast_ref::<String>().map(String::as_str));
            Defect(format!("panicked: {}", said.unwrap_or("no message")))
        })
    }

    fn go_on(&mut self) -> Option<tokio::task::JoinHandle<T>> {
        Some(self.runtime.spawn(self.work.take()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    impl From<Defect> for String {
        fn from(defect: Defect) -> Self {
            defect.0
        }
    }

    #[tokio::test]
    async fn work_that_ends_at_once_is_done_where_it_was_asked_for() {
        let here = std::thread::current().id();
        let there =
            detach(&Handle::current(), Begin::Here, async { Ok::<_, String>(std::thread::current().id()) }).await;
        assert_eq!(there, Ok(here));
    }

    #[tokio::test]
    async fn work_goes_on_when_nobody_waits_for_it() {
        let (begin, begun) = tokio::sync::oneshot::channel::<()>();
        let (done, ended) = tokio::sync::oneshot::channel::<()>();
        let runtime = Handle::current();
        let mut waiting = Box::pin(detach(&runtime, Begin::Here, async move {
            let _ = begun.await;
            let _ = done.send(());
            Ok::<_, String>(())
        }));
        let first = std::future::poll_fn(|context| Poll::Ready(waiting.as_mut().poll(context).is_pending())).await;
        assert!(first);
        drop(waiting);
        begin.send(()).expect("the work still waits");
        assert_eq!(ended.await, Ok(()));
    }

    #[tokio::test]
    async fn a_panic_is_an_error_of_its_caller() {
        let work = async {
            tokio::task::yield_now().await;
            if true {
                panic!("as told");
            }
            Ok::<(), String>(())
        };
        assert!(detach(&Handle::current(), Begin::Here, work).await.is_err());
        let at_once = async {
            if true {
                panic!("as told");
            }
            Ok::<(), String>(())
        };
        assert_eq!(detach(&Handle::current(), Begin::Here, at_once).await, Err("panicked: as told".to_owned()));
    }
}
