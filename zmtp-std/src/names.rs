//! The names of a context: which sockets are bound to them, and which wait for somebody who is.

use std::collections::HashMap;
use std::sync::Arc;

use crate::socket::Listening;
use crate::sync::Mutex;
use crate::transport::Dialer;

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Names(Mutex<HashMap<String, Entry>>);

#[derive(Debug, Default)]
struct Entry {
    binder: Option<Arc<Listening>>,
    dialers: Vec<Arc<Dialer>>,
}

/// Another socket is bound to the name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct InUse;

impl Names {
    pub(crate) fn bind(&self, name: &str, binder: &Arc<Listening>) -> Result<(), InUse> {
        let mut names = self.0.lock().unwrap();
        let entry = names.entry(name.to_owned()).or_default();
        if entry.binder.is_some() {
            return Err(InUse);
        }
        entry.binder = Some(Arc::clone(binder));
        Ok(())
    }

    /// The name is free again.
    pub(crate) fn unbind(&self, name: &str) {
        self.change(name, |entry| entry.binder = None);
    }

    /// Who is bound to the name.
    pub(crate) fn binder(&self, name: &str) -> Option<Arc<Listening>> {
        self.0.lock().unwrap().get(name)?.binder.clone()
    }

    /// From now on somebody connects to the name.
    pub(crate) fn dial(&self, name: &str, dialer: &Arc<Dialer>) {
        self.0.lock().unwrap().entry(name.to_owned()).or_default().dialers.push(Arc::clone(dialer));
    }

    pub(crate) fn hang_up(&self, name: &str, dialer: &Arc<Dialer>) {
        self.change(name, |entry| entry.dialers.retain(|other| !Arc::ptr_eq(other, dialer)));
    }

    /// Who connects to the name, in the order of the calls.
    pub(crate) fn dialers(&self, name: &str) -> Vec<Arc<Dialer>> {
        self.0.lock().unwrap().get(name).map(|entry| entry.dialers.clone()).unwrap_or_default()
    }

    /// There will be no other sockets: who waits for one waits in vain.
    pub(crate) fn give_up(&self) {
        let names = self.0.lock().unwrap();
        names.values().flat_map(|entry| &entry.dialers).for_each(|dialer| dialer.give_up());
    }

    fn change(&self, name: &str, change: impl FnOnce(&mut Entry)) {
        let mut names = self.0.lock().unwrap();
        let Some(entry) = names.get_mut(name) else { return };
        change(entry);
        if entry.binder.is_none() && entry.dialers.is_empty() {
            names.remove(name);
        }
    }
}
