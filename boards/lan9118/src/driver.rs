//! Bring-up, frames in and out of the FIFOs, the interrupt line, counters.
//!
//! Register access is polled and every wait is bounded: a chip that stops answering is an error, not a hang.

use crate::link;
use crate::registers::{
    AFC_CFG, BYTE_TEST, BYTE_TEST_PATTERN, E2P_CMD, FIFO_INT, HW_CFG, ID_REV, INT_EN, INT_STS, IRQ_CFG,
    PMT_CTRL, RX_CFG, RX_DATA, RX_DROP, RX_FIFO_INF, RX_STATUS, Register, Registers, TX_CFG, TX_DATA,
    TX_FIFO_INF, TX_STATUS, afc_cfg, e2p_cmd, fifo_int, hw_cfg, int, irq_cfg, pmt_ctrl, rx_status, tx_cfg,
    tx_command_a, tx_status,
};

/// The largest Ethernet frame, in octets: 14 of header and 1,500 of payload, without the check sequence.
pub const MAX_FRAME: usize = 1514;

/// Octets of check sequence that the chip leaves behind a received frame.
const FCS: usize = 4;

/// Octets of the two command words before a frame in the transmit FIFO.
const TX_COMMANDS: usize = 8;

/// How often a register is read before a wait is given up: at the bus's speed tens of milliseconds, far more
/// than any of the chip's own delays.
pub(crate) const PATIENCE: u32 = 200_000;

/// Statuses the receive FIFO can hold: the most frames that one call may discard.
const RX_STATUS_DEPTH: usize = 176;

/// A LAN9118 that receives and transmits frames through two lent buffers.
///
/// It implements [`smoltcp::phy::Device`]. The shorter buffer (at most [`MAX_FRAME`] octets of it) is the MTU the
/// device announces, so a board short of memory lends less and TCP peers are told to send smaller segments.
#[derive(Debug)]
pub struct Lan9118<'b, R> {
    pub(crate) registers: R,
    pub(crate) receive: &'b mut [u8],
    pub(crate) transmit: &'b mut [u8],
    counters: Counters,
}

/// What came, what went and what was lost since bring-up. Counters wrap.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counters {
    /// Frames handed to the network stack.
    pub received: u32,
    /// Frames whose transmission the chip has confirmed.
    pub transmitted: u32,
    /// Frames the chip marked as damaged or not for us.
    pub receive_errors: u32,
    /// Frames longer than the lent receive buffer.
    pub oversize: u32,
    /// Frames the chip lost because its receive FIFO was full. QEMU loses them too but never counts.
    pub overrun: u32,
    /// Frames the chip could not transmit: no carrier, too many collisions.
    pub transmit_errors: u32,
}

/// Why a chip could not be brought up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InitError {
    /// Nothing answers as a LAN9118 does: `BYTE_TEST` read this instead of its pattern. Wrong address, no power, or
    /// a bus in another byte order.
    NoChip(u32),
    /// A chip of another kind: this is its `ID_REV`.
    UnknownChip(u32),
    /// A reset, the EEPROM or the transceiver did not finish in time: the chip is broken or not clocked.
    Stuck,
}

impl core::fmt::Display for InitError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::NoChip(read) => write!(f, "no LAN9118 at this address (byte test read {read:#010x})"),
            Self::UnknownChip(id) => write!(f, "not a LAN9118 or LAN9220 (id {id:#010x})"),
            Self::Stuck => f.write_str("the LAN9118 does not finish its reset"),
        }
    }
}

impl core::error::Error for InitError {}

impl<'b, R: Registers> Lan9118<'b, R> {
    /// Resets the chip, starts autonegotiation, and enables reception, transmission and the receive interrupt.
    ///
    /// Both buffers hold one frame each; [`MAX_FRAME`] octets are enough for every frame.
    ///
    /// # Errors
    ///
    /// [`InitError`]; the chip is then in no defined state.
    pub fn new(mut registers: R, receive: &'b mut [u8], transmit: &'b mut [u8]) -> Result<Self, InitError> {
        identify(&mut registers)?;
        reset(&mut registers)?;
        registers.write(AFC_CFG, afc_cfg::RECOMMENDED);
        registers.write(INT_EN, 0);
        registers.write(INT_STS, u32::MAX);
        registers.write(IRQ_CFG, irq_cfg::PUSH_PULL_ACTIVE_HIGH_ENABLED);
        let levels = registers.read(FIFO_INT) & !fifo_int::RX_STATUS_LEVEL_MASK;
        registers.write(FIFO_INT, levels);
        registers.write(RX_CFG, 0);
        registers.write(TX_CFG, tx_cfg::ON);
        link::start(&mut registers).ok_or(InitError::Stuck)?;
        registers.write(INT_EN, int::RX_STATUS_LEVEL);
        Ok(Self { registers, receive, transmit, counters: Counters::default() })
    }

    /// The largest frame this device takes, in octets.
    #[must_use]
    pub fn mtu(&self) -> usize {
        self.receive.len().min(self.transmit.len()).min(MAX_FRAME)
    }

    /// Whether a received frame waits in the chip. Ask between [`Lan9118::acknowledge`] and going to sleep.
    pub fn frame_waiting(&mut self) -> bool {
        frames_waiting(&mut self.registers) > 0
    }

