//! The ring, the assembly and the queue of frames, each against a plain vector of what should be in it.
#![no_main]

#[path = "stores/model.rs"]
mod model;
#[path = "stores/queue.rs"]
mod queue;

use std::collections::VecDeque;

use libfuzzer_sys::fuzz_target;
use zmtp_core::store::{Assembly, Ring};
use zmtp_core_fuzz::Control;

fuzz_target!(|data: &[u8]| {
    let mut control = Control::all(data);
    match control.octet() % 3 {
        0 => ring(&mut control),
        1 => assembly(&mut control),
        _ => queue::drive(&mut control),
    }
});

fn ring(control: &mut Control<'_>) {
    let mut octets = [0; 24];
    let mut ring = Ring::new(&mut octets[..control.size() % 25]);
    let (capacity, mut model) = (ring.capacity(), VecDeque::new());
    while !control.is_over() {
        let (operation, size) = (control.octet(), control.size() % 32);
        match operation % 5 {
            0 | 1 => {
                let more = control.octets(size);
                let taken = more.len().min(capacity - model.len());
                model.extend(&more[..taken]);
                assert_eq!(ring.push(more), taken);
            }
            2 => {
                let mut out = [0; 32];
                let expected: Vec<u8> = model.drain(..size.min(model.len())).collect();
                let count = ring.pop(&mut out[..size]);
                assert_eq!(out[..count], expected);
            }
            3 => {
                model.drain(..size.min(model.len()));
                ring.discard(size);
            }
            _ => {
                model.truncate(size);
                ring.truncate(size);
            }
        }
        assert_eq!((ring.len(), ring.room()), (model.len(), capacity - model.len()));
        assert_eq!(ring.get(size), model.get(size).copied());
        let front = ring.front();
        assert!(model.iter().copied().take(front.len()).eq(front.iter().copied()));
        assert_eq!(front.is_empty(), ring.is_empty());
    }
}

fn assembly(control: &mut Control<'_>) {
    let mut octets = [0; 24];
    let mut assembly = Assembly::new(&mut octets[..control.size() % 25]);
    let mut model = Vec::new();
    while !control.is_over() {
        let len = control.size() % 32;
        if len == 0 {
            assembly.clear();
            model.clear();
        }
        let more = control.octets(len);
        let taken = more.len().min(assembly.capacity() - model.len());
        assert_eq!(assembly.extend(more), taken);
        model.extend(&more[..taken]);
        assert_eq!(assembly.filled(), model);
    }
}
