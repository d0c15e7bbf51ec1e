use super::*;
use crate::short::LONGEST;

#[test]
fn a_part_of_up_to_32_octets_is_kept_in_place_and_a_message_is_no_larger_than_its_part() {
    assert!(Part::from(vec![7; LONGEST]).shared().is_none());
    assert!(Part::from(vec![7; LONGEST + 1]).shared().is_some());
    assert_eq!(size_of::<Message>(), 40);
    assert_eq!(size_of::<Option<Result<Message, crate::RecvError>>>(), 40);
}

#[test]
fn parts_come_off_as_they_were_put_on() {
    let mut message = Message::from("body");
    message.push_front("");
    message.push_front("address");
    message.push_back(vec![9; 100]);
    assert_eq!(
        message,
        Message::from(["address".into(), "".into(), "body".into(), Part::from(vec![9; 100])])
    );
    assert_eq!(message.pop_front().unwrap(), "address");
    assert_eq!(message.pop_back().unwrap(), vec![9; 100]);
    assert_eq!(message.len(), 2);
    assert_eq!(message.octets(), 4);
    assert_eq!(message.into_iter().map(|part| part.to_text()).collect::<Vec<_>>(), ["", "body"]);
}

#[test]
fn unwrapping_takes_an_address_and_at_most_one_empty_part() {
    let unwrapped = |parts: &[&str]| {
        let mut message: Message = parts.iter().copied().collect();
        (message.unwrap().map(|part| part.to_text()), message)
    };
    assert_eq!(unwrapped(&["a", "", "", "b"]), (Some("a".into()), ["", "b"].into()));
    assert_eq!(unwrapped(&["a", "b"]), (Some("a".into()), "b".into()));
    assert_eq!(unwrapped(&["a"]), (Some("a".into()), Message::new()));
    assert_eq!(unwrapped(&[]), (None, Message::new()));
}

#[test]
fn a_single_part_taken_off_leaves_a_message_of_no_parts() {
    let mut message = Message::from("only");
    assert_eq!(message.pop_front().unwrap(), "only");
    assert!(message.is_empty() && message.pop_front().is_none() && message.pop_back().is_none());
}

#[test]
fn text_equals_only_a_message_of_that_one_part() {
    assert_eq!(Message::from("a"), "a");
    assert_ne!(Message::from(["a", "b"]), "a");
    assert_ne!(Message::new(), "");
    assert_eq!(Message::from(""), "");
}

#[test]
fn what_is_not_printable_is_escaped_and_what_is_long_is_cut_when_shown() {
    assert_eq!(format!("{:?}", Message::from(b"a\0\"")), r#"["a\x00\""]"#);
    assert!(format!("{:?}", Message::from(vec![b'x'; 1000])).ends_with("... (1000 octets)]"));
}
