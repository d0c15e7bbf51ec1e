//! A subscriber that keeps what it is told.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::{Arc, Condvar, Mutex};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};

use crate::common::PATIENCE;

/// Fields, as text.
pub(crate) type Fields = BTreeMap<&'static str, String>;

/// An event, or the end of a span.
#[derive(Clone, Debug)]
pub(crate) struct Told {
    pub(crate) level: Level,
    pub(crate) fields: Fields,
    /// Of the span that it happened in, or that has ended.
    pub(crate) span: Fields,
}

#[derive(Clone, Default)]
pub(crate) struct Recorder(Arc<(Mutex<State>, Condvar)>);

#[derive(Default)]
struct State {
    spans: Vec<(Fields, usize)>,
    told: Vec<Told>,
}

thread_local! {
    static ENTERED: RefCell<Vec<usize>> = RefCell::default();
}

impl Recorder {
    /// The first event that is `wanted`, of those that have been and those to come.
    pub(crate) fn find(&self, wanted: impl Fn(&Told) -> bool) -> Told {
        let (state, more) = &*self.0;
        let missing = |state: &mut State| !state.told.iter().any(&wanted);
        let (state, late) = more.wait_timeout_while(state.lock().unwrap(), PATIENCE, missing).unwrap();
        assert!(!late.timed_out(), "{:#?}", state.told);
        state.told.iter().find(|told| wanted(told)).unwrap().clone()
    }

    fn tell(&self, told: Told) {
        self.0.0.lock().unwrap().told.push(told);
        self.0.1.notify_all();
    }

    fn span(&self, index: usize) -> Fields {
        self.0.0.lock().unwrap().spans[index].0.clone()
    }
}

struct Collect<'f>(&'f mut Fields);

impl Visit for Collect<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0.insert(field.name(), format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name(), value.to_owned());
    }
}

fn index(id: &Id) -> usize {
    usize::try_from(id.into_u64()).unwrap() - 1
}

impl Subscriber for Recorder {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "zmtp_std::event"
    }

    fn new_span(&self, attributes: &Attributes<'_>) -> Id {
        let mut fields = Fields::from([("span", attributes.metadata().name().to_owned())]);
        attributes.record(&mut Collect(&mut fields));
        let mut state = self.0.0.lock().unwrap();
        state.spans.push((fields, 1));
        Id::from_u64(state.spans.len() as u64)
    }

    fn record(&self, id: &Id, values: &Record<'_>) {
        values.record(&mut Collect(&mut self.0.0.lock().unwrap().spans[index(id)].0));
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut fields = Fields::new();
        event.record(&mut Collect(&mut fields));
        let span = ENTERED.with_borrow(|entered| entered.last().copied());
        let span = span.map(|index| self.span(index)).unwrap_or_default();
        self.tell(Told { level: *event.metadata().level(), fields, span });
    }

    fn enter(&self, id: &Id) {
        ENTERED.with_borrow_mut(|entered| entered.push(index(id)));
    }

    fn exit(&self, _: &Id) {
        ENTERED.with_borrow_mut(Vec::pop);
    }

    fn clone_span(&self, id: &Id) -> Id {
        self.0.0.lock().unwrap().spans[index(id)].1 += 1;
        id.clone()
    }

    fn try_close(&self, id: Id) -> bool {
        let mut state = self.0.0.lock().unwrap();
        let (fields, handles) = &mut state.spans[index(&id)];
        *handles -= 1;
        if *handles > 0 {
            return false;
        }
        let ended = Told {
            level: Level::TRACE,
            fields: Fields::from([("message", "ended".to_owned())]),
            span: fields.clone(),
        };
        drop(state);
        self.tell(ended);
        true
    }
}
