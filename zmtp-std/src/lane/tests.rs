use proptest::prelude::*;
use zmtp_core::wire::FrameKind;

use super::*;
use crate::Message;
use crate::batch::Place;

fn lane(options: &Options) -> Arc<Lane> {
    Arc::new(Lane::new(0, 0, options, &Totals::default(), Gate::Open))
}

fn offer(lane: &Arc<Lane>, message: &Message) -> Offer {
    lane.offer(&[], message.into())
}

fn next(lane: &Lane) -> Option<Batch> {
    lane.next_batch().map(|(batch, _)| batch)
}

/// The messages of a batch, each as the text of its parts.
fn messages(batch: &Batch) -> Vec<Vec<String>> {
    let (mut place, mut messages, mut message) = (Place::default(), Vec::new(), Vec::new());
    while let Some((head, body)) = batch.frame(&mut place) {
        message.push(String::from_utf8(body.to_vec()).unwrap());
        if head.kind == (FrameKind::Message { more: false }) {
            messages.push(std::mem::take(&mut message));
        }
    }
    messages
}

fn numbered(number: usize) -> Message {
    (0..=number % 3).map(|part| format!("{number}.{part}")).collect()
}

fn text(number: usize) -> Vec<Vec<String>> {
    vec![(0..=number % 3).map(|part| format!("{number}.{part}")).collect()]
}

proptest! {
    /// The model: one message waits at most, the newest, and one is on its way.
    #[test]
    fn api_011_a_conflating_lane_holds_the_newest_message_and_what_is_on_its_way(
        steps in proptest::collection::vec(0u8..4, 0..60)
    ) {
        let lane = lane(&Options { conflate: true, sndhwm: 1, ..Options::default() });
        let (mut waiting, mut leaving): (Option<usize>, Option<(usize, Batch)>) = (None, None);
        for (number, step) in steps.into_iter().enumerate() {
            match (step, leaving.take()) {
                (0 | 1, on_its_way) => {
                    prop_assert_eq!(offer(&lane, &numbered(number)), Offer::Taken);
                    (waiting, leaving) = (Some(number), on_its_way);
                }
                (_, None) => {
                    let batch = next(&lane);
                    prop_assert_eq!(batch.as_ref().map(messages), waiting.map(text));
                    leaving = waiting.take().zip(batch);
                }
                (2, Some((_, batch))) => prop_assert!(!lane.written(batch), "nobody was turned away"),
                // The connection is lost in the middle of it.
                (_, Some((number, batch))) => {
                    lane.unwritten(batch, 3);
                    waiting = waiting.or(Some(number));
                }
            }
            prop_assert_eq!(lane.unsent(), waiting.iter().count() + leaving.iter().count());
        }
    }
}

#[test]
fn api_011_a_conflating_lane_refuses_only_what_is_too_large_alone() {
    let lane = lane(&Options { conflate: true, sndhwm_bytes: 4, ..Options::default() });
    assert_eq!(offer(&lane, &"1234".into()), Offer::Taken);
    assert_eq!(lane.would_take((&Message::from("abcd")).into()), Offer::Taken);
    assert_eq!(offer(&lane, &"12345".into()), Offer::TooLarge);
    let on_its_way = next(&lane).unwrap();
    assert_eq!(offer(&lane, &"abcd".into()), Offer::Taken);
    assert_eq!(offer(&lane, &"efgh".into()), Offer::Taken);
    assert!(!lane.written(on_its_way));
    assert_eq!(messages(&next(&lane).unwrap()), [["efgh"]]);
}