    /// Withdraws the interrupt. It comes back with the *next* frame, not for frames that wait already.
    pub fn acknowledge(&mut self) {
        self.registers.write(INT_STS, int::RX_STATUS_LEVEL);
    }

    /// The counters, with the chip's own count of overruns taken in.
    pub fn counters(&mut self) -> Counters {
        let lost = self.registers.read(RX_DROP);
        self.counters.overrun = self.counters.overrun.wrapping_add(lost);
        self.counters
    }

    /// Whether the transmit FIFO has room for a frame of any size; collects what became of earlier frames.
    pub(crate) fn can_transmit(&mut self) -> bool {
        let information = self.registers.read(TX_FIFO_INF);
        for _ in 0..(information >> 16) & 0xFF {
            let status = self.registers.read(TX_STATUS);
            let count = if status & tx_status::ERROR_SUMMARY == 0 {
                &mut self.counters.transmitted
            } else {
                &mut self.counters.transmit_errors
            };
            *count = count.wrapping_add(1);
        }
        (information & 0xFFFF) as usize >= self.mtu() + TX_COMMANDS
    }

    /// Moves the oldest good frame from the chip into the receive buffer and returns its length.
    pub(crate) fn receive_frame(&mut self) -> Option<usize> {
        for _ in 0..RX_STATUS_DEPTH {
            if frames_waiting(&mut self.registers) == 0 {
                return None;
            }
            let status = self.registers.read(RX_STATUS);
            let with_fcs = rx_status::length(status);
            let length = with_fcs.saturating_sub(FCS);
            let damaged = status & (rx_status::ERROR_SUMMARY | rx_status::FILTERING_FAIL) != 0 || length == 0;
            match self.receive.get_mut(..length) {
                Some(frame) if !damaged => {
                    read_frame(&mut self.registers, frame, with_fcs);
                    self.counters.received = self.counters.received.wrapping_add(1);
                    return Some(length);
                }
                _ if damaged => self.counters.receive_errors = self.counters.receive_errors.wrapping_add(1),
                _ => self.counters.oversize = self.counters.oversize.wrapping_add(1),
            }
            read_frame(&mut self.registers, &mut [], with_fcs);
        }
        None
    }
}

/// Copies a frame from the data FIFO into `frame`, and pops all of its `with_fcs` octets: the FIFO has no frame
/// boundaries, so one word too few and every later frame is garbage.
fn read_frame(registers: &mut impl Registers, frame: &mut [u8], with_fcs: usize) {
    let mut words = with_fcs.div_ceil(4);
    for target in frame.chunks_mut(4) {
        let word = registers.read(RX_DATA).to_le_bytes();
        target.copy_from_slice(&word[..target.len()]);
        words -= 1;
    }
    for _ in 0..words {
        registers.read(RX_DATA);
    }
    settle(registers);
}

/// Writes a frame into the transmit FIFO as one segment; with the last word it leaves.
pub(crate) fn write_frame(registers: &mut impl Registers, frame: &[u8]) {
    let length = frame.len() as u32;
    registers.write(TX_DATA, tx_command_a::FIRST_SEGMENT | tx_command_a::LAST_SEGMENT | length);
    registers.write(TX_DATA, (length << 16) | length);
    for octets in frame.chunks(4) {
        let mut word = [0; 4];
        word[..octets.len()].copy_from_slice(octets);
        registers.write(TX_DATA, u32::from_le_bytes(word));
    }
}

/// Frames waiting in the receive FIFO.
fn frames_waiting(registers: &mut impl Registers) -> u32 {
    (registers.read(RX_FIFO_INF) >> 16) & 0xFF
}

/// Lets the FIFO levels catch up with what was popped: 135 ns, three bus cycles, after a FIFO read.
fn settle(registers: &mut impl Registers) {
    for _ in 0..3 {
        registers.read(BYTE_TEST);
    }
}

/// Wakes the chip and makes sure that it is one we know.
fn identify(registers: &mut impl Registers) -> Result<(), InitError> {
    let awake = wait(registers, PMT_CTRL, |value| value & pmt_ctrl::READY != 0);
    let pattern = registers.read(BYTE_TEST);
    if awake.is_none() || pattern != BYTE_TEST_PATTERN {
        return Err(InitError::NoChip(pattern));
    }
    match registers.read(ID_REV) {
        id if matches!(id >> 16, 0x0118 | 0x9220) => Ok(()),
        id => Err(InitError::UnknownChip(id)),
    }
}

/// Resets everything but the bus interface, and waits for the EEPROM to have delivered the hardware address.
fn reset(registers: &mut impl Registers) -> Result<(), InitError> {
    registers.write(HW_CFG, hw_cfg::SOFT_RESET);
    wait(registers, HW_CFG, |value| value & hw_cfg::SOFT_RESET == 0).ok_or(InitError::Stuck)?;
    registers.write(HW_CFG, hw_cfg::NORMAL);
    wait(registers, E2P_CMD, |value| value & e2p_cmd::BUSY == 0).ok_or(InitError::Stuck)?;
    Ok(())
}

/// Reads a register until its value pleases; `None` when patience runs out.
pub(crate) fn wait(
    registers: &mut impl Registers,
    register: Register,
    done: impl Fn(u32) -> bool,
) -> Option<u32> {
    (0..PATIENCE).map(|_| registers.read(register)).find(|&value| done(value))
}
