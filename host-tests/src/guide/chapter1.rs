//! Chapter 1: request and reply, publish and subscribe, a pipeline.

use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use zmtp_std::Context;

use super::{Actor, Play, Stage};

pub(super) const PLAYS: &[Play] = &[
    Play { name: "g1_07_version_says_which_it_is", program: "version", partners: "", run: version },
    Play {
        name: "g1_01_03_hwserver_answers_a_client_that_was_there_before_and_many_at_once",
        program: "hwserver",
        partners: "hwclient, many",
        run: hello,
    },
    Play {
        name: "g1_01_hwserver_answers_a_client_of_libzmq",
        program: "hwserver",
        partners: "hwclient.py",
        run: |stage| hello_between(stage.start("hwserver", &[])?, stage.start_python("hwclient", &[])?),
    },
    Play {
        name: "g1_03_hwclient_asks_a_server_of_libzmq",
        program: "hwclient",
        partners: "hwserver.py",
        run: |stage| hello_between(stage.start_python("hwserver", &[])?, stage.start("hwclient", &[])?),
    },
    Play {
        name: "g1_08_24_wuserver_serves_five_clients_what_they_asked_for",
        program: "wuserver",
        partners: "wuclient x 5, wuclient.py",
        run: weather,
    },
    Play {
        name: "g1_09_wuclient_averages_exactly_its_zip_code_and_goes_on_when_the_server_is_restarted",
        program: "wuclient",
        partners: "a PUB that is restarted",
        run: weather_restarted,
    },
    Play {
        name: "g1_09_wuclient_collects_a_hundred_updates_out_of_ten_million_beside_libzmq",
        program: "wuclient",
        partners: "wuserver; both on libzmq",
        run: weather_race,
    },
    Play {
        name: "g1_14_17_taskvent_deals_a_hundred_tasks_out_evenly",
        program: "taskvent",
        partners: "taskwork x 1, 2, 4; tasksink",
        run: tasks,
    },
    Play {
        name: "g1_15_16_taskwork_and_tasksink_work_for_a_ventilator_of_libzmq",
        program: "taskwork, tasksink",
        partners: "taskvent.py, taskwork.py",
        run: tasks_of_libzmq,
    },
    Play {
        name: "g1_14_taskvent_works_with_a_worker_and_a_sink_of_libzmq",
        program: "taskvent",
        partners: "taskwork.py, tasksink.py",
        run: tasks_for_libzmq,
    },
];

fn version(stage: Stage) -> Result<String> {
    let printed = stage.start("version", &[])?.finish()?;
    ensure!(printed == format!("Current 0MQ version is {}\n", zmtp_std::VERSION), "{printed}");
    Ok(printed.trim().into())
}

fn hello(stage: Stage) -> Result<String> {
    let mut first = stage.start("hwclient", &[])?;
    first.says("Sending request 0...")?;
    let server = stage.start("hwserver", &[])?;
    check_client(&first.finish()?)?;

    let stage = stage.at_speed(1000);
    server.kill()?;
    let server = stage.start("hwserver", &[])?;
    let count = if stage.full { 50 } else { 5 };
    let clients: Vec<Actor> = (0..count).map(|_| stage.start("hwclient", &[])).collect::<Result<_>>()?;
    for client in clients {
        check_client(&client.finish()?)?;
    }
    let requests = server.kill()?.matches("Received request: [Hello]\n").count();
    ensure!(requests == 10 * count, "{requests} requests");
    Ok(format!(
        "server after client: 10 of 10; {count} clients at once: {requests} requests, 10 replies each"
    ))
}

fn hello_between(mut server: Actor, client: Actor) -> Result<String> {
    let client = client.finish()?;
    ensure!(client.matches("[World]").count() == 10, "{client}");
    server.says_times("Received request: [Hello]", 10)?;
    Ok("10 requests, 10 replies".into())
}

fn check_client(printed: &str) -> Result<()> {
    let turns = (0..10).map(|n| format!("Sending request {n}...\nReceived reply {n}: [World]\n"));
    ensure!(printed.ends_with(&turns.collect::<String>()), "{printed}");
    Ok(())
}

/// The zip code, or its beginning, and the average.
pub(super) fn report(printed: &str) -> Result<(&str, i32)> {
    let line = printed.lines().last().context("a report")?;
    let rest = line.strip_prefix("Average temperature for zipcode '").context("a report")?;
    let (filter, average) = rest.split_once("' was ").context("a report")?;
    Ok((filter, average.strip_suffix('F').context("Fahrenheit")?.parse()?))
}

fn weather(stage: Stage) -> Result<String> {
    let mut clients = Vec::new();
    for filter in ["10", "22", "33", "44", "99"] {
        clients.push((filter, stage.start("wuclient", &[filter])?));
    }
    if crate::libzmq::python().is_some() {
        clients.push(("55", stage.start_python("wuclient", &["55"])?));
    }
    let _server = stage.start("wuserver", &[])?;
    let count = clients.len();
    for (filter, client) in clients {
        let printed = client.finish()?;
        let (of, average) = report(&printed)?;
        // A hundred values from -80 to 134: the average is 27, give or take six times its deviation.
        ensure!(of == filter && (-10..=64).contains(&average), "{printed}");
    }
    Ok(format!("{count} clients averaged 100 updates each"))
}

