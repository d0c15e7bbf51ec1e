//! The driver against the model of the chip.

use crate::driver::PATIENCE;
use crate::model::{ADDRESS, Model};
use crate::registers::{BYTE_TEST, Register, Registers, mac, phy};
use crate::{Counters, InitError, Lan9118, Link, MAX_FRAME, SelfTestError};
use smoltcp::iface::{Config, Interface, SocketSet};
use smoltcp::phy::{Device, RxToken, TxToken};
use smoltcp::time::Instant;
use smoltcp::wire::{EthernetAddress, HardwareAddress, IpCidr, Ipv4Address};

type Driver = Lan9118<'static, Model>;

fn driver_with(receive: usize, transmit: usize) -> (Model, Driver) {
    let chip = Model::new();
    let lend = |octets| Box::leak(vec![0x5A; octets].into_boxed_slice());
    let driver = Lan9118::new(chip.clone(), lend(receive), lend(transmit)).unwrap();
    (chip, driver)
}

fn driver() -> (Model, Driver) {
    driver_with(MAX_FRAME, MAX_FRAME)
}

/// A frame for us, of `length` octets counting up from `seed`.
fn frame(length: usize, seed: u8) -> Vec<u8> {
    ADDRESS.into_iter().chain((0..).map(|i| (i as u8).wrapping_add(seed))).take(length).collect()
}

fn receive(driver: &mut Driver) -> Option<Vec<u8>> {
    driver.receive(Instant::ZERO).map(|(token, _)| token.consume(<[u8]>::to_vec))
}

fn transmit(driver: &mut Driver, frame: &[u8]) {
    driver.transmit(Instant::ZERO).unwrap().consume(frame.len(), |buffer| buffer.copy_from_slice(frame));
}

#[test]
fn frames_of_every_length_arrive_without_their_check_sequence() {
    let (chip, mut driver) = driver();
    for length in (14..80).chain(MAX_FRAME - 4..=MAX_FRAME) {
        let sent = frame(length, length as u8);
        chip.arrive(&sent);
        assert_eq!(receive(&mut driver), Some(sent));
    }
    assert_eq!(receive(&mut driver), None);
}

#[test]
fn frames_that_arrive_together_are_kept_apart_and_in_order() {
    let (chip, mut driver) = driver();
    let sent: Vec<_> = (0..50).map(|i| frame(60 + i, i as u8)).collect();
    sent.iter().for_each(|frame| chip.arrive(frame));
    let received: Vec<_> = std::iter::from_fn(|| receive(&mut driver)).collect();
    assert_eq!(received, sent);
    assert_eq!(driver.counters().received, 50);
}

#[test]
fn frames_of_every_length_leave_as_they_were_written() {
    let (chip, mut driver) = driver();
    for length in (14..80).chain(MAX_FRAME - 4..=MAX_FRAME) {
        let sent = frame(length, length as u8);
        transmit(&mut driver, &sent);
        assert_eq!(chip.with(|chip| chip.wire.pop()), Some(sent));
    }
}

#[test]
fn damaged_and_oversize_frames_are_skipped_counted_and_do_not_shift_what_follows() {
    let (chip, mut driver) = driver_with(600, 600);
    chip.with(|chip| chip.arrive(&frame(101, 1), 1 << 15));
    chip.arrive(&frame(601, 2));
    chip.with(|chip| chip.arrive(&frame(102, 3), 1 << 30));
    chip.with(|chip| chip.arrive(&[], 0));
    chip.arrive(&frame(600, 4));
    assert_eq!(receive(&mut driver), Some(frame(600, 4)));
    assert_eq!(receive(&mut driver), None);
    let expected = Counters { received: 1, receive_errors: 3, oversize: 1, ..Counters::default() };
    assert_eq!(driver.counters(), expected);
}

