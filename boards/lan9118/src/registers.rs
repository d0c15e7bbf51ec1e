//! The register map: names and bits as the data sheet has them, and the trait that reaches them.

/// Access to the chip's registers, 32 bits at a time: the chip knows no narrower access.
///
/// Reads take `&mut self` because several have effects: FIFO ports pop, counters clear.
pub trait Registers {
    /// Reads one register.
    fn read(&mut self, register: Register) -> u32;
    /// Writes one register.
    fn write(&mut self, register: Register, value: u32);
}

/// A directly addressed register: its offset, in octets, from the chip's base address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Register(u16);

impl Register {
    /// The chip's address window, in octets.
    pub const WINDOW: usize = 0x100;

    /// Offset in octets from the base address: a multiple of 4 below [`Register::WINDOW`].
    #[must_use]
    pub const fn offset(self) -> usize {
        self.0 as usize
    }
}

/// Pops a word of received data.
pub(crate) const RX_DATA: Register = Register(0x00);
/// Pushes a command word or a word of data to transmit.
pub(crate) const TX_DATA: Register = Register(0x20);
/// Pops the status of the oldest received frame.
pub(crate) const RX_STATUS: Register = Register(0x40);
/// Pops the status of the oldest transmitted frame.
pub(crate) const TX_STATUS: Register = Register(0x48);
pub(crate) const ID_REV: Register = Register(0x50);
pub(crate) const IRQ_CFG: Register = Register(0x54);
/// Interrupt status, written with ones to clear.
pub(crate) const INT_STS: Register = Register(0x58);
pub(crate) const INT_EN: Register = Register(0x5C);
pub(crate) const BYTE_TEST: Register = Register(0x64);
pub(crate) const FIFO_INT: Register = Register(0x68);
pub(crate) const RX_CFG: Register = Register(0x6C);
pub(crate) const TX_CFG: Register = Register(0x70);
pub(crate) const HW_CFG: Register = Register(0x74);
pub(crate) const RX_FIFO_INF: Register = Register(0x7C);
pub(crate) const TX_FIFO_INF: Register = Register(0x80);
pub(crate) const PMT_CTRL: Register = Register(0x84);
/// Frames lost because the receive FIFO was full; reading clears it.
pub(crate) const RX_DROP: Register = Register(0xA0);
pub(crate) const MAC_CSR_CMD: Register = Register(0xA4);
pub(crate) const MAC_CSR_DATA: Register = Register(0xA8);
pub(crate) const AFC_CFG: Register = Register(0xAC);
pub(crate) const E2P_CMD: Register = Register(0xB0);

/// What `BYTE_TEST` always reads on a bus that is wired, awake and in the right byte order.
pub(crate) const BYTE_TEST_PATTERN: u32 = 0x8765_4321;

pub(crate) mod pmt_ctrl {
    pub(crate) const READY: u32 = 1;
}

pub(crate) mod hw_cfg {
    pub(crate) const SOFT_RESET: u32 = 1;
    /// The data sheet's "must be one", and 5 KiB of the FIFO memory for transmission.
    pub(crate) const NORMAL: u32 = (1 << 20) | (5 << 16);
}

pub(crate) mod afc_cfg {
    /// Pause-frame thresholds the data sheet recommends for 5 KiB of transmit FIFO.
    pub(crate) const RECOMMENDED: u32 = 0x006E_3740;
}

pub(crate) mod irq_cfg {
    /// Push-pull, active high, enabled, at least 340 us between two assertions being the reset value's
    /// 0x22 steps of 10 us. QEMU idles the line *asserted* until the polarity is set.
    pub(crate) const PUSH_PULL_ACTIVE_HIGH_ENABLED: u32 = 0x111;
}

pub(crate) mod int {
    /// The receive status FIFO holds more than `FIFO_INT`'s level.
    pub(crate) const RX_STATUS_LEVEL: u32 = 1 << 3;
}

