//! Firmware in QEMU, with its ports at free ports of this machine.

use std::io::{self, BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;
use std::{env, fs, thread};

/// A hang becomes a failure after this; nothing takes a hundredth of it on an idle machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running board. Ends with the value.
#[derive(Debug)]
pub struct Board {
    qemu: Child,
    lines: Receiver<String>,
    /// QEMU's table of forwarded ports.
    forwarded: String,
}

/// What is started, and what of it can be reached.
#[derive(Debug)]
pub struct Setup<'s> {
    /// The name of the image.
    pub image: &'s str,
    /// Ports of the board that are forwarded to ports of this machine.
    pub ports: &'s [u16],
    /// A `tcp://` endpoint of this machine that the board's UART is connected to.
    pub serial: Option<&'s str>,
}

/// Why there is no board to test with.
#[derive(Debug)]
pub struct Absent(String);

impl std::fmt::Display for Absent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl Board {
    /// Starts the firmware and waits until it is ready.
    ///
    /// The images are in the folder of `$ZMTP_FIRMWARE`, which is the sensor's, or else where a release build by hand in
    /// `boards/` leaves them.
    ///
    /// # Errors
    ///
    /// [`Absent`] without QEMU or without an image.
    ///
    /// # Panics
    ///
    /// If the firmware does not become ready.
    pub fn start(setup: &Setup<'_>) -> Result<Self, Absent> {
        let image = image(setup.image)?;
        let forward = |port: &u16| format!(",hostfwd=tcp:127.0.0.1:0-:{port}");
        let forwards: String = setup.ports.iter().map(forward).collect();
        let serial = setup.serial.map_or("none".into(), |endpoint| endpoint.replace("tcp://", "tcp:"));
        let mut qemu = Command::new("qemu-system-arm")
            .args(["-machine", "mps2-an385", "-display", "none", "-serial", &serial, "-qmp", "stdio"])
            // The firmware prints to standard error, so that it cannot run into QMP's lines.
            .args(["-semihosting-config", "enable=on,target=native"])
            .args(["-nic", &format!("user,model=lan9118{forwards}")])
            .arg("-kernel")
            .arg(image)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| Absent(format!("qemu-system-arm does not start: {error}")))?;
        let printed = BufReader::new(qemu.stderr.take().expect("piped above"));
        let (sender, lines) = channel();
        thread::spawn(move || {
            for line in printed.lines().map_while(Result::ok) {
                eprintln!("board: {line}");
                // The test may have heard enough.
                let _ = sender.send(line);
            }
        });
        let mut board = Self { qemu, lines, forwarded: String::new() };
        board.forwarded = board.forwarded_ports().expect("QEMU answers its monitor");
        board.wait_for("ready");
        Ok(board)
    }

    /// The `tcp://` endpoint of this machine for the board's `port`.
    ///
    /// # Panics
    ///
    /// If it is not forwarded.
    #[must_use]
    pub fn endpoint(&self, port: u16) -> String {
        endpoint(&self.forwarded, port)
    }

    /// Waits for a line that starts with `start` and returns it.
    ///
    /// # Panics
    ///
    /// If the firmware ends, or a minute passes, before such a line.
    pub fn wait_for(&self, start: &str) -> String {
        loop {
            let line = self.lines.recv_timeout(PATIENCE);
            let line = line.unwrap_or_else(|error| panic!("the board never said \"{start}\": {error}"));
            if line.starts_with(start) {
                return line;
            }
        }
    }

    /// QEMU's table of forwarded ports: asked for, because it chose them itself and so none was taken.
    fn forwarded_ports(&mut self) -> io::Result<String> {
        let mut input = self.qemu.stdin.take().expect("piped above");
        let mut output = BufReader::new(self.qemu.stdout.take().expect("piped above")).lines();
        let ask = "{\"execute\":\"human-monitor-command\",\"arguments\":{\"command-line\":\"info usernet\"}}";
        writeln!(input, "{{\"execute\":\"qmp_capabilities\"}}\n{ask}")?;
        // The other command is answered by an object.
        let table = output.find(|line| line.as_ref().map_or(true, |line| line.contains("\"return\": \"")));
        // The monitor stays open: QEMU would take its end for the end of the machine's user.
        self.qemu.stdin = Some(input);
        table.unwrap_or_else(|| Err(io::ErrorKind::UnexpectedEof.into()))
    }
}

impl Drop for Board {
    fn drop(&mut self) {
        // Fails only if it has ended already.
        let _ = self.qemu.kill();
        let _ = self.qemu.wait();
    }
}

/// Runs `test` with a board; without one says why not, which is a failure if `ZMTP_REQUIRE_FIRMWARE` is 1.
///
/// # Panics
///
/// If the board is required and absent.
pub fn with_board(setup: &Setup<'_>, test: impl FnOnce(&Board)) {
    match Board::start(setup) {
        Ok(board) => test(&board),
        Err(absent) if env::var("ZMTP_REQUIRE_FIRMWARE").as_deref() == Ok("1") => panic!("{absent}"),
        Err(absent) => eprintln!("skipped: {absent}"),
    }
}

/// Where the image is.
fn image(name: &str) -> Result<PathBuf, Absent> {
    let built =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../boards/target/thumbv7m-none-eabi/release/sensor");
    let image = env::var_os("ZMTP_FIRMWARE").map_or(built, PathBuf::from).with_file_name(name);
    match fs::metadata(&image) {
        Ok(_) => Ok(image),
        Err(error) => Err(Absent(format!("no firmware at {}: {error}", image.display()))),
    }
}

/// The endpoint forwarded to the board's `port`, out of rows like
/// `TCP[HOST_FORWARD]  8  127.0.0.1 43097  10.0.2.15  5555  0  0`.
fn endpoint(table: &str, port: u16) -> String {
    let row = table.split("HOST_FORWARD]").find_map(|row| {
        let columns: Vec<_> = row.split_whitespace().collect();
        match columns[..] {
            [_, host, forwarded, _, target, ..] if target == port.to_string() => {
                Some(format!("tcp://{host}:{forwarded}"))
            }
            _ => None,
        }
    });
    row.unwrap_or_else(|| panic!("port {port} is not forwarded: {table}"))
}
