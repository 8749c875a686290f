"""Ready ways to situations, and what may go wrong, both out of the scenarios: the model has no tables of its own."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from conformance.lifecycle import Scenario, read_scenarios

type Faults = tuple[Mapping[str, Any], ...]


def ways_of(kind: str, scenarios: Iterable[Scenario] | None = None) -> tuple[Scenario, ...]:
    """The scenarios of a kind that lead to a situation and stop there, in a fixed order."""
    known = read_scenarios() if scenarios is None else scenarios
    return tuple(scenario for scenario in known if scenario.kind == kind and scenario.reach)


def faults_of(kind: str, scenarios: Iterable[Scenario] | None = None) -> tuple[Faults, ...]:
    """Every set of faults that a scenario of that kind injects, each once, in a fixed order."""
    known = read_scenarios() if scenarios is None else scenarios
    found = {
        json.dumps(scenario.faults, sort_keys=True): scenario.faults
        for scenario in known
        if scenario.kind == kind and scenario.faults
    }
    return tuple(found[key] for key in sorted(found))
