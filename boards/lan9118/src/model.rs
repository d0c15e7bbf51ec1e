//! A model of the chip for the driver's tests: FIFOs of words, mailboxes, a transceiver with a loop.
//!
//! Cloned handles share one chip, so a test keeps a hand on the chip that the driver owns.

use crate::registers::{Register, Registers, mac, phy};
use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;

/// What tests may set and look at.
#[derive(Debug)]
pub(crate) struct Chip {
    pub(crate) id: u32,
    pub(crate) byte_test: u32,
    /// A soft reset that never completes.
    pub(crate) stuck: bool,
    /// Octets free in the transmit FIFO.
    pub(crate) tx_free: u32,
    /// Words of data the receive FIFO has room for.
    pub(crate) rx_capacity: usize,
    /// Frames that left on the wire.
    pub(crate) wire: Vec<Vec<u8>>,
    /// Tags and error bits of statuses to come.
    pub(crate) tx_error: u32,
    /// What the loop does to a word of a frame.
    pub(crate) noise: u8,
    pub(crate) mac: BTreeMap<u32, u32>,
    pub(crate) phy: BTreeMap<u32, u32>,
    pub(crate) interrupt_status: u32,
    pub(crate) interrupt_enable: u32,
    dropped: u32,
    rx_data: VecDeque<u32>,
    rx_status: VecDeque<u32>,
    tx_status: VecDeque<u32>,
    tx_words: Vec<u32>,
    csr_data: u32,
    others: BTreeMap<usize, u32>,
}

/// A handle on a [`Chip`].
#[derive(Debug, Clone)]
pub(crate) struct Model(Rc<RefCell<Chip>>);

pub(crate) const ADDRESS: [u8; 6] = [0x52, 0x54, 0x00, 0x12, 0x34, 0x56];

impl Model {
    pub(crate) fn new() -> Self {
        let mac = BTreeMap::from([
            (mac::CR, mac::cr::PROMISCUOUS),
            (mac::ADDRL, 0x1200_5452),
            (mac::ADDRH, 0x5634),
        ]);
        let mut chip = Chip {
            id: 0x0118_0001,
            byte_test: 0x8765_4321,
            stuck: false,
            tx_free: 4608,
            rx_capacity: 2640,
            wire: Vec::new(),
            tx_error: 0,
            noise: 0,
            mac,
            phy: BTreeMap::new(),
            interrupt_status: 0,
            interrupt_enable: u32::MAX,
            dropped: 0,
            rx_data: VecDeque::new(),
            rx_status: VecDeque::new(),
            tx_status: VecDeque::new(),
            tx_words: Vec::new(),
            csr_data: 0,
            others: BTreeMap::from([(0x68, 0x4800_0011)]),
        };
        chip.reset_transceiver();
        Self(Rc::new(RefCell::new(chip)))
    }

    pub(crate) fn with<T>(&self, f: impl FnOnce(&mut Chip) -> T) -> T {
        f(&mut self.0.borrow_mut())
    }

    /// A frame arrives from the cable.
    pub(crate) fn arrive(&self, frame: &[u8]) {
        self.with(|chip| chip.arrive(frame, 0));
    }
}

impl Chip {
    /// A frame arrives, with `flags` in its status.
    pub(crate) fn arrive(&mut self, frame: &[u8], flags: u32) {
        let mut octets = frame.to_vec();
        octets.extend([0xDE, 0xAD, 0xBE, 0xEF]); // Check sequence: must never be seen by the stack.
        let length = octets.len() as u32;
        octets.resize(octets.len().next_multiple_of(4), 0xA5);
        if self.rx_data.len() + octets.len() / 4 > self.rx_capacity {
            self.dropped += 1;
            return;
        }
        for word in octets.chunks_exact(4) {
            self.rx_data.push_back(u32::from_le_bytes(word.try_into().unwrap()));
        }
        self.rx_status.push_back((length << 16) | flags);
        self.interrupt_status |= 1 << 3;
    }

    /// Whether the interrupt line is asserted.
    pub(crate) fn interrupt(&self) -> bool {
        self.interrupt_status & self.interrupt_enable != 0
    }

