//! Futures on an executor that is neither of tokio nor of this crate, and polls them in another thread each time.

use std::pin::pin;
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::task::{Context as Task, Poll, Wake, Waker};
use std::thread;

use crate::common::{PATIENCE, context, handshake};
use zmtp_std::device::Proxy;
use zmtp_std::{Closed, Message};

struct Woken(Sender<()>);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        // It may be done by then.
        let _ = self.0.send(());
    }
}

/// Runs a future. A thread that was new for a poll is gone before the next.
fn migrate<T: Send>(future: impl Future<Output = T> + Send) -> T {
    let (wake, woken) = channel();
    let waker = Waker::from(Arc::new(Woken(wake)));
    let mut future = pin!(future);
    loop {
        let poll = || future.as_mut().poll(&mut Task::from_waker(&waker));
        match thread::scope(|scope| scope.spawn(poll).join().unwrap()) {
            Poll::Ready(done) => return done,
            Poll::Pending => woken.recv_timeout(PATIENCE).expect("a future that waits is woken"),
        }
    }
}

#[test]
fn sending_and_receiving_wait_on_any_executor_and_in_any_thread() {
    for endpoint in ["tcp://127.0.0.1:*", "inproc://migrants"] {
        let context = context();
        let (req, rep) = (context.req(), context.rep());
        req.connect(rep.bind(endpoint).unwrap()).unwrap();
        thread::scope(|scope| {
            scope.spawn(|| {
                for _ in 0..50 {
                    let request = migrate(rep.recv_from_async()).unwrap();
                    migrate(rep.send_async(request.message)).unwrap();
                }
            });
            for round in 0..50 {
                migrate(async {
                    req.send_async(round.to_string()).await.unwrap();
                    req.readable().await;
                    assert_eq!(req.recv_async().await.unwrap(), round.to_string());
                    req.writable().await;
                });
            }
        });
    }
}

#[test]
fn peers_events_proxies_and_the_end_are_awaited_on_any_executor_and_in_any_thread() {
    let context = context();
    let (push, frontend, backend, sub) =
        (context.push(), context.pull(), context.publisher(), context.subscriber());
    let events = push.monitor();
    thread::scope(|scope| {
        let ready = scope
            .spawn(|| migrate(async { while handshake(&events.recv_async().await.unwrap()).is_none() {} }));
        push.connect(frontend.bind("tcp://127.0.0.1:*").unwrap()).unwrap();
        ready.join().unwrap();
        migrate(push.wait_for_peers_async(1)).unwrap();
        sub.subscribe("").unwrap();
        sub.connect(backend.bind("tcp://127.0.0.1:*").unwrap()).unwrap();
        migrate(backend.wait_for_subscribers_async(1)).unwrap();
        let proxy = Proxy::new(&frontend, &backend).unwrap();
        let steering = proxy.steering();
        let running = scope.spawn(move || migrate(proxy.run_async()).why);
        push.send("news").unwrap();
        assert_eq!(migrate(sub.recv_async()), Ok(Message::from("news")));
        steering.terminate();
        assert_eq!(running.join().unwrap(), None);
        assert_eq!(migrate(push.close_async(PATIENCE)), Closed { undelivered: 0 });
    });
}
