//! Messages that are values.

use serde::{Deserialize, Serialize};

use crate::common::context;
use crate::errors::says;
use zmtp_std::{BadValue, Message, Part};

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Reading<'m> {
    #[serde(borrow)]
    sensor: &'m str,
    celsius: i16,
}

const READING: Reading<'static> = Reading { sensor: "attic", celsius: -12 };

#[test]
fn values_pass_over_every_transport_alone_and_behind_a_topic() {
    let context = context();
    for endpoint in ["tcp://127.0.0.1:*", "inproc://values"] {
        let (push, pull) = (context.push(), context.pull());
        push.connect(pull.bind(endpoint).unwrap()).unwrap();
        push.send(Message::of_value(&READING).unwrap()).unwrap();
        assert_eq!(pull.recv().unwrap().value::<Reading<'_>>(), Ok(READING));
        push.send(["weather".into(), Part::of_value(&READING).unwrap()]).unwrap();
        assert_eq!(pull.recv().unwrap().part(1).unwrap().value::<Reading<'_>>(), Ok(READING));
    }
}

#[test]
fn the_encoding_is_that_of_boards() {
    // The length of the text, the text, and a number whose sign is its last bit.
    assert_eq!(Part::of_value(&READING).unwrap(), b"\x05attic\x17"[..]);
}

#[test]
fn what_is_no_value_of_the_type_is_an_error_that_says_so_and_the_message_stays() {
    let good = Message::of_value(&READING).unwrap();
    let cut = Message::from(b"\x05att");
    let behind = Message::from(b"\x05attic\x17\0");
    for message in [&cut, &behind, &Message::from("")] {
        let octets = message.octets() as usize;
        assert_eq!(message.value::<Reading<'_>>(), Err(BadValue::Part { octets }));
    }
    says(cut.value::<Reading<'_>>(), "no value of this type", "do both sides have the same one?");
    let two = Message::from(["topic".into(), good.part(0).unwrap().clone()]);
    assert_eq!(two.value::<Reading<'_>>(), Err(BadValue::Parts(2)));
    assert_eq!(Message::new().value::<Reading<'_>>(), Err(BadValue::Parts(0)));
    says(two.value::<Reading<'_>>(), "has 2 parts, not one", "Part::value");
    assert_eq!(two.part(1).unwrap().value::<Reading<'_>>(), Ok(READING));
}

#[test]
fn a_value_without_an_encoding_is_an_error_that_says_why() {
    #[derive(Serialize)]
    struct Open {
        #[serde(flatten)]
        fields: std::collections::BTreeMap<String, u8>,
    }
    let open = Open { fields: [("a".to_owned(), 1)].into() };
    says(Message::of_value(&open).map(drop), "the value cannot be encoded", "flattened");
}