#[test]
fn frames_the_chip_had_no_room_for_are_counted() {
    let (chip, mut driver) = driver();
    chip.with(|chip| chip.rx_capacity = 100);
    (0..5).for_each(|i| chip.arrive(&frame(196, i)));
    assert_eq!(driver.counters().overrun, 3);
    assert_eq!(driver.counters().overrun, 3, "the chip's counter clears when read, ours does not");
    assert_eq!(receive(&mut driver), Some(frame(196, 0)));
    assert_eq!(receive(&mut driver), Some(frame(196, 1)));
    assert_eq!(receive(&mut driver), None);
}

#[test]
fn without_room_to_answer_a_frame_stays_in_the_chip() {
    let (chip, mut driver) = driver();
    chip.arrive(&frame(60, 1));
    chip.with(|chip| chip.tx_free = MAX_FRAME as u32 + 7);
    assert!(driver.transmit(Instant::ZERO).is_none());
    assert_eq!(receive(&mut driver), None);
    chip.with(|chip| chip.tx_free = MAX_FRAME as u32 + 8);
    assert_eq!(receive(&mut driver), Some(frame(60, 1)));
}

#[test]
fn transmit_statuses_are_collected() {
    let (chip, mut driver) = driver();
    transmit(&mut driver, &frame(60, 0));
    chip.with(|chip| chip.tx_error = 1 << 15);
    transmit(&mut driver, &frame(60, 0));
    assert!(driver.transmit(Instant::ZERO).is_some());
    let counters = driver.counters();
    assert_eq!((counters.transmitted, counters.transmit_errors), (1, 1));
}

#[test]
fn the_interrupt_falls_when_acknowledged_and_returns_with_the_next_frame() {
    let (chip, mut driver) = driver();
    let line = || chip.with(|chip| chip.interrupt());
    assert!(!line());
    chip.arrive(&frame(60, 1));
    assert!(line());
    driver.acknowledge();
    assert!(!line());
    assert!(driver.frame_waiting(), "the frame is still there: no time to sleep");
    receive(&mut driver);
    assert!(!driver.frame_waiting());
    chip.arrive(&frame(60, 2));
    assert!(line());
}

#[test]
fn bring_up_programs_the_interrupt_line_and_leaves_promiscuous_mode() {
    let (chip, _driver) = driver();
    chip.with(|chip| {
        assert_eq!(chip.other(0x54) & 0x111, 0x111, "push-pull, active high, enabled");
        assert_eq!(chip.other(0x68), 0x4800_0000, "one frame is enough to interrupt");
        assert_eq!(chip.other(0x70), 2, "transmitter on");
        assert_eq!(chip.mac[&mac::CR], mac::cr::RECEIVE | mac::cr::TRANSMIT);
        assert_eq!(chip.interrupt_enable, 1 << 3);
    });
}

#[test]
fn an_absent_an_unknown_and_a_stuck_chip_are_told_apart() {
    let bring_up = |set: fn(&mut crate::model::Chip)| {
        let chip = Model::new();
        chip.with(set);
        Lan9118::new(chip, &mut [0; 64], &mut [0; 64]).map(drop)
    };
    assert_eq!(bring_up(|chip| chip.byte_test = 0x2143_6587), Err(InitError::NoChip(0x2143_6587)));
    assert_eq!(bring_up(|chip| chip.id = 0x1234_0000), Err(InitError::UnknownChip(0x1234_0000)));
    assert_eq!(bring_up(|chip| chip.stuck = true), Err(InitError::Stuck));
    assert_eq!(bring_up(|chip| chip.id = 0x9220_0000), Ok(()));
}

#[test]
fn a_bus_without_a_chip_is_an_error_after_bounded_patience() {
    struct Floating(u64);
    impl Registers for Floating {
        fn read(&mut self, _: Register) -> u32 {
            self.0 += 1;
            0
        }
        fn write(&mut self, _: Register, _: u32) {}
    }
    let mut floating = Floating(0);
    assert_eq!(floating.read(BYTE_TEST), 0);
    let error = Lan9118::new(floating, &mut [0; 64], &mut [0; 64]).map(drop);
    assert_eq!(error, Err(InitError::NoChip(0)));
    const { assert!(PATIENCE < 1_000_000) };
}

