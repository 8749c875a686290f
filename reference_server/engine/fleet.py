"""The fleet as the engine reads it: one frozen snapshot of hosts, instances, patches and so on (ENGINE.md 0).

All collections are ordered and the order matters (ENGINE.md 0.2); look-ups by name are cached on the snapshot.
"""

from bisect import insort
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property


@dataclass(frozen=True, slots=True)
class Host:
    """One host of the VIM's host table; `personality` is the comma-separated string of sub-functions."""

    name: str
    uuid: str
    personality: str
    locked: bool = False
    enabled: bool = True
    availability: str = "available"
    software_load: str = ""
    target_load: str = ""
    openstack_compute: bool = False
    services_disabled: bool = False
    openstack_control: bool = False

    def has(self, personality: str) -> bool:
        """Whether the personality string contains this word (ENGINE.md 0.1)."""
        return personality in self.personality

    @property
    def runs_openstack(self) -> bool:
        """Whether it has a label of OpenStack, of either kind, with or without the plugin (ENGINE-8.0.md 0)."""
        return self.openstack_compute or self.openstack_control

    @property
    def is_working(self) -> bool:
        """Unlocked, enabled and available."""
        return not self.locked and self.enabled and self.availability == "available"


@dataclass(frozen=True, slots=True)
class Instance:
    """One virtual machine and the host it is on."""

    name: str
    uuid: str
    host_name: str
    locked: bool = False
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class InstanceGroup:
    """A server group; policies such as `anti-affinity`."""

    name: str
    uuid: str
    policies: tuple[str, ...]
    member_uuids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class HostGroup:
    """A storage peer group; policy `storage-replication`."""

    name: str
    policies: tuple[str, ...]
    member_names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class HostAggregate:
    """A host aggregate by member host names."""

    name: str
    host_names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PatchHost:
    """What the patch controller says of one host."""

    name: str
    personality: tuple[str, ...]
    requires_reboot: bool
    patch_current: bool
    patch_failed: bool = False
    interim_state: bool = False


@dataclass(frozen=True, slots=True)
class UpgradeRecord:
    """The platform's upgrade record."""

    state: str
    from_release: str
    to_release: str


@dataclass(frozen=True, slots=True)
class Alarm:
    """One active platform alarm; `mgmt_affecting` is the text `True` or `False`."""

    uuid: str
    alarm_id: str
    mgmt_affecting: str = "True"


class _ByKey[T](Mapping[str, T]):
    """Items by a key of theirs: the tuple, and the place of each key in it, which stays when an item is replaced."""

    __slots__ = ("_items", "_places")

    def __init__(self, items: tuple[T, ...], places: Mapping[str, int]) -> None:
        self._items = items
        self._places = places

    def __getitem__(self, key: str) -> T:
        return self._items[self._places[key]]

    def __contains__(self, key: object) -> bool:
        return key in self._places

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)


@dataclass(frozen=True)
class Fleet:
    """Everything the engine may know of the infrastructure at one moment."""

    local_host_name: str
    hosts: tuple[Host, ...] = ()
    single_controller: bool = False
    compute_plugin: bool = True
    ignore_alarms: tuple[str, ...] = ()
    instances: tuple[Instance, ...] = ()
    instance_groups: tuple[InstanceGroup, ...] = ()
    host_groups: tuple[HostGroup, ...] = ()
    host_aggregates: tuple[HostAggregate, ...] = ()
    patches: tuple[str, ...] = ()
    patch_hosts: tuple[PatchHost, ...] = ()
    upgrade: UpgradeRecord | None = None
    alarms: tuple[Alarm, ...] = ()

    @cached_property
    def host_by_name(self) -> Mapping[str, Host]:
        """Hosts by name."""
        return _ByKey(self.hosts, self._host_index)

    @cached_property
    def instance_by_uuid(self) -> Mapping[str, Instance]:
        """Instances by uuid."""
        return _ByKey(self.instances, self._instance_index)

    @cached_property
    def patch_host_by_name(self) -> Mapping[str, PatchHost]:
        """Patch hosts by name."""
        return _ByKey(self.patch_hosts, self._patch_host_index)

    @cached_property
    def instances_by_host(self) -> dict[str, tuple[Instance, ...]]:
        """Instances of each host that has any, in the order of the instance table."""
        found: dict[str, list[Instance]] = {}
        for instance in self.instances:
            found.setdefault(instance.host_name, []).append(instance)
        return {name: tuple(instances) for name, instances in found.items()}

    @cached_property
    def _host_index(self) -> dict[str, int]:
        return {host.name: index for index, host in enumerate(self.hosts)}

    @cached_property
    def _instance_index(self) -> dict[str, int]:
        return {instance.uuid: index for index, instance in enumerate(self.instances)}

    @cached_property
    def _patch_host_index(self) -> dict[str, int]:
        return {host.name: index for index, host in enumerate(self.patch_hosts)}

    def with_host(self, host: Host) -> "Fleet":
        """The fleet with this host in the place of the one of its name; every index that exists is carried over."""
        return self._carry(replace(self, hosts=with_item(self.hosts, self._host_index[host.name], host)))

    def with_patch_host(self, host: PatchHost) -> "Fleet":
        """The fleet with this patch host in the place of the one of its name."""
        hosts = with_item(self.patch_hosts, self._patch_host_index[host.name], host)
        return self._carry(replace(self, patch_hosts=hosts))

    def with_instance(self, instance: Instance) -> "Fleet":
        """The fleet with this instance in the place of the one of its uuid, on whichever host it is now."""
        index = self._instance_index
        before = self.instances[index[instance.uuid]]
        by_host = dict(self.instances_by_host)
        by_host[before.host_name] = tuple(each for each in by_host[before.host_name] if each.uuid != instance.uuid)
        there = list(by_host.get(instance.host_name, ()))
        insort(there, instance, key=lambda each: index[each.uuid])
        by_host[instance.host_name] = tuple(there)
        if not by_host[before.host_name]:
            del by_host[before.host_name]
        changed = replace(self, instances=with_item(self.instances, index[instance.uuid], instance))
        return self._carry(changed, instances_by_host=by_host)

    def _carry(self, changed: "Fleet", **look_ups: object) -> "Fleet":
        """Give the changed fleet the indices that are still true of it, so that a change costs no new one."""
        names = ("instances_by_host", "_host_index", "_instance_index", "_patch_host_index")
        known = {name: self.__dict__[name] for name in names if name in self.__dict__}
        changed.__dict__.update(known | look_ups)
        return changed


def with_item[T](items: tuple[T, ...], index: int, item: T) -> tuple[T, ...]:
    """The items with another one at that place."""
    changed = list(items)
    changed[index] = item
    return tuple(changed)


@dataclass(frozen=True, slots=True)
class QueriedData:
    """Answers kept in the strategy by the build queries; the build rules read these, not the fleet (ENGINE.md 1.1)."""

    alarms: tuple[Alarm, ...] = ()
    patches: tuple[str, ...] = ()
    patch_hosts: tuple[PatchHost, ...] = ()
    upgrade: UpgradeRecord | None = None
