//! Work that goes on when whoever asked for it goes away.

use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::runtime::Handle;

/// Runs `work` to its end, also when the returned future is dropped half-way.
///
/// It is begun where it was asked for: most turns end in their first poll, and cost no task and no change of thread. What
/// doesn't end at once goes on on `runtime`, so that long turns keep to its threads and leave the callers' alone.
pub(super) async fn detach<T, E>(
    runtime: &Handle,
    work: impl Future<Output = Result<T, E>> + Send + 'static,
) -> Result<T, E>
where
    T: Send + 'static,
    E: From<Defect> + Send + 'static,
{
    let mut begun = Begun { work: Some(Box::pin(work)), runtime };
    match std::future::poll_fn(|context| Poll::Ready(begun.poll_once(context))).await {
        Poll::Ready(done) => done,
        Poll::Pending => match begun.go_on() {
            Some(task) => task.await.unwrap_or_else(|error| Err(Defect(error.to_string()).into())),
            None => Err(Defect("work was lost before it went on".to_owned()).into()),
        },
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
    fn poll_once(&mut self, context: &mut Context<'_>) -> Poll<T> {
        match &mut self.work {
            Some(work) => {
                let polled = work.as_mut().poll(context);
                if polled.is_ready() {
                    self.work = None;
                }
                polled
            }
            None => Poll::Pending,
        }
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
        let there = detach(&Handle::current(), async { Ok::<_, String>(std::thread::current().id()) }).await;
        assert_eq!(there, Ok(here));
    }

    #[tokio::test]
    async fn work_goes_on_when_nobody_waits_for_it() {
        let (begin, begun) = tokio::sync::oneshot::channel::<()>();
        let (done, ended) = tokio::sync::oneshot::channel::<()>();
        let runtime = Handle::current();
        let mut waiting = Box::pin(detach(&runtime, async move {
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
        assert!(detach(&Handle::current(), work).await.is_err());
    }
}