pub(crate) mod fifo_int {
    /// Level of the receive status FIFO above which it interrupts.
    pub(crate) const RX_STATUS_LEVEL_MASK: u32 = 0xFF;
}

pub(crate) mod tx_cfg {
    pub(crate) const ON: u32 = 1 << 1;
}

pub(crate) mod e2p_cmd {
    pub(crate) const BUSY: u32 = 1 << 31;
}

pub(crate) mod mac_csr_cmd {
    pub(crate) const BUSY: u32 = 1 << 31;
    pub(crate) const READ: u32 = 1 << 30;
}

pub(crate) mod tx_command_a {
    pub(crate) const FIRST_SEGMENT: u32 = 1 << 13;
    pub(crate) const LAST_SEGMENT: u32 = 1 << 12;
}

pub(crate) mod tx_status {
    pub(crate) const ERROR_SUMMARY: u32 = 1 << 15;
}

pub(crate) mod rx_status {
    pub(crate) const FILTERING_FAIL: u32 = 1 << 30;
    pub(crate) const ERROR_SUMMARY: u32 = 1 << 15;

    /// Octets of the frame in the FIFO, its check sequence included.
    pub(crate) fn length(status: u32) -> usize {
        ((status >> 16) & 0x3FFF) as usize
    }
}

/// Registers of the MAC, reached through `MAC_CSR_CMD` and `MAC_CSR_DATA`.
pub(crate) mod mac {
    pub(crate) const CR: u32 = 1;
    pub(crate) const ADDRH: u32 = 2;
    pub(crate) const ADDRL: u32 = 3;
    pub(crate) const MII_ACC: u32 = 6;
    pub(crate) const MII_DATA: u32 = 7;

    pub(crate) mod cr {
        pub(crate) const RECEIVE: u32 = 1 << 2;
        pub(crate) const TRANSMIT: u32 = 1 << 3;
        pub(crate) const PROMISCUOUS: u32 = 1 << 18;
        pub(crate) const FULL_DUPLEX: u32 = 1 << 20;
    }

    pub(crate) mod mii_acc {
        pub(crate) const BUSY: u32 = 1;
        pub(crate) const WRITE: u32 = 1 << 1;
        /// The built-in transceiver answers at address 1.
        pub(crate) const INTERNAL: u32 = 1 << 11;
    }
}

/// Registers of the transceiver (IEEE 802.3 clause 22), reached through the MAC's `MII_ACC` and `MII_DATA`.
pub(crate) mod phy {
    pub(crate) const BMCR: u32 = 0;
    pub(crate) const BMSR: u32 = 1;
    pub(crate) const ANAR: u32 = 4;
    pub(crate) const ANLPAR: u32 = 5;

    pub(crate) mod bmcr {
        pub(crate) const RESET: u32 = 1 << 15;
        pub(crate) const LOOPBACK: u32 = 1 << 14;
        pub(crate) const SPEED_100: u32 = 1 << 13;
        pub(crate) const AUTONEGOTIATION: u32 = 1 << 12;
        pub(crate) const RESTART: u32 = 1 << 9;
        pub(crate) const FULL_DUPLEX: u32 = 1 << 8;
    }

    pub(crate) mod bmsr {
        pub(crate) const NEGOTIATED: u32 = 1 << 5;
        pub(crate) const LINK_UP: u32 = 1 << 2;
    }

    /// Abilities, common to `ANAR` and `ANLPAR`.
    pub(crate) mod ability {
        pub(crate) const FULL_100: u32 = 1 << 8;
        pub(crate) const HALF_100: u32 = 1 << 7;
        pub(crate) const FULL_10: u32 = 1 << 6;
        pub(crate) const HALF_10: u32 = 1 << 5;
        pub(crate) const SELECTOR_802_3: u32 = 1;
        pub(crate) const ALL: u32 = FULL_100 | HALF_100 | FULL_10 | HALF_10 | SELECTOR_802_3;
    }
}
