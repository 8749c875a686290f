"""What a target of a fleet is judged with: its own options, and the bounds of the fleet."""

import pytest

from vimgate.commands.certify import command
from vimgate.fleet.inside import Order, arguments_of
from vimgate.fleet.member import Member


def asked(member, folder, **bounds):
    """The options that certify reads out of the arguments of an order."""
    order = Order(member, **{"deadline": 7200.0} | bounds)
    return command.make_context("certify", arguments_of(order, folder)).params


@pytest.mark.parametrize(
    ("own", "bounds", "found"),
    [
        ({}, {}, (7200.0, None, None)),
        ({"deadline": 60.0}, {}, (60.0, None, None)),
        ({"deadline": 60.0}, {"deadline": 30.5}, (30.5, None, None)),
        ({"requests_per_minute": 10.0}, {}, (7200.0, 10.0, None)),
        ({"requests_per_minute": 10.0}, {"requests_per_minute": 4.0}, (7200.0, 4.0, None)),
        ({"requests_per_minute": 10.0}, {"requests_per_minute": 40.0, "most_requests": 9}, (7200.0, 10.0, 9)),
    ],
)
def test_the_tighter_bound_holds(own, bounds, found, tmp_path):
    """Of the bounds of a target and those of its fleet the tighter ones are asked of certify."""
    params = asked(Member("one", "http://one", **own), tmp_path, **bounds)
    assert (params["deadline"], params["requests_per_minute"], params["most_requests"]) == found


@pytest.mark.parametrize("changes", [(), ("create", "delete")])
def test_only_what_may_change_a_target_notes_what_it_does(changes, tmp_path):
    """Report and run file lie where they will lie in the folder of the fleet, which the report names."""
    params = asked(Member("one", "http://one", changes=changes), tmp_path)
    run_file = str(params["run_file"]) if params["run_file"] else ""
    assert (str(params["out"]), run_file) == ("targets/one", "targets/one/run.jsonl" if changes else "")
    assert (params["allow_changes"], params["quiet"]) == (bool(changes), True)