fn weather_restarted(stage: Stage) -> Result<String> {
    let client = stage.start("wuclient", &["10001 "])?;
    let context = Context::new();
    for round in 0..2 {
        let publisher = context.publisher();
        publisher.bind(stage.at(5556))?;
        publisher.wait_for_subscribers(1)?;
        for number in 0..50 {
            publisher.send("10002 1000 10")?;
            publisher.send(format!("10001 {} 10", round * 50 + number))?;
        }
        let closed = publisher.close(crate::libzmq::PATIENCE);
        ensure!(closed.undelivered == 0, "{closed:?}");
    }
    let printed = client.finish()?;
    ensure!(report(&printed)? == ("10001 ", 49), "{printed}");
    Ok("50 updates before the restart and 50 after, none of another zip code: 49F".into())
}

fn weather_race(stage: Stage) -> Result<String> {
    let filter = if stage.full { "10001 " } else { "10" };
    let ours = {
        let _server = stage.start("wuserver", &[])?;
        timed(stage.start("wuclient", &[filter])?)?
    };
    if !stage.full {
        return Ok(format!("100 of about 10,000 in {ours:.2} s"));
    }
    let theirs = {
        let _server = stage.start_part("libzmq-wuserver", &[&stage.at(5556)])?;
        timed(stage.start_part("libzmq-wuclient", &[&stage.at(5556), filter])?)?
    };
    Ok(format!("100 of about 10 M in {ours:.2} s; libzmq in {theirs:.2} s"))
}

fn timed(client: Actor) -> Result<f64> {
    let start = Instant::now();
    report(&client.finish()?)?;
    Ok(start.elapsed().as_secs_f64())
}

fn tasks(mut stage: Stage) -> Result<String> {
    if stage.full {
        stage = stage.at_speed(1);
    }
    let counts: &[usize] = if stage.full { &[1, 2, 4] } else { &[2, 4] };
    let mut seen = Vec::new();
    for &count in counts {
        let sink = stage.start("tasksink", &[])?;
        let vent = stage.start("taskvent", &[&count.to_string()])?;
        let workers: Vec<Actor> = (0..count).map(|_| stage.start("taskwork", &[])).collect::<Result<_>>()?;
        let elapsed = elapsed(&sink.finish()?)?;
        let cost = cost(&vent.finish()?)?;
        let mut shares = Vec::new();
        for worker in workers {
            let share = share(&worker.kill()?)?;
            ensure!((100 / count..=101 / count + 1).contains(&share.len()), "{} tasks for one", share.len());
            shares.push(share.iter().sum::<u64>());
        }
        ensure!(shares.iter().sum::<u64>() == cost, "{shares:?} are not {cost}");
        let longest = shares.iter().max().copied().unwrap_or_default();
        seen.push(format!("{count} workers: {elapsed} msec (cost {cost}, largest share {longest})"));
        // Nobody waits for anybody: as long as the largest share, and what a busy machine takes.
        ensure!(!stage.full || elapsed < longest + longest / 3 + 100, "{seen:?}");
    }
    Ok(seen.join("; "))
}

/// The durations that a worker printed, each with a dot behind it.
fn share(printed: &str) -> Result<Vec<u64>> {
    printed.split_terminator('.').map(|task| Ok(task.parse()?)).collect()
}

fn elapsed(printed: &str) -> Result<u64> {
    let (ticks, rest) = printed.split_once("Total elapsed time: ").context("a sum")?;
    ensure!(ticks == ":.........".repeat(10), "{ticks}");
    Ok(rest.trim().trim_end_matches(" msec").parse()?)
}

fn cost(printed: &str) -> Result<u64> {
    let (_, cost) = printed.split_once("Total expected cost: ").context("a sum")?;
    Ok(cost.trim().trim_end_matches(" msec").parse()?)
}

fn tasks_of_libzmq(stage: Stage) -> Result<String> {
    let sink = stage.start("tasksink", &[])?;
    let (ours, theirs) = (stage.start("taskwork", &[])?, stage.start_python("taskwork", &[])?);
    let mut vent = stage.start_python("taskvent", &[])?;
    vent.says("Press Enter")?;
    vent.enter()?;
    let cost = cost(&vent.finish()?)?;
    elapsed(&sink.finish()?)?;
    let done = [share(&ours.kill()?)?, share(&theirs.kill()?)?].concat();
    ensure!(done.len() == 101 && done.iter().sum::<u64>() == cost, "{done:?}");
    Ok("100 of 100 tasks done and counted".into())
}

fn tasks_for_libzmq(stage: Stage) -> Result<String> {
    let sink = stage.start_python("tasksink", &[])?;
    let workers = [stage.start_python("taskwork", &[])?, stage.start_python("taskwork", &[])?];
    let cost = cost(&stage.start("taskvent", &["2"])?.finish()?)?;
    elapsed(&sink.finish()?)?;
    let shares = workers.into_iter().map(|worker| share(&worker.kill()?)).collect::<Result<Vec<_>>>()?;
    let counts: Vec<usize> = shares.iter().map(Vec::len).collect();
    ensure!(counts.contains(&50) && counts.contains(&51), "{counts:?}");
    ensure!(shares.concat().iter().sum::<u64>() == cost, "{shares:?}");
    Ok(format!("{} and {} tasks", counts[0], counts[1]))
}
