//! What sockets tell of themselves in numbers.

use std::io::Write;

use crate::common::{PATIENCE, await_event, context, disconnected, free_endpoint, handshake, options, raw};
use zmtp_std::{Durable, Event, Options, Traffic};

fn traffic(messages: u64, octets: u64) -> Traffic {
    let mut traffic = Traffic::default();
    (traffic.messages, traffic.octets) = (messages, octets);
    traffic
}

#[test]
fn what_was_sent_and_received_is_counted_exactly_also_for_peers_that_are_gone() {
    let here = context();
    for endpoint in ["tcp://127.0.0.1:*", "inproc://statistics"] {
        let (push, pull) = (here.push(), here.pull());
        let monitor = pull.monitor();
        push.connect(pull.bind(endpoint).unwrap()).unwrap();
        for number in 0..1000 {
            push.send([vec![0; number], vec![1]]).unwrap();
            if number == 500 {
                assert_eq!(pull.recv().unwrap().len(), 2);
            }
        }
        (1..1000).for_each(|_| drop(pull.recv().unwrap()));
        let all = traffic(1000, (0..1000).sum::<u64>() + 1000);
        assert_eq!(push.close(PATIENCE).undelivered, 0);
        await_event(&monitor, disconnected);
        let (sent, received) = (push.statistics(), pull.statistics());
        assert_eq!((sent.sent, sent.received, sent.to_send.messages), (all, traffic(0, 0), 0), "{endpoint}");
        assert_eq!((received.received, received.sent), (all, traffic(0, 0)), "{endpoint}");
        assert_eq!((received.peers, received.handshakes, received.disconnects), (0, 1, 1), "{endpoint}");
    }
}

#[test]
fn what_waits_and_what_is_dropped_is_told_with_the_reason() {
    let durable = Some(Durable::default());
    let publisher = context().with(Options { sndhwm: 2, durable, ..options() }).publisher();
    let monitor = publisher.monitor();
    let endpoint = publisher.bind("tcp://127.0.0.1:*").unwrap();
    let named = context().with(Options { routing_id: "Hello".into(), ..options() });
    let subscriber = crate::common::subscriber(&named, &endpoint, "");
    publisher.wait_for_subscribers(1).unwrap();
    drop(subscriber);
    await_event(&monitor, disconnected);
    for _ in 0..5 {
        publisher.send("12345").unwrap();
    }
    let statistics = publisher.statistics();
    assert_eq!((statistics.to_send, statistics.dropped), (traffic(2, 10), 3));
    assert_eq!((statistics.peers, statistics.peers_away, statistics.dropped_with_peers), (0, 1, 0));
    let _ = publisher.close(PATIENCE);
    let statistics = publisher.statistics();
    assert_eq!((statistics.to_send, statistics.dropped_with_peers), (traffic(0, 0), 2));
    assert_eq!(statistics.peers_away, 0);
}

#[test]
fn handshakes_that_failed_and_attempts_to_connect_again_are_counted() {
    let pull = context().pull();
    let monitor = pull.monitor();
    let endpoint = pull.bind("tcp://127.0.0.1:*").unwrap();
    raw(&endpoint).write_all(b"GET / HTTP/1.1\r\n\r\n").unwrap();
    await_event(&monitor, |event| matches!(event, Event::HandshakeFailed { .. }).then_some(()));
    let statistics = pull.statistics();
    assert_eq!((statistics.handshakes, statistics.handshakes_failed), (0, 1));

    let push = context().push();
    let monitor = push.monitor();
    let endpoint = free_endpoint();
    push.connect(&endpoint).unwrap();
    await_event(&monitor, |event| matches!(event, Event::ConnectRetried { .. }).then_some(()));
    pull.bind(&endpoint).unwrap();
    await_event(&monitor, handshake);
    let statistics = push.statistics();
    assert!(statistics.reconnects >= 1);
    assert_eq!((statistics.handshakes, statistics.peers), (1, 1));
}

/// What a recorder was told: name, label, value.
#[cfg(feature = "metrics")]
mod recorded {
    use std::sync::{Arc, Mutex};

    use metrics::{
        Counter, CounterFn, Gauge, GaugeFn, Histogram, Key, KeyName, Metadata, Recorder, SharedString, Unit,
    };

    pub(super) type Told = (String, String, f64);

    #[derive(Debug, Default)]
    pub(super) struct Record(pub(super) Arc<Mutex<Vec<Told>>>);

    struct Cell {
        name: String,
        socket: String,
        told: Arc<Mutex<Vec<Told>>>,
    }

    impl Cell {
        fn tell(&self, value: f64) {
            self.told.lock().unwrap().push((self.name.clone(), self.socket.clone(), value));
        }
    }

    impl CounterFn for Cell {
        fn increment(&self, _: u64) {
            unreachable!("what is told is the sum");
        }

        fn absolute(&self, value: u64) {
            self.tell(value as f64);
        }
    }

    impl GaugeFn for Cell {
        fn increment(&self, _: f64) {
            unreachable!("what is told is the state");
        }

        fn decrement(&self, _: f64) {
            unreachable!("what is told is the state");
        }

        fn set(&self, value: f64) {
            self.tell(value);
        }
    }

    impl Record {
        fn cell(&self, key: &Key) -> Arc<Cell> {
            let socket = key.labels().map(|label| format!("{}={}", label.key(), label.value())).collect();
            Arc::new(Cell { name: key.name().to_owned(), socket, told: Arc::clone(&self.0) })
        }
    }

    impl Recorder for Record {
        fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
        fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
        fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

        fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
            Counter::from_arc(self.cell(key))
        }

        fn register_gauge(&self, key: &Key, _: &Metadata<'_>) -> Gauge {
            Gauge::from_arc(self.cell(key))
        }

        fn register_histogram(&self, _: &Key, _: &Metadata<'_>) -> Histogram {
            unreachable!("there is none");
        }
    }
}

#[cfg(feature = "metrics")]
#[test]
fn a_recorder_of_metrics_is_told_every_number_with_the_name_of_the_socket() {
    let context = context();
    let (push, pull) = (context.push(), context.pull());
    push.connect(pull.bind("inproc://metrics").unwrap()).unwrap();
    push.send("12345").unwrap();
    pull.recv().unwrap();
    push.send("67").unwrap();
    let record = recorded::Record::default();
    metrics::with_local_recorder(&record, || pull.statistics().record("tasks"));
    let told = record.0.lock().unwrap().clone();
    assert!(told.iter().all(|(_, socket, _)| socket == "socket=tasks"), "{told:?}");
    let value = |name: &str| {
        let named: Vec<_> = told.iter().filter(|(told, _, _)| told == name).collect();
        assert_eq!(named.len(), 1, "{name} in {told:?}");
        named[0].2
    };
    assert_eq!((value("zmtp_received_messages_total"), value("zmtp_received_octets_total")), (1.0, 5.0));
    assert_eq!((value("zmtp_peers"), value("zmtp_handshakes_total")), (1.0, 1.0));
    assert_eq!((value("zmtp_sent_messages_total"), value("zmtp_dropped_total")), (0.0, 0.0));
    assert_eq!(told.len(), 17, "every number once");
}
