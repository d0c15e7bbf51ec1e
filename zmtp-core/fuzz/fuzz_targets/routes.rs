//! The table of routing ids and a ROUTER over it, against a map.
#![no_main]

use std::collections::BTreeMap;

use libfuzzer_sys::fuzz_target;
use zmtp_core::identity::{GeneratedIds, NoRoute, RouteTable, Routes};
use zmtp_core::pattern::{Introduced, Name, Refused, Route, Router, RouterOptions, Unroutable};
use zmtp_core_fuzz::Control;

const ROOM: usize = 64;
/// Octets in front of each id in the table.
const RECORD_HEAD: usize = 2;

#[derive(Default)]
struct Model<'d>(BTreeMap<usize, Id<'d>>);

#[derive(Clone, PartialEq)]
enum Id<'d> {
    Given(&'d [u8]),
    Generated([u8; 5]),
}

impl Id<'_> {
    fn octets(&self) -> &[u8] {
        match self {
            Self::Given(id) => id,
            Self::Generated(id) => id,
        }
    }
}

impl<'d> Model<'d> {
    fn find(&self, id: &[u8]) -> Option<usize> {
        self.0.iter().find(|(_, each)| each.octets() == id).map(|(peer, _)| *peer)
    }

    fn insert(&mut self, peer: usize, id: Id<'d>) -> Result<(), NoRoute> {
        let len = id.octets().len();
        let used: usize = self.0.values().map(|each| each.octets().len() + RECORD_HEAD).sum();
        if len == 0 || len > 255 {
            return Err(NoRoute::Length);
        }
        if self.0.contains_key(&peer) {
            return Err(NoRoute::Named);
        }
        if self.find(id.octets()).is_some() {
            return Err(NoRoute::Taken);
        }
        if peer > 255 || used + len + RECORD_HEAD > ROOM {
            return Err(NoRoute::Full);
        }
        self.0.insert(peer, id);
        Ok(())
    }

    fn hand_over(&mut self, from: usize, to: usize) -> Result<(), NoRoute> {
        if !self.0.contains_key(&from) {
            return Err(NoRoute::Unknown);
        }
        if self.0.contains_key(&to) {
            return Err(NoRoute::Named);
        }
        if to > 255 {
            return Err(NoRoute::Full);
        }
        let id = self.0.remove(&from).expect("it is there");
        self.0.insert(to, id);
        Ok(())
    }
}

fuzz_target!(|data: &[u8]| {
    let mut octets = [0; ROOM];
    let mut table = RouteTable::new(&mut octets);
    let mut model = Model::default();
    let mut control = Control::all(data);
    let mut ids = GeneratedIds::starting_at(control.octet().into());
    let mut router = Router::new(RouterOptions::default(), ids);
    while !control.is_over() {
        let operation = control.octet();
        // Most are small, one is more than the table can tell apart.
        let peer = [0, 1, 2, 3, 4, 5, 255, 256][usize::from(operation >> 4) % 8];
        let len = control.size() % 12;
        let id = control.octets(len);
        match operation % 8 {
            0 => assert_eq!(table.insert(peer, id), model.insert(peer, Id::Given(id))),
            1 => {
                let to = len % 4;
                assert_eq!(table.hand_over(peer, to), model.hand_over(peer, to));
            }
            2 => assert_eq!(table.remove(peer), model.0.remove(&peer).is_some()),
            3 => {
                let handover = len.is_multiple_of(2);
                router.configure(RouterOptions { mandatory: true, handover });
                let introduced = router.introduce(&mut table, peer, Name::Announced(id));
                assert_eq!(introduced, announce(&mut model, &mut ids, peer, id, handover));
            }
            4 => {
                let introduced = router.introduce(&mut table, peer, Name::Preset(id));
                let expected = match id.first() {
                    None | Some(0) => Err(Refused::NotAName),
                    Some(_) if model.0.contains_key(&peer) => Ok(Introduced::Kept),
                    Some(_) => refused(model.insert(peer, Id::Given(id))).map(|()| Introduced::Named),
                };
                assert_eq!(introduced, expected);
            }
            _ => {
                let (mandatory, room) = (len.is_multiple_of(2), !len.is_multiple_of(3));
                router.configure(RouterOptions { mandatory, handover: false });
                let failure = match model.find(id) {
                    Some(peer) if room => Ok(Route::To(peer)),
                    Some(peer) => Err(Unroutable::Full(peer)),
                    None => Err(Unroutable::Unknown),
                };
                let expected =
                    if mandatory { failure } else { failure.or_else(|why| Ok(Route::Dropped(why))) };
                assert_eq!(router.route(&table, id, |_| room), expected);
            }
        }
        compare(&table, &model, id);
    }
});

fn announce<'d>(
    model: &mut Model<'d>,
    ids: &mut GeneratedIds,
    peer: usize,
    id: &'d [u8],
    handover: bool,
) -> Result<Introduced, Refused> {
    if model.0.contains_key(&peer) {
        return Ok(Introduced::Kept);
    }
    if id.is_empty() || id[0] == 0 {
        loop {
            match model.insert(peer, Id::Generated(ids.take())) {
                Err(NoRoute::Taken) => {}
                given => return refused(given).map(|()| Introduced::Generated),
            }
        }
    }
    match model.find(id) {
        Some(from) if handover => {
            refused(model.hand_over(from, peer)).map(|()| Introduced::TakesOver { from })
        }
        _ => refused(model.insert(peer, Id::Given(id))).map(|()| Introduced::Named),
    }
}

fn refused(result: Result<(), NoRoute>) -> Result<(), Refused> {
    result.map_err(|why| match why {
        NoRoute::Full => Refused::Full,
        NoRoute::Taken => Refused::Duplicate,
        _ => Refused::NotAName,
    })
}

fn compare(table: &RouteTable<'_>, model: &Model<'_>, id: &[u8]) {
    assert_eq!(table.find(id), model.find(id));
    let mut visited = 0;
    table.visit(&mut |peer, id| {
        visited += 1;
        assert_eq!(model.0.get(&peer).map(Id::octets), Some(id));
        assert_eq!(table.id_of(peer), Some(id));
    });
    assert_eq!(visited, model.0.len());
}
