"""The oracle: what a world and a create request lead to, asked of the reference server, which is met by name alone.

It is a server of its own in this process, on a virtual clock: the world is loaded by its control, the request is sent,
and what it shows is the prediction. The same question is asked once.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from importlib.resources import files
from typing import Any, Final

import yaml

from conformance.exchange import Exchange
from conformance.predictions.prediction import Moment, Prediction, World
from conformance.predictions.reference import reference_server
from conformance.roles import operation_of
from conformance.shape import read_strategy
from conformance.strategy import Strategy
from conformance.targets.control import PATH as CONTROL
from conformance.targets.target import Target
from spec.contract import Contract
from spec.load import PUBLISHED

_SERVER: Final = "reference_server"
_LARGEST: Final = 20  # hosts of a shipped world that is worth the time
_BUILD: Final = 200.0  # longer than any build, in seconds
_LOOKS: Final = 40

# The contract that a run judges by -> the releases whose rules a strategy may follow, the nearest first; any other has
# its own alone. The published reference is silent about step timeouts and recipes but for its examples, so what known
# releases do is as lawful.
RELEASES: Final[Mapping[str, tuple[str, ...]]] = {PUBLISHED: (PUBLISHED, "stx-3.0")}


class Oracle:
    """Predicts what the create requests of a contract come to; `release` is the one that a run judges by."""

    def __init__(self, contract: Contract, release: str = PUBLISHED) -> None:
        self._servers = tuple(_Server(contract, name) for name in RELEASES.get(release, (release,)))

    def predict(self, world: World, kind: str, body: Mapping[str, Any]) -> Prediction | None:
        """The strategy right after its build; None when the oracle takes no such world, or no such request."""
        return self._servers[0].built(world, kind, body)

    def nearest(self, world: World, kind: str, body: Mapping[str, Any], seen: Strategy) -> Prediction | None:
        """The prediction by the release whose rules come nearest to a strategy that was seen."""
        found: Prediction | None = None
        least = 0
        for server in self._servers:
            prediction = server.built(world, kind, body)
            count = len(prediction.compared(seen).remarks) if prediction is not None else 0
            if prediction is not None and (found is None or count < least):
                found, least = prediction, count
            if found is not None and not least:
                break
        return found

    def end_of(self, prediction: Prediction) -> Prediction | None:
        """What the strategy of a prediction comes to when all of it is applied; None when it cannot be."""
        server = next(each for each in self._servers if each.release == prediction.release)
        return server.ended(prediction)


class _Server:
    """The reference server under one release, opened when it is first asked."""

    def __init__(self, contract: Contract, release: str) -> None:
        self.release = release
        self._contract = contract
        self._loaded = ""
        self._known: dict[tuple[str, str, str, Moment], Prediction | None] = {}

    @cached_property
    def _target(self) -> Target:
        return reference_server(self.release, "the oracle")

    def built(self, world: World, kind: str, body: Mapping[str, Any]) -> Prediction | None:
        key = (json.dumps(world, sort_keys=True), kind, json.dumps(body, sort_keys=True), Moment.BUILT)
        if key not in self._known:
            shown = self._build(world, kind, body)
            self._known[key] = shown and Prediction(kind, world, body, shown, self.release)
        return self._known[key]

    def ended(self, prediction: Prediction) -> Prediction | None:
        world, kind, body = prediction.world, prediction.kind, prediction.body
        key = (json.dumps(world, sort_keys=True), kind, json.dumps(body, sort_keys=True), Moment.ENDED)
        if key not in self._known:
            shown = self._apply(kind) if self._build(world, kind, body) is not None else None
            self._known[key] = shown and replace(prediction, strategy=shown, moment=Moment.ENDED)
        return self._known[key]

    def _build(self, world: World, kind: str, body: Mapping[str, Any]) -> Strategy | None:
        if not self._load(json.dumps(world)) or not self._ask("create", kind, body).succeeded:
            return None
        return self._later(kind, _BUILD, ("building",))

    def _apply(self, kind: str) -> Strategy | None:
        """What comes of the strategy that has just been built, when all of it is applied."""
        accepted = self._ask("act", kind, {"action": "apply-all"})
        begun = read_strategy(accepted.response_json) if accepted.succeeded else None
        if begun is None:
            return None
        return self._later(kind, begun.apply.timeout + _BUILD, ("applying", "aborting"))

    def _load(self, world: str) -> bool:
        if world == self._loaded:
            return self._target.send("POST", f"{CONTROL}/reset").succeeded
        self._loaded = ""
        if not self._target.send("PUT", f"{CONTROL}/world", body=world.encode()).succeeded:
            return False
        self._loaded = world
        return True

    def _later(self, kind: str, seconds: float, busy: Sequence[str]) -> Strategy | None:
        """The strategy when it is busy no more; None when it never comes to that."""
        operation = operation_of(self._contract, "get", kind)
        for _ in range(_LOOKS):
            self._target.send_json("POST", f"{CONTROL}/clock", {"advance": seconds})
            shown = read_strategy(self._target.send("GET", operation.path).response_json)
            if shown is None or shown.state not in busy:
                return shown
        return None

    def _ask(self, role: str, kind: str, body: Mapping[str, Any]) -> Exchange:
        operation = operation_of(self._contract, role, kind)
        return self._target.send_json(operation.method.upper(), operation.path, body)


def shipped_worlds() -> Iterator[tuple[str, World]]:
    """The worlds that the reference server brings along, by name: those of a few hosts in which nothing goes wrong."""
    for file in sorted((files(_SERVER) / "worlds").iterdir(), key=lambda each: each.name):
        if file.name.endswith(".yaml"):
            world = yaml.safe_load(file.read_text(encoding="utf-8"))
            if len(world["hosts"]) <= _LARGEST and "faults" not in world:
                yield file.name.removesuffix(".yaml"), world