#[test]
fn the_hardware_address_comes_from_the_chip_or_not_at_all() {
    let (chip, mut driver) = driver();
    assert_eq!(driver.hardware_address(), Some(ADDRESS));
    chip.with(|chip| chip.mac.extend([(mac::ADDRL, u32::MAX), (mac::ADDRH, 0xFFFF)]));
    assert_eq!(driver.hardware_address(), None);
    driver.set_hardware_address([2, 3, 4, 5, 6, 7]);
    assert_eq!(driver.hardware_address(), Some([2, 3, 4, 5, 6, 7]));
}

#[test]
fn the_duplex_follows_what_both_ends_can_do() {
    let (chip, mut driver) = driver();
    let full_duplex = || chip.with(|chip| chip.mac[&mac::CR] & mac::cr::FULL_DUPLEX != 0);
    assert_eq!(driver.link(), Some(Link { fast: true, full_duplex: true }));
    assert!(full_duplex());
    chip.with(|chip| chip.phy.insert(phy::ANLPAR, 0x00A1));
    assert_eq!(driver.link(), Some(Link { fast: true, full_duplex: false }));
    assert!(!full_duplex());
    chip.with(|chip| chip.phy.insert(phy::ANLPAR, 0x0061));
    assert_eq!(driver.link(), Some(Link { fast: false, full_duplex: true }));
    chip.with(|chip| chip.phy.insert(phy::BMSR, 0x7809));
    assert_eq!(driver.link(), None);
}

#[test]
fn the_self_test_passes_through_the_loop_and_leaves_it() {
    let (chip, mut driver) = driver();
    chip.arrive(&frame(60, 9));
    assert_eq!(driver.self_test(), Ok(()));
    assert!(chip.with(|chip| chip.wire.is_empty()), "nothing on the cable");
    transmit(&mut driver, &frame(60, 1));
    assert_eq!(chip.with(|chip| chip.wire.len()), 1, "and the cable again afterwards");
}

#[test]
fn the_self_test_sees_noise_and_silence() {
    let (chip, mut driver) = driver();
    chip.with(|chip| chip.noise = 0x10);
    assert_eq!(driver.self_test(), Err(SelfTestError::Corrupted));
    chip.with(|chip| chip.rx_capacity = 0);
    assert_eq!(driver.self_test(), Err(SelfTestError::NothingReceived));
    chip.with(|chip| chip.tx_free = 0);
    assert_eq!(driver.self_test(), Err(SelfTestError::NotReady));
}

#[test]
fn the_shorter_buffer_is_the_mtu() {
    assert_eq!(driver_with(600, 590).1.capabilities().max_transmission_unit, 590);
    assert_eq!(driver_with(4096, 4096).1.capabilities().max_transmission_unit, MAX_FRAME);
}

#[test]
fn a_network_stack_answers_an_arp_request_through_the_driver() {
    let (chip, mut driver) = driver();
    let config = Config::new(HardwareAddress::Ethernet(EthernetAddress(ADDRESS)));
    let mut interface = Interface::new(config, &mut driver, Instant::ZERO);
    interface.update_ip_addrs(|addresses| {
        addresses.push(IpCidr::new(Ipv4Address::new(10, 0, 2, 15).into(), 24)).unwrap();
    });
    let peer = [2, 0, 0, 0, 0, 1];
    let mut request =
        [&[0xFF; 6][..], &peer, &[8, 6, 0, 1, 8, 0, 6, 4, 0, 1], &peer, &[10, 0, 2, 2]].concat();
    request.extend([0; 6]);
    request.extend([10, 0, 2, 15]);
    chip.arrive(&request);
    interface.poll(Instant::ZERO, &mut driver, &mut SocketSet::new(&mut [][..]));
    let answer = chip.with(|chip| chip.wire.pop()).unwrap();
    assert_eq!(answer[..6], peer);
    assert_eq!(answer[20..22], [0, 2], "an ARP reply");
    assert_eq!(answer[22..28], ADDRESS);
}
