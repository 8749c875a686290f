"""Fuzzing by Schemathesis: it generates, our target carries, our judge judges; its own checks are a second witness.

Everything is drawn from one seed and nothing is kept on disk. What a generated request needs around it (no strategy
for a create, a ready one for an action) is prepared here, because a generator knows nothing of a resource of which
there is one.
"""

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from typing import Any, Final
from urllib.parse import urlsplit

import hypothesis
import requests
import schemathesis
from hypothesis import HealthCheck, Phase
from hypothesis.errors import Flaky
from hypothesis.internal.conjecture import providers
from hypothesis.internal.constants_ast import Constants

from conformance.drivers import fuzzchecks, probes
from conformance.drivers.conversation import Conversation, NotCleared
from conformance.exchange import Exchange, Headers
from conformance.judge import Opinion
from conformance.targets.control import ControlError
from conformance.targets.transport import Unreachable, Unsendable
from spec.contract import Contract
from spec.ledger import Ledger

type Case = schemathesis.Case[Any]

_BASE: Final = "http://localhost"

_LOCAL_CONSTANTS: Final = "_get_local_constants"
_NO_CONSTANTS: Final = Constants()

# Headers that the generator's HTTP library adds, or that differ in every run.
_NOT_SENT: Final = frozenset(
    {"user-agent", "x-schemathesis-testcaseid", "accept-encoding", "connection", "content-length", "host", "accept"}
)

# Seconds between two generated steps, over and over: enough to see every state, and moments at which nothing moves.
BEATS: Final = (0.0, 1.0, 7.0, 0.0, 30.0, 120.0, 0.0, 400.0, 2.0, 1500.0)


@contextmanager
def the_same_in_every_process() -> Iterator[None]:
    """Keep Hypothesis from mixing constants of our own modules, and of the target's, into what it draws.

    Which modules are loaded differs from process to process, and with them the requests of one seed would. There is no
    setting for it: this is one private name of Hypothesis, without which seeds still hold within one process.
    """
    before = getattr(providers, _LOCAL_CONSTANTS, None)
    if before is not None:
        setattr(providers, _LOCAL_CONSTANTS, lambda: _NO_CONSTANTS)
    try:
        yield
    finally:
        if before is not None:
            setattr(providers, _LOCAL_CONSTANTS, before)


