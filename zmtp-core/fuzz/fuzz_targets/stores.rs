//! The ring, the assembly and the queue of frames, each against a plain vector of what should be in it.
#![no_main]

use std::collections::VecDeque;

use libfuzzer_sys::fuzz_target;
use zmtp_core::Full;
use zmtp_core::store::{Assembly, FrameQueue, Ring, TakeError};
use zmtp_core::wire::FrameHead;
use zmtp_core_fuzz::Control;

fuzz_target!(|data: &[u8]| {
    let mut control = Control::all(data);
    match control.octet() % 3 {
        0 => ring(&mut control),
        1 => assembly(&mut control),
        _ => queue(&mut control),
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

/// What a queue should hold: whole messages, and the one that is being written.
struct Model {
    capacity: usize,
    most: usize,
    whole: VecDeque<VecDeque<Vec<u8>>>,
    /// Frames of the message that is not whole, the last one perhaps in part; and how much of that is missing.
    open: Vec<Vec<u8>>,
    missing: usize,
    last: bool,
}

fn framed(len: usize) -> usize {
    if len > 255 { len + 9 } else { len + 2 }
}

impl Model {
    fn begin(&mut self, more: bool, len: usize) -> Result<(), Full> {
        let open: usize = self.open.iter().map(|frame| framed(frame.len())).sum();
        let waiting: usize = self.whole.iter().flatten().map(|frame| framed(frame.len())).sum();
        if framed(len) + open > self.capacity {
            return Err(Full::Never);
        }
        if framed(len) + open + waiting > self.capacity || self.most > 0 && self.whole.len() >= self.most {
            return Err(Full::Now);
        }
        self.open.push(Vec::new());
        (self.missing, self.last) = (len, !more);
        self.close();
        Ok(())
    }

    fn write(&mut self, octets: &[u8]) -> usize {
        let count = self.missing.min(octets.len());
        if count > 0 {
            self.open.last_mut().expect("a frame is open").extend(&octets[..count]);
            self.missing -= count;
            self.close();
        }
        count
    }

    fn close(&mut self) {
        if self.missing == 0 && self.last {
            self.whole.push_back(self.open.drain(..).collect());
            self.last = false;
        }
    }

    fn take(&mut self, room: usize) -> Result<(Vec<u8>, bool), TakeError> {
        let first = self.whole.front_mut().ok_or(TakeError::Empty)?;
        let len = first[0].len();
        if len > room {
            return Err(TakeError::TooSmall { needed: len as u64 });
        }
        let frame = first.pop_front().expect("messages have frames");
        let more = !first.is_empty();
        if !more {
            self.whole.pop_front();
        }
        Ok((frame, more))
    }
}

fn queue(control: &mut Control<'_>) {
    let mut octets = [0; 300];
    let (capacity, most) = ([300, 40, 12, 0][control.size() % 4], control.size() % 4);
    let mut queue = FrameQueue::new(&mut octets[..capacity], most);
    let (whole, open) = (VecDeque::new(), Vec::new());
    let mut model = Model { capacity, most, whole, open, missing: 0, last: false };
    while !control.is_over() {
        let (operation, size) = (control.octet(), control.size());
        match operation % 8 {
            0 | 1 if model.missing == 0 => {
                let (more, len) = (operation & 8 != 0, size + usize::from(operation >> 4));
                assert_eq!(queue.begin_frame(FrameHead::message(more, len as u64)), model.begin(more, len));
            }
            2 if model.missing == 0 && model.open.is_empty() => {
                let part = control.octets(size % 40);
                let parts = vec![part; usize::from(operation >> 4) % 4];
                let pushed = queue.push(&parts);
                let mut expected = Ok(());
                for (at, part) in parts.iter().enumerate() {
                    expected = model.begin(at + 1 < parts.len(), part.len());
                    if expected.is_err() {
                        model.open.clear();
                        break;
                    }
                    model.write(part);
                }
                assert_eq!(pushed, expected);
            }
            3 | 4 => {
                let octets = vec![operation; size % 64];
                assert_eq!(queue.write(&octets), model.write(&octets));
            }
            5 => {
                queue.abort();
                model.open.clear();
                (model.missing, model.last) = (0, false);
            }
            6 => {
                queue.skip_message();
                model.whole.pop_front();
            }
            _ => {
                let mut body = [0; 300];
                let taken =
                    queue.take_frame(&mut body[..size]).map(|(len, more)| (body[..len].to_vec(), more));
                assert_eq!(taken, model.take(size));
            }
        }
        assert_eq!((queue.messages(), queue.is_empty()), (model.whole.len(), model.whole.is_empty()));
        let front = model.whole.front().map(|frames| (frames.len() > 1, frames[0].len() as u64));
        assert_eq!(
            queue.front().map(|(head, _)| head),
            front.map(|(more, len)| FrameHead::message(more, len))
        );
    }
}
