"""Strategies whose plans are an open set: an abort is not held against steps that nobody knows."""

import copy
from types import SimpleNamespace

import pytest

from conformance.checks.undo import abort_stage_keeps_name, abort_undoes_in_reverse
from conformance.shape import read_strategy
from spec.load import load_contract, load_law

SHOWN = load_contract().example("16-sw-upgrade-strategy-action-response-applying")["strategy"]


def aborted():
    """A strategy whose abort phase has a stage of another name, with a step that undoes nothing that was done."""
    strategy = copy.deepcopy(SHOWN)
    stage = copy.deepcopy(strategy["apply-phase"]["stages"][0])
    stage |= {"stage-name": "another", "steps": [stage["steps"][0] | {"step-name": "kube-upgrade-abort"}]}
    strategy["abort-phase"]["stages"] = [stage | {"total-steps": 1}]
    return read_strategy({"strategy": strategy})


@pytest.mark.parametrize(
    ("release", "kind", "judged"),
    [
        ("published", "sw-upgrade", True),
        ("stx-9.0", "sw-upgrade", True),
        ("stx-9.0", "kube-upgrade", False),
        ("stx-10.0", "sw-upgrade", False),
    ],
)
@pytest.mark.parametrize("check", [abort_undoes_in_reverse, abort_stage_keeps_name], ids=lambda check: check.__name__)
def test_an_undo_is_judged_where_plans_are(check, release, kind, judged):
    """A deployment is accused for a step that its release has, or nobody notices an undo that is wrong."""
    context = SimpleNamespace(strategy=aborted(), law=load_law(release), kind=kind)
    found = check(None, context)
    assert (found is not None and list(found) != []) is judged
