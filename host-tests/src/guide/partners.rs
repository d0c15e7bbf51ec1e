//! Programs of all chapters with partners on libzmq: in Python, or its sockets in this process where a play has to watch them.

use anyhow::{Result, ensure};

use super::chapter1::report;
use super::{Actor, Play, Stage};
use crate::libzmq;

pub(super) const PLAYS: &[Play] = &[
    Play {
        name: "g1_09_wuclient_averages_what_a_server_of_libzmq_publishes",
        program: "wuclient",
        partners: "wuserver.py",
        run: weather,
    },
    Play {
        name: "g1_19_worker_thread_answers_and_publishes_to_sockets_of_libzmq",
        program: "worker_thread",
        partners: "a REQ, a SUB of libzmq",
        run: worker_thread,
    },
    Play {
        name: "g1_21_interrupt_replies_to_a_client_of_libzmq_and_ends",
        program: "interrupt",
        partners: "a REQ of libzmq",
        run: interrupt,
    },
    Play {
        name: "g2_11_12_msreader_and_mspoller_read_both_from_libzmq",
        program: "msreader, mspoller",
        partners: "a PUSH, an XPUB of libzmq",
        run: reads,
    },
    Play {
        name: "g2_18_wuproxy_passes_what_libzmq_publishes_on_to_libzmq",
        program: "wuproxy",
        partners: "a PUB, a SUB of libzmq",
        run: proxy,
    },
    Play {
        name: "g2_26_mtserver_answers_clients_of_libzmq",
        program: "mtserver",
        partners: "hwclient.py x 5",
        run: threads,
    },
    Play {
        name: "g2_30_31_syncsub_gets_all_that_libzmq_publishes",
        program: "syncsub x 2",
        partners: "syncpub.py",
        run: synchronized,
    },
    Play {
        name: "g3_05_rtdealer_gives_tasks_to_a_dealer_of_libzmq",
        program: "rtdealer 1",
        partners: "rtdealer.py",
        run: dealers,
    },
    Play {
        name: "g3_06_rtmama_gives_tasks_to_workers_of_libzmq",
        program: "rtmama 7",
        partners: "rtmama.py x 3",
        run: mamas,
    },
    Play {
        name: "g3_07_rtpapa_brings_an_envelope_of_any_depth_back_from_a_rep_of_libzmq",
        program: "rtpapa ENDPOINT",
        partners: "rtpapa.py",
        run: papa,
    },
    Play {
        name: "g3_08_lruqueue_serves_clients_and_workers_of_libzmq",
        program: "lruqueue 6 0",
        partners: "lruclient.py, lruworker.py",
        run: |stage| queue(&stage, "lruqueue"),
    },
    Play {
        name: "g3_11_lruqueue2_serves_clients_and_workers_of_libzmq",
        program: "lruqueue2 6 0",
        partners: "lruclient.py, lruworker.py",
        run: |stage| queue(&stage, "lruqueue2"),
    },
    Play {
        name: "g3_13_rtrouter_and_a_router_of_libzmq_address_each_other",
        program: "rtrouter",
        partners: "rtrouter.py, either way",
        run: routers,
    },
    Play {
        name: "g3_16_peering2_exchanges_requests_with_a_broker_of_libzmq",
        program: "peering2",
        partners: "peering2.py",
        run: requests,
    },
    Play {
        name: "g3_17_peering3_shares_tasks_with_a_broker_of_libzmq",
        program: "peering3",
        partners: "peering3.py",
        run: clusters,
    },
];

/// Sends an update until the subscriber has one; then no other is under way.
fn until_subscribed(subscriber: &zmq::Socket, mut publish: impl FnMut() -> Result<()>) -> Result<()> {
    loop {
        publish()?;
        if subscriber.poll(zmq::POLLIN, 20)? > 0 {
            return Ok(());
        }
    }
}

fn weather(stage: Stage) -> Result<String> {
    let client = stage.start("wuclient", &["10"])?;
    let _server = stage.start_python("wuserver", &[])?;
    let printed = client.finish()?;
    let (of, average) = report(&printed)?;
    ensure!(of == "10" && (-10..=64).contains(&average), "{printed}");
    Ok(format!("100 updates: {average}F"))
}

