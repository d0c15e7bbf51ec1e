//! Chapter 2: subscribers that are killed and come back. libzmq has them no more since its third version, so all are ours.

use anyhow::{Result, ensure};
use zmtp_std::{Context, Sub};

use super::{Play, Stage};

pub(super) const PLAYS: &[Play] = &[
    Play {
        name: "g2_38_39_durasub_gets_every_update_though_it_is_killed_twice",
        program: "durapub, durasub",
        partners: "durasub x 3",
        run: |stage| killed_twice(&stage.at_speed(1), "durapub"),
    },
    Play {
        name: "g2_39_durasub_without_a_name_misses_what_is_published_while_it_is_away",
        program: "durapub, durasub \"\"",
        partners: "durasub x 2, a SUB",
        run: without_a_name,
    },
    Play {
        name: "g2_40_durapub_keeps_two_updates_with_a_high_water_mark_of_two",
        program: "durapub 2",
        partners: "durasub x 2, a SUB",
        run: with_mark,
    },
    Play {
        name: "g2_41_durapub2_keeps_every_update_in_a_file_with_a_high_water_mark_of_one",
        program: "durapub2",
        partners: "durasub x 3, a SUB",
        run: |stage| killed_twice(&stage.at_speed(1), "durapub2"),
    },
];

/// Sees all that is published from now on, so that others can be away until something is. Not there from the beginning: the publisher
/// would take it for the subscriber that it waits for.
fn observer(stage: &Stage) -> Result<Sub> {
    let observer = Context::new().subscriber();
    observer.subscribe("")?;
    observer.connect(stage.at(5565))?;
    Ok(observer)
}

fn until(observer: &Sub, update: &str) -> Result<()> {
    while observer.recv()? != update {}
    Ok(())
}

/// All that durasub is to print.
fn updates(numbers: impl Iterator<Item = u32>) -> String {
    numbers.map(|number| format!("Update {number}\n")).collect()
}

/// As in the Guide; three updates are published while it is away for the first time, which is more than a mark of one.
fn killed_twice(stage: &Stage, program: &str) -> Result<String> {
    let publisher = stage.start(program, &[])?;
    let mut printed = Vec::new();
    for (last, meanwhile) in [("Update 2\n", "Update 5"), ("Update 7\n", "Update 8")] {
        let mut subscriber = stage.start("durasub", &[])?;
        subscriber.says("Update")?;
        let observer = observer(stage)?;
        subscriber.says(last)?;
        printed.push(subscriber.kill()?);
        until(&observer, meanwhile)?;
    }
    printed.push(stage.start("durasub", &[])?.finish()?);
    ensure!(printed == [updates(0..3), updates(3..8), updates(8..10) + "END\n"], "{printed:?}");
    publisher.finish()?;
    Ok("0 to 2, 3 to 7, 8 and 9, END: nothing lost".into())
}

fn without_a_name(stage: Stage) -> Result<String> {
    let stage = stage.at_speed(1);
    let publisher = stage.start("durapub", &[])?;
    let mut subscriber = stage.start("durasub", &[""])?;
    subscriber.says("Update 0\n")?;
    let observer = observer(&stage)?;
    subscriber.says("Update 1\n")?;
    subscriber.kill()?;
    until(&observer, "Update 4")?;
    let rest = stage.start("durasub", &[""])?.finish()?;
    publisher.finish()?;
    ensure!(!rest.contains("Update 3\n") && !rest.contains("Update 4\n"), "{rest}");
    ensure!((updates(5..10) + "END\n").ends_with(&rest), "{rest}");
    Ok("3 and 4 are lost".into())
}

fn with_mark(stage: Stage) -> Result<String> {
    let stage = stage.at_speed(1);
    let publisher = stage.start("durapub", &["2"])?;
    let mut subscriber = stage.start("durasub", &[])?;
    subscriber.says("Update 0\n")?;
    let observer = observer(&stage)?;
    subscriber.says("Update 1\n")?;
    let first = subscriber.kill()?;
    until(&observer, "Update 6")?;
    let rest = stage.start("durasub", &[])?.finish()?;
    publisher.finish()?;
    ensure!(first == updates(0..2), "{first}");
    ensure!(rest == updates([2, 3].into_iter().chain(7..10)) + "END\n", "{rest}");
    Ok("0, 1; then 2, 3, 7, 8, 9, END: two were kept".into())
}
