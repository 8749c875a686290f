from dataclasses import fields, replace

import pytest

from reference_server.engine.fleet import Fleet, Instance

LOOK_UPS = ("host_by_name", "instance_by_uuid", "instances_by_host", "patch_host_by_name")


def looked_up(fleet):
    """Every look-up of a fleet."""
    return {name: getattr(fleet, name) for name in LOOK_UPS}


def made_anew(fleet):
    """The same fleet without anything it has looked up before."""
    return Fleet(**{field.name: getattr(fleet, field.name) for field in fields(fleet)})


CHANGES = {
    "host": lambda fleet: fleet.with_host(replace(fleet.hosts[1], locked=True)),
    "patch host": lambda fleet: fleet.with_patch_host(replace(fleet.patch_hosts[1], patch_current=True)),
    "instance": lambda fleet: fleet.with_instance(replace(fleet.instances[0], enabled=False)),
    "instance that moves": lambda fleet: fleet.with_instance(replace(fleet.instances[0], host_name="compute-1")),
    "instance that moves to nobody's host": lambda fleet: fleet.with_instance(
        replace(fleet.instances[0], host_name="controller-0")
    ),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
@pytest.mark.parametrize("prepare", [looked_up, lambda fleet: fleet], ids=["looked up before", "never looked up"])
def test_look_ups_are_true_after_a_change(fleet, prepare, change):
    """After a change every look-up is that of the changed fleet, whether it was made before the change or not."""
    before = made_anew(fleet)
    prepare(before)
    changed = change(before)
    assert changed != before
    assert looked_up(changed) == looked_up(made_anew(changed))


def test_instances_of_a_host_keep_the_order_of_the_table(fleet):
    """An instance that comes to a host stands where the instance table has it, not at the end."""
    third = Instance("vm-2", "uuid-vm-2", "compute-1")
    crowded = replace(fleet, instances=(*fleet.instances, third))
    moved = crowded.with_instance(replace(crowded.instances[0], host_name="compute-1"))
    assert [each.name for each in moved.instances_by_host["compute-1"]] == ["vm-0", "vm-1", "vm-2"]
    assert "compute-0" not in moved.instances_by_host


def test_a_change_leaves_the_fleet_before_it(fleet):
    """A changed fleet is another one; the one before is as it was, look-ups and all."""
    before = made_anew(fleet)
    seen = looked_up(before)
    before.with_host(replace(before.hosts[0], locked=True))
    before.with_instance(replace(before.instances[0], host_name="compute-1"))
    assert (before, looked_up(before)) == (made_anew(fleet), seen)
