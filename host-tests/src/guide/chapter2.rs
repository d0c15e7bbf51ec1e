//! Chapter 2: several sockets at a time, brokers, threads, synchronized publishers, envelopes.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use zmtp_std::{Context, Message};

use super::{Actor, Play, Stage};

pub(super) const PLAYS: &[Play] = &[
    Play {
        name: "g2_11_msreader_drains_tasks_and_weather_updates",
        program: "msreader",
        partners: "a PUSH, a PUB",
        run: |stage| reads(&stage, "msreader"),
    },
    Play {
        name: "g2_12_mspoller_wakes_for_a_task_as_for_a_weather_update",
        program: "mspoller",
        partners: "a PUSH, a PUB",
        run: |stage| reads(&stage, "mspoller"),
    },
    Play {
        name: "g2_14_15_tasksink2_ends_every_taskwork2_when_all_is_done",
        program: "taskwork2, tasksink2",
        partners: "taskvent",
        run: |stage| killed(&stage, stage.start("tasksink2", &[])?, false),
    },
    Play {
        name: "g2_14_15_taskwork2_and_tasksink2_understand_those_of_libzmq",
        program: "taskwork2, tasksink2",
        partners: "tasksink2.py, taskwork2.py",
        run: |stage| {
            killed(&stage, stage.start_python("tasksink2", &[])?, false)?;
            killed(&stage, stage.start("tasksink2", &[])?, true)
        },
    },
    Play {
        name: "g1_21_interrupt_ends_cleanly_on_ctrl_c_and_its_reply_arrives",
        program: "interrupt",
        partners: "a REQ",
        run: interrupt,
    },
    Play {
        name: "g2_18_wuproxy_passes_messages_of_several_parts_on_whole",
        program: "wuproxy",
        partners: "a PUB, a SUB",
        run: proxy,
    },
    Play {
        name: "g2_22_rrbroker_brings_every_reply_to_its_client",
        program: "rrbroker",
        partners: "rrclient x 3, rrserver x 2, .py",
        run: |stage| broker(&stage, "rrbroker"),
    },
    Play {
        name: "g2_24_msgqueue_brings_every_reply_to_its_client",
        program: "msgqueue",
        partners: "rrclient x 3, rrserver x 2, .py",
        run: |stage| broker(&stage, "msgqueue"),
    },
    Play {
        name: "g2_26_mtserver_answers_five_clients_at_a_time",
        program: "mtserver",
        partners: "hwclient x 5",
        run: threads,
    },
    Play { name: "g2_27_mtrelay_passes_the_signal_on", program: "mtrelay", partners: "", run: relay },
    Play {
        name: "g2_30_31_syncpub_loses_nothing_for_any_subscriber",
        program: "syncpub",
        partners: "syncsub x 10",
        run: synchronized,
    },
    Play {
        name: "g2_30_31_syncpub_loses_nothing_for_subscribers_of_libzmq",
        program: "syncpub",
        partners: "syncsub, syncsub.py x 2",
        run: synchronized_with_libzmq,
    },
    Play {
        name: "g2_35_36_psenvsub_sees_b_and_never_a",
        program: "psenvpub, psenvsub",
        partners: "each other",
        run: |stage| envelopes(stage.start("psenvpub", &[])?, stage.start("psenvsub", &[])?),
    },
    Play {
        name: "g2_35_36_psenvpub_and_psenvsub_understand_those_of_libzmq",
        program: "psenvpub, psenvsub",
        partners: "psenvsub.py, psenvpub.py",
        run: |stage| {
            envelopes(stage.start("psenvpub", &[])?, stage.start_python("psenvsub", &[])?)?;
            envelopes(stage.start_python("psenvpub", &[])?, stage.start("psenvsub", &[])?)
        },
    },
];

fn reads(stage: &Stage, program: &str) -> Result<String> {
    let context = Context::new();
    let (tasks, weather) = (context.push(), context.publisher());
    tasks.bind(stage.at(5557))?;
    weather.bind(stage.at(5556))?;
    let mut reader = stage.start(program, &[])?;
    tasks.wait_for_peers(1)?;
    weather.wait_for_subscribers(1)?;
    for number in 0..10 {
        tasks.send(format!("{number}"))?;
        ensure!(reader.line()? == format!("Task: {number}"));
        weather.send("10002 0 0")?;
        weather.send(format!("10001 {number} 50"))?;
        ensure!(reader.line()? == format!("Weather update: 10001 {number} 50"));
    }
    Ok("10 of 10 tasks, 10 of 10 updates, each awaited alone".into())
}

fn killed(stage: &Stage, sink: Actor, python: bool) -> Result<String> {
    let mut workers = vec![stage.start("taskwork2", &[])?, stage.start("taskwork2", &[])?];
    if python {
        workers.push(stage.start_python("taskwork2", &[])?);
    }
    stage.start("taskvent", &[&workers.len().to_string()])?.finish()?;
    ensure!(sink.finish()?.starts_with(&":.........".repeat(10)));
    let count = workers.len();
    let done = workers.into_iter().map(Actor::finish).collect::<Result<String>>()?;
    ensure!(done == ".".repeat(101), "{done}");
    Ok(format!("100 tasks done, {count} of {count} workers ended by KILL"))
}

