//! The MAC and the transceiver behind it: hardware address, autonegotiation, link state.
//!
//! Both sit behind mailboxes: the MAC's registers behind two of the chip's, the transceiver's behind two of the MAC's.

use crate::driver::{Lan9118, wait};
use crate::registers::{
    MAC_CSR_CMD, MAC_CSR_DATA, Registers,
    mac::{self, cr, mii_acc},
    mac_csr_cmd,
    phy::{self, ability, bmcr, bmsr},
};

/// What the two ends of the cable agreed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Link {
    /// 100 Mbit/s rather than 10.
    pub fast: bool,
    /// Both directions at once.
    pub full_duplex: bool,
}

impl<R: Registers> Lan9118<'_, R> {
    /// The chip's hardware address: out of its EEPROM, or in QEMU out of `mac=`. `None` if there is no EEPROM or an
    /// empty one; the board then sets an address of its own with [`Lan9118::set_hardware_address`].
    pub fn hardware_address(&mut self) -> Option<[u8; 6]> {
        let [a, b, c, d] = mac_read(&mut self.registers, mac::ADDRL)?.to_le_bytes();
        let [e, f, ..] = mac_read(&mut self.registers, mac::ADDRH)?.to_le_bytes();
        let address = [a, b, c, d, e, f];
        // A station's address has the group bit clear; an absent EEPROM leaves all ones.
        (a & 1 == 0 && address != [0; 6]).then_some(address)
    }

    /// Makes the chip receive frames for `address`, until its next reset.
    pub fn set_hardware_address(&mut self, address: [u8; 6]) {
        let [a, b, c, d, e, f] = address;
        // A mailbox that stays busy after a bring-up that succeeded leaves nothing to tell but silence on the wire.
        let _ = mac_write(&mut self.registers, mac::ADDRL, u32::from_le_bytes([a, b, c, d]));
        let _ = mac_write(&mut self.registers, mac::ADDRH, u32::from_le_bytes([e, f, 0, 0]));
    }

    /// The state of the link, `None` while it is down or being negotiated. Call now and then (once a second):
    /// it also brings the MAC's duplex in line with what was negotiated.
    pub fn link(&mut self) -> Option<Link> {
        // The link bit latches a loss until read: the second reading is the present.
        phy_read(&mut self.registers, phy::BMSR)?;
        let status = phy_read(&mut self.registers, phy::BMSR)?;
        let up = bmsr::LINK_UP | bmsr::NEGOTIATED;
        if status & up != up {
            return None;
        }
        let ours = phy_read(&mut self.registers, phy::ANAR)?;
        let theirs = phy_read(&mut self.registers, phy::ANLPAR)?;
        let link = best(ours & theirs);
        let control = mac_read(&mut self.registers, mac::CR)?;
        let wanted = if link.full_duplex { control | cr::FULL_DUPLEX } else { control & !cr::FULL_DUPLEX };
        if wanted != control {
            mac_write(&mut self.registers, mac::CR, wanted)?;
        }
        Some(link)
    }
}

/// The best of the abilities both ends have, in the order of IEEE 802.3 annex 28B.3.
fn best(common: u32) -> Link {
    let fast = common & (ability::FULL_100 | ability::HALF_100) != 0;
    let full = if fast { ability::FULL_100 } else { ability::FULL_10 };
    Link { fast, full_duplex: common & full != 0 }
}

/// Resets the transceiver, starts autonegotiation, and opens the MAC in both directions.
pub(crate) fn start(registers: &mut impl Registers) -> Option<()> {
    phy_write(registers, phy::BMCR, bmcr::RESET)?;
    (0..1_000).map_while(|_| phy_read(registers, phy::BMCR)).find(|control| control & bmcr::RESET == 0)?;
    phy_write(registers, phy::ANAR, ability::ALL)?;
    phy_write(registers, phy::BMCR, bmcr::AUTONEGOTIATION | bmcr::RESTART)?;
    let control = mac_read(registers, mac::CR)? & !cr::PROMISCUOUS;
    mac_write(registers, mac::CR, control | cr::RECEIVE | cr::TRANSMIT)
}

/// Loops the transceiver's transmitter back to its receiver, or returns it to the cable.
pub(crate) fn set_loopback(registers: &mut impl Registers, on: bool) -> Option<()> {
    let control = if on {
        bmcr::LOOPBACK | bmcr::SPEED_100 | bmcr::FULL_DUPLEX
    } else {
        bmcr::AUTONEGOTIATION | bmcr::RESTART
    };
    phy_write(registers, phy::BMCR, control)
}

fn mac_read(registers: &mut impl Registers, index: u32) -> Option<u32> {
    mac_access(registers, mac_csr_cmd::READ | index)?;
    Some(registers.read(MAC_CSR_DATA))
}

fn mac_write(registers: &mut impl Registers, index: u32, value: u32) -> Option<()> {
    registers.write(MAC_CSR_DATA, value);
    mac_access(registers, index)
}

fn mac_access(registers: &mut impl Registers, command: u32) -> Option<()> {
    registers.write(MAC_CSR_CMD, mac_csr_cmd::BUSY | command);
    wait(registers, MAC_CSR_CMD, |value| value & mac_csr_cmd::BUSY == 0).map(drop)
}

fn phy_read(registers: &mut impl Registers, index: u32) -> Option<u32> {
    phy_access(registers, index << 6)?;
    Some(mac_read(registers, mac::MII_DATA)? & 0xFFFF)
}

fn phy_write(registers: &mut impl Registers, index: u32, value: u32) -> Option<()> {
    mac_write(registers, mac::MII_DATA, value)?;
    phy_access(registers, mii_acc::WRITE | (index << 6))
}

fn phy_access(registers: &mut impl Registers, command: u32) -> Option<()> {
    mac_write(registers, mac::MII_ACC, mii_acc::INTERNAL | mii_acc::BUSY | command)?;
    // Serial and slow: some 25 us a transfer. QEMU echoes the command, busy bit cleared.
    (0..10_000)
        .map_while(|_| mac_read(registers, mac::MII_ACC))
        .find(|value| value & mii_acc::BUSY == 0)
        .map(drop)
}
