"""Where the simulated infrastructure puts an instance that has to move.

The best host is one that needs no more work (patched, upgraded), then one with few instances, then the first of the
host table. Server groups are not looked at. The order is kept in a heap whose entries are checked when they are taken:
a move costs no look at every host.
"""

import heapq
from collections.abc import Collection

from reference_server.engine.fleet import Fleet

Rank = tuple[int, int, int]
"""Outstanding work, instances, place in the host table; lower is better."""


class Placement:
    """The hosts that can take instances, best first."""

    def __init__(self, fleet: Fleet) -> None:
        self._places = {host.name: place for place, host in enumerate(fleet.hosts)}
        self._heap: list[tuple[Rank, str]] = []
        for host in fleet.hosts:
            self.touch(host.name, fleet)

    def touch(self, name: str, fleet: Fleet) -> None:
        """Take note that something of this host changed."""
        rank = self._rank(name, fleet)
        if rank is not None:
            heapq.heappush(self._heap, (rank, name))

    def best(self, fleet: Fleet, leaving: Collection[str]) -> str | None:
        """The best host that is none of those which the instances are leaving; None if there is no other."""
        aside = []
        found = None
        while self._heap and found is None:
            rank, name = heapq.heappop(self._heap)
            if rank != self._rank(name, fleet):
                continue
            aside.append((rank, name))
            if name not in leaving:
                found = name
        for entry in set(aside):
            heapq.heappush(self._heap, entry)
        return found

    def _rank(self, name: str, fleet: Fleet) -> Rank | None:
        """The rank of a host; None for one that can take no instance, or is gone."""
        host = fleet.host_by_name.get(name)
        if host is None or not host.has("worker") or not host.is_working or host.services_disabled:
            return None
        patch_host = fleet.patch_host_by_name.get(name)
        to_patch = patch_host is not None and not patch_host.patch_current
        to_upgrade = fleet.upgrade is not None and host.software_load != fleet.upgrade.to_release
        return to_patch + to_upgrade, len(fleet.instances_by_host.get(name, ())), self._places[name]