fn interrupt(stage: Stage) -> Result<String> {
    let server = stage.start("interrupt", &[])?;
    let client = Context::new().req();
    client.connect(stage.at(5555))?;
    client.send("Hello")?;
    ensure!(client.recv()? == "Hello");
    server.interrupt()?;
    let printed = server.finish()?;
    ensure!(printed == "W: interrupt received, killing server...\nI: 0 replies undelivered\n", "{printed}");
    Ok("a blocked recv woke up; exit code 0".into())
}

fn proxy(stage: Stage) -> Result<String> {
    let context = Context::new();
    let (weather, public) = (context.publisher(), context.subscriber());
    weather.bind(stage.at(5556))?;
    public.connect(stage.at(8100))?;
    public.subscribe("")?;
    let _proxy = stage.start("wuproxy", &[])?;
    // Until the way is open.
    while public.recv_timeout(Duration::from_millis(20)).is_err() {
        weather.send("ping")?;
    }
    let update = |number: u32| Message::from([format!("{number:05}"), String::new(), "x".repeat(50_000)]);
    for number in 0..100 {
        weather.send(update(number))?;
    }
    for number in 0..100 {
        let mut passed = public.recv()?;
        while passed == "ping" {
            passed = public.recv()?;
        }
        ensure!(passed == update(number));
    }
    Ok("100 messages of three parts, identical and in order".into())
}

fn broker(stage: &Stage, program: &str) -> Result<String> {
    let mut clients = vec![stage.start("rrclient", &[])?, stage.start("rrclient", &[])?];
    clients.extend((0..2).filter_map(|_| stage.start_python("rrclient", &[]).ok()));
    let mut servers = vec![stage.start("rrserver", &[])?];
    servers.extend(stage.start_python("rrserver", &[]).ok());
    let _broker = stage.start(program, &[])?;
    let replies: String = (1..10).map(|number| format!("Received reply {number} [ World ]\n")).collect();
    let count = clients.len();
    for client in clients {
        let printed = client.finish()?;
        ensure!(printed == replies, "{printed}");
    }
    // Until every service is there and has had its share.
    let mut rounds = count;
    while servers.iter().any(|server| server.printed().is_empty()) {
        stage.start("rrclient", &[])?.finish()?;
        rounds += 1;
    }
    let shares = servers.into_iter().map(|server| {
        let printed = server.kill()?;
        Ok(printed.lines().filter(|line| *line == "Received request: Hello").count())
    });
    let shares = shares.collect::<Result<Vec<_>>>()?;
    ensure!(shares.iter().sum::<usize>() == 9 * rounds, "{shares:?}");
    Ok(format!("{rounds} clients, 9 replies each; services did {shares:?}"))
}

fn threads(stage: Stage) -> Result<String> {
    let stage = stage.at_speed(4);
    let server = stage.start("mtserver", &[])?;
    let since = Instant::now();
    let clients = (0..5).map(|_| stage.start("hwclient", &[])).collect::<Result<Vec<_>>>()?;
    for client in clients {
        ensure!(client.finish()?.matches("[World]").count() == 10);
    }
    let took = since.elapsed();
    let requests = server.kill()?.matches("Received request: [Hello]").count();
    ensure!(requests == 50, "{requests}");
    // One after the other they would take 12.5 s.
    ensure!(!stage.full || took < Duration::from_secs(6), "{took:?}");
    Ok(format!("50 requests of 250 ms each in {:.1} s", took.as_secs_f64()))
}

fn relay(stage: Stage) -> Result<String> {
    let printed = stage.start("mtrelay", &[])?.finish()?;
    ensure!(printed == "Test successful!\n", "{printed}");
    Ok(printed.trim().into())
}

fn synchronized(stage: Stage) -> Result<String> {
    let (count, updates) = if stage.full { (10, 1_000_000) } else { (4, 20_000) };
    let subscribers = (0..count).map(|_| stage.start("syncsub", &[])).collect::<Result<Vec<_>>>()?;
    let since = Instant::now();
    let arguments = [count.to_string(), updates.to_string()];
    let publisher = if stage.full {
        stage.start("syncpub", &[])?
    } else {
        stage.start("syncpub", &arguments.each_ref().map(String::as_str))?
    };
    received(subscribers, updates)?;
    publisher.finish()?;
    Ok(format!("{count} x Received {updates} updates, in {:.1} s", since.elapsed().as_secs_f64()))
}

fn synchronized_with_libzmq(stage: Stage) -> Result<String> {
    let subscribers = vec![
        stage.start("syncsub", &[])?,
        stage.start_python("syncsub", &[])?,
        stage.start_python("syncsub", &[])?,
    ];
    let updates = if stage.full { 200_000 } else { 20_000 };
    let publisher = stage.start("syncpub", &["3", &updates.to_string()])?;
    received(subscribers, updates)?;
    publisher.finish()?;
    Ok(format!("3 x Received {updates} updates"))
}

fn received(subscribers: Vec<Actor>, updates: u32) -> Result<()> {
    for subscriber in subscribers {
        let printed = subscriber.finish()?;
        ensure!(printed == format!("Received {updates} updates\n"), "{printed}");
    }
    Ok(())
}

fn envelopes(_publisher: Actor, mut subscriber: Actor) -> Result<String> {
    for _ in 0..5 {
        let line = subscriber.line()?;
        ensure!(line == "[B] We would like to see this", "{line}");
    }
    Ok("5 times B, never A".into())
}
