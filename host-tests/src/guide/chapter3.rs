//! Chapter 3: envelopes, addressed and least-recently-used routing, asynchronous servers, brokers that peer.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use zmtp_std::Context;

use super::{Actor, Play, Stage};

const DASHES: &str = "----------------------------------------\n";

pub(super) const PLAYS: &[Play] = &[
    Play {
        name: "g3_02_identity_dumps_a_generated_and_a_chosen_routing_id",
        program: "identity",
        partners: "",
        run: identity,
    },
    Play {
        name: "g3_05_rtdealer_gives_a_twice_as_much_as_b_and_loses_nothing",
        program: "rtdealer",
        partners: "",
        run: dealers,
    },
    Play {
        name: "g3_06_rtmama_gives_all_tasks_to_those_that_wait_longest",
        program: "rtmama",
        partners: "",
        run: mamas,
    },
    Play {
        name: "g3_07_rtpapa_brings_an_envelope_of_any_depth_back",
        program: "rtpapa",
        partners: "",
        run: papa,
    },
    Play {
        name: "g3_08_lruqueue_serves_ten_clients_with_three_workers_and_ends",
        program: "lruqueue",
        partners: "",
        run: |stage| queue(stage.start("lruqueue", &[])?),
    },
    Play { name: "g3_10_zmsg_passes_its_test", program: "zmsg", partners: "", run: zmsg },
    Play {
        name: "g3_11_lruqueue2_serves_ten_clients_with_three_workers_and_ends",
        program: "lruqueue2",
        partners: "",
        run: |stage| queue(stage.start("lruqueue2", &[])?),
    },
    Play {
        name: "g3_12_asyncsrv_replies_to_each_client_what_is_its_own",
        program: "asyncsrv",
        partners: "a DEALER",
        run: asynchronous,
    },
    Play {
        name: "g3_12_asyncsrv_replies_to_a_client_of_libzmq",
        program: "asyncsrv",
        partners: "a DEALER in asyncclient.py",
        run: asynchronous_with_libzmq,
    },
    Play {
        name: "g3_13_rtrouter_has_two_routers_address_each_other",
        program: "rtrouter",
        partners: "",
        run: routers,
    },
    Play {
        name: "g3_15_peering1_has_three_brokers_know_of_each_other",
        program: "peering1",
        partners: "peering1 x 2",
        run: |stage| {
            let third = stage.start("peering1", &["DC3", "DC1", "DC2"])?;
            states(&stage, third)
        },
    },
    Play {
        name: "g3_15_peering1_knows_of_a_broker_of_libzmq",
        program: "peering1",
        partners: "peering1, peering1.py",
        run: |stage| {
            let third = stage.start_python("peering1", &["DC3", "DC1", "DC2"])?;
            states(&stage, third)
        },
    },
    Play {
        name: "g3_16_peering2_has_both_brokers_answer_their_clients",
        program: "peering2",
        partners: "peering2",
        run: requests,
    },
    Play {
        name: "g3_17_peering3_loses_no_task_when_one_of_three_clusters_is_killed",
        program: "peering3",
        partners: "peering3 x 2, one killed",
        run: clusters,
    },
];

fn identity(stage: Stage) -> Result<String> {
    let printed = stage.start("identity", &[])?.finish()?;
    let generated = printed.strip_prefix(DASHES).and_then(|rest| rest.strip_prefix("[005] 00"));
    let (id, rest) = generated.context("a generated id")?.split_once('\n').context("a line")?;
    ensure!(id.len() == 8 && id.bytes().all(|digit| digit.is_ascii_hexdigit()), "{printed}");
    let end = "[000] \n[038] XREP socket uses REQ's socket identity\n";
    let chosen = format!("[000] \n[026] XREP uses a generated UUID\n{DASHES}[005] Hello\n{end}");
    ensure!(rest == chosen, "{printed}");
    Ok(format!("[005] 00{id}, then [005] Hello"))
}