fn worker_thread(stage: Stage) -> Result<String> {
    let context = zmq::Context::new();
    let (client, subscriber) = (libzmq::socket(&context, zmq::REQ), libzmq::socket(&context, zmq::SUB));
    client.bind(&stage.ipc("worker"))?;
    subscriber.set_subscribe(b"msg")?;
    let mut worker = stage.start("worker_thread", &[])?;
    let ask = |number: &str| -> Result<()> {
        client.send_multipart(["a", number], 0)?;
        ensure!(client.recv_bytes(0)? == b"OK");
        Ok(())
    };
    ask("begin")?; // and so it has bound
    subscriber.connect(&stage.ipc("publish"))?;
    until_subscribed(&subscriber, || ask("probe"))?;
    for number in 0..10 {
        ask(&number.to_string())?;
        worker.says(&format!("Worker got [a][{number}]\n"))?;
        let expected = ["msg", "a", &number.to_string()].map(|part| part.as_bytes().to_vec());
        let mut update = subscriber.recv_multipart(0)?;
        while update[2] == b"probe" {
            update = subscriber.recv_multipart(0)?;
        }
        ensure!(update == expected, "{update:?}");
    }
    Ok("10 requests answered, and published".into())
}

fn interrupt(stage: Stage) -> Result<String> {
    let server = stage.start("interrupt", &[])?;
    let client = libzmq::socket(&zmq::Context::new(), zmq::REQ);
    client.connect(&stage.at(5555))?;
    client.send("Hello", 0)?;
    ensure!(client.recv_bytes(0)? == b"Hello");
    server.interrupt()?;
    ensure!(server.finish()?.ends_with("I: 0 replies undelivered\n"));
    Ok("a reply, and exit code 0".into())
}

fn reads(stage: Stage) -> Result<String> {
    for program in ["msreader", "mspoller"] {
        let context = zmq::Context::new();
        let (tasks, weather) = (libzmq::socket(&context, zmq::PUSH), libzmq::socket(&context, zmq::XPUB));
        tasks.bind(&stage.at(5557))?;
        weather.bind(&stage.at(5556))?;
        let mut reader = stage.start(program, &[])?;
        ensure!(weather.recv_bytes(0)? == b"\x0110001 ");
        for number in 0..10 {
            tasks.send(&format!("{number}"), 0)?;
            ensure!(reader.line()? == format!("Task: {number}"));
            weather.send("10002 0 0", 0)?;
            weather.send(&format!("10001 {number} 50"), 0)?;
            ensure!(reader.line()? == format!("Weather update: 10001 {number} 50"));
        }
    }
    Ok("10 of 10 tasks, 10 of 10 updates, for both".into())
}

fn proxy(stage: Stage) -> Result<String> {
    let context = zmq::Context::new();
    let (weather, public) = (libzmq::socket(&context, zmq::PUB), libzmq::socket(&context, zmq::SUB));
    weather.bind(&stage.at(5556))?;
    public.set_subscribe(b"")?;
    public.connect(&stage.at(8100))?;
    let _proxy = stage.start("wuproxy", &[])?;
    until_subscribed(&public, || Ok(weather.send("ping", 0)?))?;
    let update = |number: u32| [format!("{number:05}"), String::new(), "x".repeat(50_000)];
    for number in 0..100 {
        weather.send_multipart(&update(number), 0)?;
    }
    for number in 0..100 {
        let mut passed = public.recv_multipart(0)?;
        while passed == [b"ping"] {
            passed = public.recv_multipart(0)?;
        }
        ensure!(passed == update(number).map(String::into_bytes), "{number}");
    }
    Ok("100 messages of three parts, identical and in order".into())
}

fn threads(stage: Stage) -> Result<String> {
    let server = stage.start("mtserver", &[])?;
    let clients = (0..5).map(|_| stage.start_python("hwclient", &[])).collect::<Result<Vec<_>>>()?;
    for client in clients {
        ensure!(client.finish()?.matches("[World]").count() == 10);
    }
    ensure!(server.kill()?.matches("Received request: [Hello]").count() == 50);
    Ok("50 requests of five clients".into())
}

fn synchronized(stage: Stage) -> Result<String> {
    let subscribers = [stage.start("syncsub", &[])?, stage.start("syncsub", &[])?];
    let updates = if stage.full { 200_000 } else { 20_000 };
    let publisher = stage.start_python("syncpub", &["2", &updates.to_string()])?;
    for subscriber in subscribers {
        let printed = subscriber.finish()?;
        ensure!(printed == format!("Received {updates} updates\n"), "{printed}");
    }
    publisher.finish()?;
    Ok(format!("2 x Received {updates} updates"))
}

