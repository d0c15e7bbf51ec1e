//! The board in QEMU's user network.

use smoltcp::iface::{Config, Interface};
use smoltcp::time::Instant;
use smoltcp::wire::{EthernetAddress, HardwareAddress, IpCidr, Ipv4Address};

use crate::board::Board;

/// What QEMU's user network expects of its first guest.
const ADDRESS: Ipv4Address = Ipv4Address::new(10, 0, 2, 15);
const GATEWAY: Ipv4Address = Ipv4Address::new(10, 0, 2, 2);

/// If the controller has no address of its own: one that is locally administered (IEEE 802, 8.2).
const FALLBACK_HARDWARE_ADDRESS: [u8; 6] = [0x02, 0, 0, 0, 0, 0x01];

/// A network interface over the board's Ethernet controller; `seed` differs from start to start.
///
/// # Panics
/// If smoltcp was built for no address or no route at all.
pub fn interface(board: &mut Board<'_>, seed: u64) -> Interface {
    let hardware_address = board.ethernet.hardware_address().unwrap_or_else(|| {
        board.ethernet.set_hardware_address(FALLBACK_HARDWARE_ADDRESS);
        FALLBACK_HARDWARE_ADDRESS
    });
    let mut network = Config::new(HardwareAddress::Ethernet(EthernetAddress(hardware_address)));
    network.random_seed = seed;
    let mut interface = Interface::new(network, &mut board.ethernet, Instant::ZERO);
    interface.update_ip_addrs(|addresses| addresses.push(IpCidr::new(ADDRESS.into(), 24)).unwrap());
    interface.routes_mut().add_default_ipv4_route(GATEWAY).unwrap();
    interface
}
