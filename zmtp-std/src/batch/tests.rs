use super::*;

fn batch(messages: &[Message]) -> Batch {
    let mut batch = Batch::default();
    for message in messages {
        batch.put(&[], message.into(), message.octets() as usize);
    }
    batch
}

#[test]
fn the_first_message_is_forgotten_with_all_its_parts_and_long_bodies() {
    let messages = mixed();
    let mut left = batch(&messages);
    for at in 0..messages.len() {
        assert_eq!(left.forget_first(), (1, messages[at].octets() as usize));
        let expected = batch(&messages[at + 1..]);
        assert_eq!((left.held(), left.len()), (expected.held(), expected.len()));
        assert_eq!(octets_after(&left, 0), octets_after(&expected, 0));
    }
    assert_eq!(left.forget_first(), (0, 0));
}

fn octets_after(batch: &Batch, written: usize) -> Vec<u8> {
    let mut slices = [IoSlice::new(&[]); MOST_SLICES];
    let count = batch.slices(written, &mut slices);
    slices[..count].iter().flat_map(|slice| slice.iter().copied()).collect()
}

fn mixed() -> Vec<Message> {
    vec![
        "a".into(),
        Message::from(["".into(), Part::from(vec![1; CHAIN_THRESHOLD]), "end".into()]),
        Message::new(),
        Message::from([vec![2; CHAIN_THRESHOLD], vec![3; CHAIN_THRESHOLD + 1]]),
        "z".into(),
    ]
}

#[test]
fn messages_are_framed_in_order_and_long_bodies_are_not_copied() {
    let batch = batch(&mixed());
    let octets = octets_after(&batch, 0);
    assert_eq!(batch.held(), (5, 3 * CHAIN_THRESHOLD + 6));
    assert_eq!(octets.len(), batch.len());
    assert!(batch.octets.len() < 100);
    assert_eq!(octets[..7], *b"\0\x01a\x01\0\x03\0");
    assert!(octets.ends_with(b"\0\x01z"));
}

#[test]
fn writing_goes_on_after_any_octet() {
    let batch = batch(&mixed());
    let whole = octets_after(&batch, 0);
    for written in (0..whole.len()).step_by(61).chain([whole.len() - 1, whole.len()]) {
        assert!(octets_after(&batch, written) == whole[written..], "after {written}");
    }
}

#[test]
fn z37_029_068_what_was_not_wholly_written_is_sent_again_and_nothing_twice() {
    let messages = mixed();
    let whole = batch(&messages).len();
    for written in (0..=whole).step_by(61).chain([2, 3, 4, whole - 1, whole]) {
        let mut rewound = batch(&messages);
        let early = rewound.progress(written / 2);
        let late = rewound.rewind(written);
        let (gone, bodies) = (early.0 + late.0, early.1 + late.1);
        let expected = batch(&messages[gone..]);
        assert!(octets_after(&rewound, 0) == octets_after(&expected, 0), "after {written}");
        assert_eq!(rewound.held(), expected.held());
        assert_eq!(bodies, batch(&messages[..gone]).bodies);
        assert!(batch(&messages[..gone]).len() <= written);
        assert!(gone == messages.len() || batch(&messages[..=gone]).len() > written);
    }
}
