//! Subscriptions as words: XPUB prints them, XSUB reads them, and what the one prints the other reads.

use anyhow::{Context as _, bail};
use zmtp_std::{Message, Part};

const SUBSCRIBE: &str = "subscribe";
const CANCEL: &str = "cancel";
const MESSAGE: &str = "message";

/// The words for what an XPUB receives.
pub(super) fn to_words(mut message: Message) -> Message {
    let only = message.part(0).filter(|_| message.len() == 1).map(Part::as_slice);
    match only {
        Some([1, topic @ ..]) => Message::from([SUBSCRIBE.into(), Part::copy_of(topic)]),
        Some([0, topic @ ..]) => Message::from([CANCEL.into(), Part::copy_of(topic)]),
        _ => {
            message.push_front(MESSAGE);
            message
        }
    }
}

/// What an XSUB has to send for the words.
pub(super) fn from_words(mut message: Message) -> anyhow::Result<Message> {
    const LIKE: &str =
        "a line is the word subscribe and a topic, cancel and a topic, or message and its parts";
    let word = message.pop_front().context(LIKE)?;
    let first = match word.text() {
        Ok(MESSAGE) if !message.is_empty() => return Ok(message),
        Ok(SUBSCRIBE) => 1,
        Ok(CANCEL) => 0,
        _ => bail!(LIKE),
    };
    let topic = message.pop_front().unwrap_or_else(|| Part::from(""));
    if !message.is_empty() {
        bail!(LIKE);
    }
    Ok(Message::from([&[first], &topic[..]].concat()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_xpub_prints_an_xsub_reads() {
        for (message, words) in [
            (Message::from("\u{1}weather"), Message::from([SUBSCRIBE, "weather"])),
            (Message::from("\u{1}"), Message::from([SUBSCRIBE, ""])),
            (Message::from("\0weather"), Message::from([CANCEL, "weather"])),
            (Message::from("hello"), Message::from([MESSAGE, "hello"])),
            (Message::from(["\u{1}a", "b"]), Message::from([MESSAGE, "\u{1}a", "b"])),
        ] {
            assert_eq!(to_words(message.clone()), words);
            assert_eq!(from_words(words).unwrap(), message);
        }
    }

    #[test]
    fn other_words_are_an_error_that_says_which_there_are() {
        for words in [&["hello"][..], &["message"], &["subscribe", "a", "b"], &[]] {
            let error = from_words(words.iter().copied().collect()).unwrap_err();
            assert!(error.to_string().contains("subscribe and a topic"), "{words:?}");
        }
    }
}