/// The sum of the numbers that stand between these words.
fn sum(printed: &str, before: &str, behind: &str) -> Result<u32> {
    let numbers = printed.lines().filter_map(|line| line.strip_prefix(before)?.strip_suffix(behind));
    numbers.map(|number| Ok(number.parse::<u32>()?)).sum()
}

fn dealers(stage: Stage) -> Result<String> {
    let theirs = stage.start_python("rtdealer", &["B"])?;
    let ours = stage.start("rtdealer", &["1"])?.finish()?;
    let (a, b) = (sum(&ours, "A received: ", "")?, sum(&theirs.finish()?, "B received: ", "")?);
    ensure!(a + b == 10, "{a} and {b}");
    Ok(format!("A had {a} of 10 tasks, B, of libzmq, {b}"))
}

fn mamas(stage: Stage) -> Result<String> {
    let theirs = (0..3).map(|_| stage.start_python("rtmama", &[])).collect::<Result<Vec<_>>>()?;
    let mut printed = stage.start("rtmama", &["7"])?.finish()?;
    for worker in theirs {
        printed += &worker.finish()?;
    }
    let (workers, tasks) = (printed.lines().count(), sum(&printed, "Processed: ", " tasks")?);
    ensure!((workers, tasks) == (10, 100), "{printed}");
    Ok("seven workers of ours and three of libzmq did 100 tasks".into())
}

fn papa(stage: Stage) -> Result<String> {
    let theirs = stage.start_python("rtpapa", &["ipc://papa.ipc"])?;
    let printed = stage.start("rtpapa", &["ipc://papa.ipc"])?.finish()?;
    let reply =
        "[001] A\n[009] address 3\n[009] address 2\n[009] address 1\n[000] \n[017] This is the reply\n";
    ensure!(printed.ends_with(reply), "{printed}");
    ensure!(theirs.finish()? == "This is the workload\n");
    Ok("the workload alone for a REP of libzmq, the reply behind three addresses".into())
}

fn queue(stage: &Stage, program: &str) -> Result<String> {
    let worker = stage.start_python("lruworker", &[])?;
    let client = stage.start_python("lruclient", &["4"])?;
    // No worker of ours, which would be there first.
    let ours = stage.start(program, &["6", "0"])?.finish()?;
    let theirs = worker.kill()?;
    ensure!(client.finish()? == "Client: OK\n".repeat(4));
    ensure!(ours == "Client: OK\n".repeat(6) && theirs == "Worker: HELLO\n".repeat(10), "{ours}{theirs}");
    Ok("10 replies, all by a worker of libzmq, 4 to its clients".into())
}

fn routers(stage: Stage) -> Result<String> {
    let ours = stage.start("rtrouter", &["WORKER"])?;
    let theirs = stage.start_python("rtrouter", &["SERVER"])?;
    let printed = ours.finish()?;
    ensure!(printed.ends_with("[006] SERVER\n[000] \n[014] send to worker\n"), "{printed}");
    ensure!(theirs.finish()? == "WORKER  send to server\n");
    let theirs = stage.start_python("rtrouter", &["WORKER"])?;
    let printed = stage.start("rtrouter", &["SERVER"])?.finish()?;
    ensure!(printed.ends_with("[006] WORKER\n[000] \n[014] send to server\n"), "{printed}");
    ensure!(theirs.finish()? == "SERVER  send to worker\n");
    Ok("WORKER of ours, SERVER of libzmq, and the other way round".into())
}

fn requests(stage: Stage) -> Result<String> {
    let mut theirs = stage.start_python("peering2", &["you", "me"])?;
    let mut ours = stage.start("peering2", &["me", "you"])?;
    ours.says("Press Enter")?;
    ours.enter()?;
    ours.says_times("I: client status: OK - ", 40)?;
    ours.says_times("I: client status: OK - python", 5)?;
    theirs.says_times("I: request of me", 5)?;
    theirs.says_times("I: client status: OK - ", 10)?;
    Ok("each did requests of the other".into())
}

fn clusters(stage: Stage) -> Result<String> {
    let stage = stage.at_speed(50);
    let mut ours = stage.start("peering3", &["DC1", "DC2"])?;
    let mut theirs: Actor = stage.start_python("peering3", &["DC2", "DC1"])?;
    theirs.says_times("I: task of DC1", 20)?;
    theirs.says_times("I: DC1 did ", 20)?;
    ours.says("I: peer DC2 is there")?;
    ours.says("tasks done")?;
    let printed = ours.kill()?;
    ensure!(!printed.contains("E: CLIENT EXIT"), "{printed}");
    Ok("each did 20 tasks of the other, none lost".into())
}