def schema_of(
    contract: Contract, *, seed: int, examples: int, only: str | None = None, brief: bool = False
) -> schemathesis.BaseSchema:
    """The contract as Schemathesis knows it: seeded, without database, cache or config file.

    `examples` are the fuzzed requests per operation, fewer where it has no body; `only` is the operationId to which the
    schema is cut down, one of the wide document (`conformance.drivers.probes`). `brief`: a few, and no boundary cases.
    """
    document = probes.widened(contract.document) if only else contract.document
    bodiless = only is not None and not any(
        operation.operation_id == only and operation.body != "none" for operation in contract.operations
    )
    config = schemathesis.Config.from_dict(
        {
            "seed": seed,
            "suppress-health-check": ["all"],
            "cache": {"enabled": False},
            "analysis": {"constants": {"enabled": False}},
            "generation": {
                "database": "none",
                "no-shrink": True,
                "with-security-parameters": False,
                "max-examples": max(min(examples, probes.EXAMPLES) if bodiless or brief else examples, 1),
            },
            "phases": {"coverage": {"enabled": not brief, "unexpected-methods": []}},
            "checks": fuzzchecks.settings(),
            # A filter of the schema itself would be lost on the way through the fixture.
            "operations": [{"exclude-operation-id": only, "enabled": False}] if only else [],
        }
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return schemathesis.openapi.from_dict(document, config=config)


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer as Schemathesis wants it, and the exchange that it comes from; None when nothing could be sent."""

    response: schemathesis.Response
    exchange: Exchange | None = None


class Fuzzer:
    """Sends generated requests in one conversation.

    `sent` counts them, `skipped` those that HTTP cannot carry; `ended` is why nothing more is sent, once the target is
    gone.
    """

    def __init__(self, conversation: Conversation, ledger: Ledger) -> None:
        self._talk = conversation
        self.sent = 0
        self.skipped = 0
        self.ended: Exception | None = None
        self._ledger = ledger

    def send(self, case: Case) -> None:
        """Prepare the target for one generated request and send it; nothing once the target is gone."""
        self._unless_ended(lambda: self._send_alone(case))

    def follow(self, case: Case) -> "Answer":
        """Let a little time pass and send the next request of a chain.

        The answer as Schemathesis wants it for its links.
        """
        return self._unless_ended(lambda: self._step(case)) or Answer(_no_answer())

    def begin(self, number: int) -> None:
        """Leave the target with no strategy, or on a simulation with the one that this chain begins with."""
        self._unless_ended(lambda: self._begin(number))

    def clear(self) -> None:
        """Leave the target with no strategy."""
        self._unless_ended(self._talk.clear)

    def _begin(self, number: int) -> None:
        self._talk.clear()
        wanted = _BEGINNINGS[number % len(_BEGINNINGS)]
        if wanted and self._talk.simulated:
            kind = self._talk.kinds[number // len(_BEGINNINGS) % len(self._talk.kinds)]
            self._make_ready(kind)
            if wanted == "running":
                self._talk.act(kind, {"action": "apply-all"})

    def _unless_ended[T](self, action: Callable[[], T]) -> T | None:
        if self.ended is not None:
            return None
        try:
            return action()
        except (Unreachable, NotCleared, ControlError) as error:
            # To be told by whoever holds the fuzzer: Hypothesis would take it for a failure and repeat the request.
            self.ended = error
            return None

    def hear(self, case: Case, answer: "Answer", check: Callable[[], None]) -> None:
        """Hear what the checks of Schemathesis say of an answer; `check` runs them and raises their failures."""
        if answer.exchange is None:
            return
        try:
            check()
        except BaseExceptionGroup as group:
            for failure in sorted(group.exceptions, key=lambda each: (type(each).__name__, str(each))):
                self._take(case, answer.exchange, failure)
        except Exception as error:  # noqa: BLE001 - a crash of theirs is charged to nobody
            label = case.operation.label
            self._talk.note(f"Schemathesis: its checks of {label} ended with {type(error).__name__}")

    def _take(self, case: Case, exchange: Exchange, failure: BaseException) -> None:
        """Charge one failure to the requirement that it maps to, unless that is done already, or note it."""
        row = fuzzchecks.BY_FAILURE.get(type(failure).__name__)
        title = str(getattr(failure, "title", "") or type(failure).__name__)
        if row is not None and row.excused(exchange):
            return
        operation = self._talk.contract.match(exchange.method, exchange.path)
        found = fuzzchecks.requirements_of(row, operation, self._ledger) if row is not None and operation else ()
        charged = fuzzchecks.best(found, exchange, self._talk.contract, operation) if found and operation else None
        if row is None or charged is None:
            why = "no requirement says that"
        else:
            deviation = fuzzchecks.deviation(row, title, str(getattr(failure, "message", "")))
            opinion = self._talk.judge.hear(exchange, [each.id for each in found], charged.id, deviation)
            if opinion is not Opinion.DENIED:
                return
            why = opinion.value
        self._talk.note(fuzzchecks.note(row, case.operation.label, title, why))

    def _send_alone(self, case: Case) -> None:
        answer = self._send(case, prepare=True)
        self.hear(case, answer, lambda: case.validate_response(answer.response))

    def _step(self, case: Case) -> "Answer":
        seconds = BEATS[self.sent % len(BEATS)]
        if seconds and self._talk.changes:
            self._talk.pace.nudge(seconds)
        return self._send(case)

    def _send(self, case: Case, *, prepare: bool = False) -> "Answer":
        if prepare and self._talk.changes:
            self._prepare(case)
        request = _prepared(case)
        if request is None:
            self.skipped += 1
            return Answer(_no_answer())
        path, _, query = _target(request).partition("?")
        try:
            exchange = self._talk.send(
                request.method or "GET", path, query=query, body=_bytes(request.body), headers=_headers(request)
            )
        except Unsendable:
            self.skipped += 1
            return Answer(_no_answer())
        self.sent += 1
        return Answer(_response(exchange, request), exchange)

    def _prepare(self, case: Case) -> None:
        operation = self._talk.contract.match(case.method.upper(), probes.above(case.operation.path))
        if (
            operation is None
            or operation.kind not in self._talk.kinds
            or operation == self._talk.operation("create", operation.kind)
        ):
            self._talk.clear()
        elif self._talk.simulated:
            self._make_ready(operation.kind)

    def _make_ready(self, kind: str) -> None:
        strategy = self._talk.strategy(kind)
        if strategy is not None and strategy.get("state") == "ready-to-apply":
            return
        self._talk.clear()
        self._talk.send_json("create", kind, self._talk.example(self._talk.operation("create", kind)))
        self._talk.wait(kind, lambda seen: seen.get("state") == "ready-to-apply")


# What is there when a chain begins, one after the other, on a target that can be reset: the situation of a strategy.
# From nothing alone most chains end before anything is applied, as every path of the other kind answers 404.
_BEGINNINGS: Final = ("", "ready", "running", "ready", "")


def explore(conversation: Conversation, ledger: Ledger, *, seed: int, scenarios: int, steps: int) -> str | None:
    """Let Schemathesis chain operations along the links of the contract, each time after a reset.

    None, or why it ended early.

    `scenarios` are tried, of at most `steps` requests each. Raises Unreachable, NotCleared, ControlError.
    """
    fuzzer = Fuzzer(conversation, ledger)
    schema = schema_of(conversation.contract, seed=seed, examples=1)
    machine = hypothesis.seed(seed)(_machine(schema, fuzzer, seed * scenarios))
    settings = hypothesis.settings(
        max_examples=scenarios,
        stateful_step_count=steps,
        derandomize=False,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    try:
        machine.run(settings=settings)
    except Flaky as error:
        # The same requests led to different answers: on a clock that runs by itself that is nobody's fault.
        return f"the generated scenarios could not be continued after {fuzzer.sent} requests: {type(error).__name__}"
    if fuzzer.ended is not None:
        raise fuzzer.ended
    return None


def _machine(
    schema: schemathesis.BaseSchema, fuzzer: Fuzzer, first: int
) -> type[schemathesis.stateful.APIStateMachine]:
    base: type[schemathesis.stateful.APIStateMachine] = schema.as_state_machine()

    numbers = count(first)

    class Machine(base):  # type: ignore[valid-type, misc]
        """Chains of requests; every scenario begins after a reset and ends with no strategy."""

        def setup(self) -> None:
            fuzzer.begin(next(numbers))

        def teardown(self) -> None:
            fuzzer.clear()

        def call(self, case: Case, **_: Any) -> schemathesis.Response:
            self.answer = fuzzer.follow(case)
            return self.answer.response

        def validate_response(self, response: schemathesis.Response, case: Case, *_: Any, **__: Any) -> None:
            """The judge has seen the exchange; what Schemathesis says of it is a second witness, never a failure."""
            parent: Callable[..., None] = super().validate_response
            fuzzer.hear(case, self.answer, lambda: parent(response, case))

    return Machine


def _prepared(case: Case) -> requests.PreparedRequest | None:
    try:
        parts = case.as_transport_kwargs(base_url=_BASE)
        return requests.Request(
            method=parts["method"],
            url=parts["url"],
            headers=parts.get("headers"),
            params=parts.get("params"),
            cookies=parts.get("cookies"),
            data=parts.get("data"),
            json=parts.get("json"),
            files=parts.get("files"),
        ).prepare()
    except (
        schemathesis.errors.SerializationNotPossible,
        requests.exceptions.RequestException,
        UnicodeError,
        ValueError,
    ):
        return None


def _target(request: requests.PreparedRequest) -> str:
    parts = urlsplit(request.url or _BASE)
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def _headers(request: requests.PreparedRequest) -> Headers:
    return tuple((name, _text(value)) for name, value in request.headers.items() if name.lower() not in _NOT_SENT)


def _bytes(body: Any) -> bytes:
    if isinstance(body, bytes):
        return body
    return body.encode() if isinstance(body, str) else b""


def _text(value: str | bytes) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value


def _response(exchange: Exchange, request: requests.PreparedRequest) -> schemathesis.Response:
    headers: dict[str, list[str]] = {}
    for name, value in exchange.response_headers:
        headers.setdefault(name.lower(), []).append(value)
    return schemathesis.Response(
        status_code=exchange.status,
        headers=headers,
        content=exchange.response_body,
        request=request,
        elapsed=0.0,
        verify=False,
    )


def _no_answer() -> schemathesis.Response:
    request = requests.Request("GET", _BASE).prepare()
    return schemathesis.Response(status_code=400, headers={}, content=b"", request=request, elapsed=0.0, verify=False)