    pub(crate) fn other(&self, offset: usize) -> u32 {
        self.others.get(&offset).copied().unwrap_or(0)
    }

    fn reset_transceiver(&mut self) {
        self.phy = BTreeMap::from([
            (phy::BMCR, 0x3000),
            (phy::BMSR, 0x7809 | phy::bmsr::LINK_UP | phy::bmsr::NEGOTIATED),
            (phy::ANAR, 0x01E1),
            (phy::ANLPAR, 0x45E1),
        ]);
    }

    fn transmit_word(&mut self, word: u32) {
        self.tx_words.push(word);
        let (a, b) = (self.tx_words[0], self.tx_words.get(1).copied().unwrap_or(0));
        let length = (a & 0x7FF) as usize;
        if self.tx_words.len() < 2 + length.div_ceil(4) {
            return;
        }
        assert_eq!(a & !0x7FF, 0x3000, "one segment, no alignment, no interrupt");
        assert_eq!(b & 0x7FF, a & 0x7FF, "both command words tell one length");
        let mut frame: Vec<u8> = self.tx_words[2..].iter().flat_map(|word| word.to_le_bytes()).collect();
        frame.truncate(length);
        self.tx_words.clear();
        self.tx_status.push_back((b & 0xFFFF_0000) | self.tx_error);
        if self.phy[&phy::BMCR] & phy::bmcr::LOOPBACK != 0 {
            frame[20] ^= self.noise;
            self.arrive(&frame, 0);
        } else {
            self.wire.push(frame);
        }
    }

    fn csr_command(&mut self, command: u32) {
        let index = command & 0xF;
        if command & (1 << 30) != 0 {
            self.csr_data = self.mac.get(&index).copied().unwrap_or(0);
            return;
        }
        self.mac.insert(index, self.csr_data);
        if index == mac::MII_ACC {
            self.transceiver_command(self.csr_data);
            self.mac.insert(index, self.csr_data & !1);
        }
    }

    fn transceiver_command(&mut self, command: u32) {
        assert_eq!((command >> 11) & 0x1F, 1, "the built-in transceiver has address 1");
        let index = (command >> 6) & 0x1F;
        if command & 2 == 0 {
            let value = self.phy.get(&index).copied().unwrap_or(0);
            self.mac.insert(mac::MII_DATA, value);
        } else if index == phy::BMCR && self.mac[&mac::MII_DATA] & phy::bmcr::RESET != 0 {
            self.reset_transceiver();
        } else {
            self.phy.insert(index, self.mac[&mac::MII_DATA]);
        }
    }
}

impl Registers for Model {
    fn read(&mut self, register: Register) -> u32 {
        self.with(|chip| match register.offset() {
            0x00 => chip.rx_data.pop_front().expect("the driver reads no word that is not there"),
            0x40 => chip.rx_status.pop_front().expect("the driver reads no status that is not there"),
            0x48 => chip.tx_status.pop_front().expect("the driver reads no status that is not there"),
            0x50 => chip.id,
            0x58 => chip.interrupt_status,
            0x64 => chip.byte_test,
            0x74 if chip.stuck => 1,
            0x7C => ((chip.rx_status.len() as u32) << 16) | (chip.rx_data.len() as u32 * 4),
            0x80 => ((chip.tx_status.len() as u32) << 16) | chip.tx_free,
            0x84 => 1,
            0xA0 => std::mem::take(&mut chip.dropped),
            0xA4 => 0,
            0xA8 => chip.csr_data,
            offset => chip.other(offset),
        })
    }

    fn write(&mut self, register: Register, value: u32) {
        self.with(|chip| match register.offset() {
            0x20 => chip.transmit_word(value),
            0x58 => chip.interrupt_status &= !value,
            0x5C => chip.interrupt_enable = value,
            0x74 => drop(chip.others.insert(0x74, value & !1)),
            0xA4 => chip.csr_command(value),
            0xA8 => chip.csr_data = value,
            offset => drop(chip.others.insert(offset, value)),
        });
    }
}
