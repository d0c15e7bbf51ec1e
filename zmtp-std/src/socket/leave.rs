//! Leaving an endpoint: unbinding and disconnecting, with what waits for its peers.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use super::core::Core;
use super::phase::Phase;
use super::site::{Endpoints, Side, Site};
use crate::{DisconnectError, Endpoint, UnbindError, wait};

impl Core {
    pub(super) fn unbind(&self, endpoint: &Endpoint) -> Result<(), UnbindError> {
        self.check()?;
        let left = self.leave(Side::Bound, endpoint);
        if left.is_empty() {
            let Endpoints { bound, .. } = self.sites.endpoints();
            return Err(UnbindError::NotBound { endpoint: endpoint.clone(), bound });
        }
        // So that the address is free when the call returns.
        let free = || left.iter().all(|site| !site.listening.load(Ordering::SeqCst)).then_some(());
        let _ = wait::block(&self.progress, || None, free);
        Ok(())
    }

    pub(super) fn disconnect(&self, endpoint: &Endpoint) -> Result<(), DisconnectError> {
        self.check()?;
        if self.leave(Side::Connected, endpoint).is_empty() {
            let Endpoints { connected, .. } = self.sites.endpoints();
            return Err(DisconnectError::NotConnected { endpoint: endpoint.clone(), connected });
        }
        Ok(())
    }

    /// No message goes to the peers of an endpoint any more, but what waits for them leaves within the linger time.
    fn leave(&self, side: Side, endpoint: &Endpoint) -> Vec<Arc<Site>> {
        let sites = self.sites.leave(side, endpoint);
        let linger = self.options().linger;
        for site in &sites {
            let connected = self.retire(site);
            let lanes = self.route().links.lanes_at(site.id);
            self.part(&lanes);
            let in_vain = !connected && site.options().reconnect_stop.after_disconnect;
            if in_vain || linger == Some(Duration::ZERO) {
                site.narrow(Phase::Closed);
                continue;
            }
            site.narrow(Phase::Closing);
            let site = Arc::clone(site);
            self.threads().next().spawn(async move { site.linger(linger).await });
        }
        if !sites.is_empty() {
            // Whoever waits for the room, or the coming, of such a peer waits for others now.
            self.sendable.notify(usize::MAX);
            self.audience.notify(usize::MAX);
        }
        sites
    }

    /// Returns whether there was a connection.
    pub(super) fn retire(&self, site: &Site) -> bool {
        let mut route = self.route();
        let mut connected = false;
        for lane in route.links.lanes_at(site.id) {
            connected |= route.links.is_connected(&lane);
            route.retire(&lane, &mut |topic| self.show_end(&lane, topic));
        }
        connected
    }
}
