//! The firmware image, and its tests under QEMU.

use std::path::Path;
use std::process::Command;

use crate::report::{Run, Step};
use crate::{bare, exec, host};

/// The workspace of the images.
pub(crate) const FOLDER: &str = "boards";
/// The variable by which the tests are told where the image is. Tests that need it and do not have it skip themselves.
pub(crate) const IMAGE: &str = "ZMTP_FIRMWARE";
/// Makes a missing image a failure in the tests, instead of a skip.
const REQUIRE: &str = "ZMTP_REQUIRE_FIRMWARE";

/// The image that is an application, and what the tests look for the others beside.
const SENSOR: &str = "sensor";
/// All of them.
const IMAGES: [&str; 2] = [SENSOR, "echo"];

/// Builds all images; the note is what each takes of flash and of RAM.
pub(crate) fn build() -> Step {
    Step::new("firmware: build", |run| {
        let mut command = bare::cargo("build", bare::FIRMWARE)?;
        // From inside: the folder's own cargo configuration has the link arguments.
        command.args(["--release", "--workspace", "--bins"]).current_dir(crate::root().join(FOLDER));
        run.exec(&mut command)?;
        let folder = crate::target("bare").join(bare::FIRMWARE).join("release");
        let mut notes = Vec::new();
        for image in IMAGES {
            notes.push(format!("{image}: {}", Size::of(run, &folder.join(image))?));
        }
        run.image = Some(folder.join(SENSOR));
        Ok(notes.join(", "))
    })
}

/// Tests the images that [`build`] left, under QEMU, against libzmq.
pub(crate) fn test() -> Step {
    Step::new("firmware: tests under QEMU", |run| {
        let Some(image) = run.image.clone() else { anyhow::bail!("there is no image: its build failed") };
        // Of the whole workspace, so that nothing is built again with other features.
        let words = ["test", "--workspace", "--test", "firmware"];
        let mut command = host::test(exec::cargo(&words));
        command.env(IMAGE, image).env(REQUIRE, "1");
        host::counted(run, &mut command, &[])
    })
}

/// What the linker put where, in octets.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Size {
    text: u64,
    data: u64,
    bss: u64,
}

impl Size {
    /// Asks binutils' `size`, which reads ELF files of any target.
    pub(crate) fn of(run: &mut Run, image: &Path) -> anyhow::Result<Self> {
        let output = run.exec(Command::new("size").arg(image))?;
        Self::read(&output).ok_or_else(|| anyhow::anyhow!("`size` printed something else"))
    }

    /// What lies in flash: code, constants, and the initial values of variables.
    pub(crate) fn flash(&self) -> u64 {
        self.text + self.data
    }

    fn read(output: &str) -> Option<Self> {
        let mut numbers = output.lines().nth(1)?.split_whitespace().map(|word| word.parse().ok());
        Some(Self { text: numbers.next()??, data: numbers.next()??, bss: numbers.next()?? })
    }
}

impl std::fmt::Display for Size {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "text {}  data {}  bss {}", self.text, self.data, self.bss)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_columns_of_size_are_text_data_bss() {
        let output = "   text\t   data\t    bss\t    dec\t    hex\tfilename\n  45012\t     48\t   9120\t  54180\t   d3a4\timage\n";
        assert_eq!(Size::read(output), Some(Size { text: 45012, data: 48, bss: 9120 }));
        assert_eq!(Size::read("size: 'image': No such file\n"), None);
    }
}