/// The number behind `before` in one of the lines.
fn number(printed: &str, before: &str) -> Result<u32> {
    let line = printed.lines().find_map(|line| line.strip_prefix(before)).context("a line")?;
    Ok(line.split(' ').next().context("a number")?.parse()?)
}

fn dealers(stage: Stage) -> Result<String> {
    let runs = if stage.full { 60 } else { 5 };
    let mut for_a = 0;
    for _ in 0..runs {
        let printed = stage.start("rtdealer", &[])?.finish()?;
        let (a, b) = (number(&printed, "A received: ")?, number(&printed, "B received: ")?);
        ensure!(a + b == 10, "{printed}");
        for_a += a;
    }
    let share = f64::from(for_a) / f64::from(runs * 10);
    // 600 tasks: five deviations are a tenth.
    ensure!(!stage.full || (0.56..0.77).contains(&share), "{share}");
    Ok(format!("{runs} runs: 10 of 10 each, A had {:.0} %", share * 100.0))
}

fn mamas(stage: Stage) -> Result<String> {
    let printed = stage.start("rtmama", &[])?.finish()?;
    let counts = printed.lines().map(|line| number(line, "Processed: ")).collect::<Result<Vec<_>>>()?;
    ensure!(counts.len() == 10 && counts.iter().sum::<u32>() == 100, "{printed}");
    ensure!(!counts.contains(&0), "{printed}");
    Ok(format!("ten workers did {counts:?}"))
}

fn papa(stage: Stage) -> Result<String> {
    let printed = stage.start("rtpapa", &[])?.finish()?;
    let reply =
        "[001] A\n[009] address 3\n[009] address 2\n[009] address 1\n[000] \n[017] This is the reply\n";
    ensure!(printed == format!("{DASHES}[020] This is the workload\n{DASHES}{reply}"), "{printed}");
    Ok("the workload alone, the reply behind three addresses".into())
}

fn routers(stage: Stage) -> Result<String> {
    let printed = stage.start("rtrouter", &[])?.finish()?;
    let there = format!("{DASHES}[006] SERVER\n[000] \n[014] send to worker\n");
    let back = format!("{DASHES}[006] WORKER\n[000] \n[014] send to server\n");
    ensure!(printed == there + &back, "{printed}");
    Ok("[006] SERVER and [006] WORKER".into())
}

fn queue(program: Actor) -> Result<String> {
    let printed = program.finish()?;
    let count = |line: &str| printed.lines().filter(|printed| *printed == line).count();
    ensure!(count("Client: OK") == 10 && count("Worker: HELLO") == 10, "{printed}");
    ensure!(printed.lines().count() == 20, "{printed}");
    Ok("10 x Worker: HELLO, 10 x Client: OK".into())
}

fn zmsg(stage: Stage) -> Result<String> {
    let printed = stage.start("zmsg", &[])?.finish()?;
    ensure!(
        printed.ends_with("[008] address2\n[008] address1\n[000] \n[005] Hello\n * zmsg: OK\n"),
        "{printed}"
    );
    Ok("* zmsg: OK".into())
}

fn asynchronous(stage: Stage) -> Result<String> {
    let mut server = stage.start("asyncsrv", &[])?;
    let client = Context::new().dealer();
    client.connect(stage.at(5570))?;
    for number in 0..20 {
        client.send(format!("mine #{number}"))?;
    }
    let mut replies = HashMap::<String, u32>::new();
    // Two of four on average; only as many as are sure to come.
    for _ in 0..10 {
        *replies.entry(client.recv_timeout(Duration::from_secs(30))?.text()?.to_owned()).or_default() += 1;
    }
    ensure!(replies.iter().all(|(reply, count)| reply.starts_with("mine #") && *count <= 4), "{replies:?}");
    server.says_times(": request #", 12)?;
    let printed = server.kill()?;
    let mut seen = HashMap::<(&str, u32), u32>::new();
    // What was being printed may be cut.
    for line in printed.split_inclusive('\n').filter_map(|line| line.strip_suffix('\n')) {
        let (name, request) = line.split_once(": ").context("a name")?;
        ensure!(name.len() == 4, "{line}");
        *seen.entry((name, number(request, "request #")?)).or_default() += 1;
    }
    ensure!(seen.values().all(|count| *count <= 4), "{printed}");
    let names: std::collections::HashSet<&str> = seen.keys().map(|(name, _)| *name).collect();
    ensure!(names.len() <= 3, "{printed}");
    Ok(format!("{} clients: 0 to 4 replies to each request; a fourth got its own only", names.len()))
}

