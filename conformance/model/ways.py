"""Ready ways to situations, and what may go wrong, both out of the scenarios: the model has no tables of its own."""

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from conformance.drivers.lifecycle import Scenario, read_scenarios
from conformance.generic import programmes
from spec.contract import Contract
from spec.law import Law

type Faults = tuple[Mapping[str, Any], ...]


@cache
def _scenarios(contract: Contract, law: Law) -> tuple[Scenario, ...]:
    return read_scenarios(programmes=programmes(contract, law))


@cache
def ways_of(kind: str, contract: Contract, law: Law) -> tuple[Scenario, ...]:
    """The scenarios of a kind that lead to a situation and stop there, in a fixed order."""
    return tuple(scenario for scenario in _scenarios(contract, law) if scenario.kind == kind and scenario.reach)


@cache
def faults_of(kind: str, contract: Contract, law: Law) -> tuple[Faults, ...]:
    """Every set of faults that a scenario of that kind injects, each once, in a fixed order."""
    found = {
        json.dumps(scenario.faults, sort_keys=True): scenario.faults
        for scenario in _scenarios(contract, law)
        if scenario.kind == kind and scenario.faults
    }
    return tuple(found[key] for key in sorted(found))
