"""A trial of plain Schemathesis on one server, in this process: the contract with its links, all phases, all defaults.

It calls the application as `schemathesis.openapi.from_wsgi` does, and runs the engine behind `st run`. Of what we give
our own suite it gets a clock that goes on between two requests, without which no strategy would ever be built.
"""

import json
import time
from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final

import schemathesis
from schemathesis.engine import Status, from_schema
from werkzeug.test import Client

from conformance.drivers.fuzz import BEATS, the_same_in_every_process
from conformance.runs.killing import Trial
from reference_server import create_app, mutants
from spec.load import load_contract

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_DOCUMENT: Final = "/openapi.json"
_CLOCK: Final = "/_control/clock"
_ERROR: Final = "500 INTERNAL SERVER ERROR"


@dataclass(frozen=True, slots=True)
class Budget:
    """How many requests it is to send, should so many runs allow that."""

    requests: int
    runs: int


def hunt(name: str, seed: int, budget: Budget, known: frozenset[str], token: str) -> Trial:
    """What it comes to on a mutant: every failure but those that are known.

    It ends at the first of them, or when its budget is used up; each run has the next seed.
    """
    started = time.perf_counter()
    found: list[str] = []
    errors: list[str] = []
    requests = runs = 0
    with the_same_in_every_process():
        while not found and runs < budget.runs and (not runs or requests < budget.requests):
            served = _Served(mutants.create(name))
            found = _first_unknown(_events(served, seed + runs, token), known, errors)
            requests += served.requests
            runs += 1
    why = "" if found else "; ".join(dict.fromkeys(errors))
    return Trial(by=tuple(found), requests=requests, seconds=time.perf_counter() - started, why=why)


def alarms(seed: int) -> Trial:
    """Everything that it says of the clean server in one run."""
    started = time.perf_counter()
    errors: list[str] = []
    served = _Served(create_app())
    with the_same_in_every_process():
        found = [each for event in _events(served, seed, "") for each in _failures(event, errors)]
    return Trial(
        by=tuple(sorted(set(found))),
        requests=served.requests,
        seconds=time.perf_counter() - started,
        why="; ".join(dict.fromkeys(errors)),
    )


def rehearse() -> None:
    """One short run, for what is made once in a process: a third of what a whole run costs in a fresh one."""
    with the_same_in_every_process():
        for _ in _events(_Served(create_app()), 0, "", examples=1):
            pass


class _Served:
    """An application with the contract at a path of its own, and time between two requests; `requests` counts them."""

    def __init__(self, application: "WSGIApplication") -> None:
        self.requests = 0
        self._application = application
        self._clock = Client(application)

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        if environ["PATH_INFO"] == _DOCUMENT:
            start_response("200 OK", [("Content-Type", "application/json")])
            return [_document()]
        self._clock.post(_CLOCK, json={"advance": BEATS[self.requests % len(BEATS)]})
        self.requests += 1
        try:
            return list(self._application(environ, start_response))
        except Exception:  # noqa: BLE001 - over HTTP it would be a 500 as well
            start_response(_ERROR, [("Content-Type", "text/plain")])
            return [b"the application raised an exception"]


def _events(served: _Served, seed: int, token: str, examples: int | None = None) -> Generator[Any]:
    """Everything that the engine tells of one run; nothing is kept on disk, nothing that lies around is read.

    `examples` per operation; None: as many as it makes by default.
    """
    config = schemathesis.Config.from_dict(
        {
            "seed": seed,
            "cache": {"enabled": False},
            "generation": {"database": "none"} | ({} if examples is None else {"max-examples": examples}),
            "headers": {"X-Auth-Token": token} if token else {},
        }
    )
    stream = from_schema(schemathesis.openapi.from_wsgi(_DOCUMENT, served, config=config)).execute()
    try:
        yield from stream
    finally:
        stream.stop()


def _first_unknown(events: Generator[Any], known: frozenset[str], errors: list[str]) -> list[str]:
    for event in events:
        unknown = [each for each in _failures(event, errors) if each not in known]
        if unknown:
            events.close()
            return list(dict.fromkeys(unknown))
    return []


def _failures(event: Any, errors: list[str]) -> Iterator[str]:
    """The failures of an event: check, operation and title. What was no failure but an error is told beside them."""
    kind = type(event).__name__
    if kind == "ScenarioFinished":
        for case, checks in event.recorder.checks.items():
            for check in checks:
                if check.status is Status.FAILURE and check.failure_info is not None:
                    label = event.recorder.cases[case].value.operation.label
                    yield f"{check.name} at {label}: {check.failure_info.failure.title}"
    elif kind in ("NonFatalError", "FatalError"):
        errors.append(_told(event))


def _told(event: Any) -> str:
    info = getattr(event, "info", None)
    return f"an error of its own: {info.title if info is not None else event.exception}"


@cache
def _document() -> bytes:
    return json.dumps(load_contract().document).encode()