fn asynchronous_with_libzmq(stage: Stage) -> Result<String> {
    let _server = stage.start("asyncsrv", &[])?;
    let mut client = stage.start_python("asyncclient", &[])?;
    for _ in 0..10 {
        let line = client.line()?;
        ensure!(line.starts_with("request of Python #"), "{line}");
    }
    Ok("10 replies, all its own".into())
}

fn states(stage: &Stage, third: Actor) -> Result<String> {
    let first = stage.start("peering1", &["DC1", "DC2", "DC3"])?;
    let second = stage.start("peering1", &["DC2", "DC1", "DC3"])?;
    let names = ["DC1", "DC2", "DC3"];
    let mut brokers = [first, second, third]; // all of them play to the end
    for (broker, own) in brokers.iter_mut().zip(names) {
        for other in names.into_iter().filter(|name| *name != own) {
            broker.says_times(&format!("{other} - "), 3)?;
        }
        let printed = broker.printed();
        ensure!(!printed.contains(&format!("{own} - ")) && printed.contains(" workers free"), "{printed}");
    }
    Ok("each printed the state of both others three times".into())
}

fn requests(stage: Stage) -> Result<String> {
    let mut brokers = [stage.start("peering2", &["me", "you"])?, stage.start("peering2", &["you", "me"])?];
    for broker in &mut brokers {
        broker.says("Press Enter")?;
        broker.enter()?;
    }
    let count = if stage.full { 1000 } else { 100 };
    for broker in &mut brokers {
        broker.says_times("I: client status: OK - ", count)?;
    }
    Ok(format!("more than {count} replies to the clients of each"))
}

fn clusters(stage: Stage) -> Result<String> {
    let stage = stage.at_speed(50);
    let wanted: usize = if stage.full { 10_000 } else { 1_000 };
    let mut first = stage.start("peering3", &["DC1", "DC2", "DC3"])?;
    let mut second = stage.start("peering3", &["DC2", "DC1", "DC3"])?;
    let mut third = stage.start("peering3", &["DC3", "DC1", "DC2"])?;
    let since = Instant::now();
    for broker in [&mut first, &mut second] {
        broker.says("I: peer DC3 is there")?;
        broker.says("to cloud...")?;
    }
    third.says("tasks done")?;
    let of_third = done(&third.kill()?);
    let left = wanted.saturating_sub(of_third) / 2;
    for broker in [&mut first, &mut second] {
        broker.says("I: peer DC3 is gone")?;
        broker.says_times("tasks done", left / 100 + 1)?;
    }
    let (first, second) = (first.kill()?, second.kill()?);
    let both = first.clone() + &second;
    ensure!(!both.contains("E: CLIENT EXIT"), "{both}");
    let clouded = both.matches("I: route request ").count();
    let given_again: u32 = both
        .lines()
        .filter_map(|line| line.strip_prefix("I: peer DC3 is gone; "))
        .map(|rest| number(rest, ""))
        .sum::<Result<u32>>()?;
    let all = done(&first) + done(&second) + of_third;
    ensure!(all >= wanted, "{all} tasks done");
    let took = since.elapsed().as_secs_f64();
    Ok(format!(
        "{all} tasks in {took:.0} s, {clouded} through the cloud, {given_again} given again, none lost"
    ))
}

/// How many tasks a broker has done for its clients.
fn done(printed: &str) -> usize {
    let counts = printed
        .lines()
        .filter_map(|line| line.strip_prefix("I: ")?.strip_suffix(" tasks done")?.parse().ok());
    counts.max().unwrap_or(0)
}
