"""The form of evidence: the lines of its members as frozen values; `evidence.schema.json` is made of them.

Every member is JSON lines. What is large or comes often stands once, in a member of its own, and is named by the
SHA-256 of what it is: a body by that of its bytes, an exchange by that of its line.
"""

import base64
import hashlib
from collections.abc import Iterator, Mapping
from inspect import cleandoc
from typing import Annotated, Any, Final

import msgspec

from conformance.exchange import Exchange

FORMAT: Final = "vimgate-evidence"
VERSION: Final = 1

BODIES: Final = "bodies.jsonl"
EXCHANGES: Final = "exchanges.jsonl"
TESTS: Final = "tests.jsonl"
MANIFEST: Final = "manifest.json"
NOTHING: Final = ""
"""The name of an empty body, which is stored nowhere."""

type Digest = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}$")]
type Body = Annotated[str, msgspec.Meta(pattern=r"^([0-9a-f]{64})?$")]
type Count = Annotated[int, msgspec.Meta(ge=0)]
type Pairs = tuple[tuple[str, str], ...]


class Line(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, gc=False):
    """One line of a member; its fields in their order are its canonical form."""


class StoredBody(Line, frozen=True):
    """A body: `text` where its bytes are UTF-8, else `base64`."""

    text: str | None = None
    base64: str | None = None


class StoredExchange(Line, frozen=True):
    """An exchange without secrets; its bodies are named."""

    method: str
    path: str
    query: str
    status: Count
    at: float
    origin: str
    request_headers: Pairs
    request_body: Body
    response_headers: Pairs
    response_body: Body


class StoredPrediction(Line, frozen=True):
    """What a strategy was compared with; world, request and document are bodies of JSON."""

    kind: str
    world: Digest
    body: Digest
    strategy: Digest
    release: str
    moment: str


class StoredCall(Line, frozen=True):
    """One call of one client; without an exchange it was never answered."""

    client: str
    operation: str
    method: str
    path: str
    body: Body
    exchange: Digest | None
    invoked: Count
    returned: Count


class StoredFlaw(Line, frozen=True):
    """What is wrong with a request itself."""

    message: str
    expected: str
    actual: str
    where: str
    hint: str


class StoredDeviation(Line, frozen=True):
    """What a second witness said."""

    message: str
    expected: str
    actual: str
    where: str
    hint: str
    flaw: StoredFlaw | None


# --- events: what the judge of one test was told, in that order


class Event(Line, frozen=True, tag_field="event"):
    """One thing that the judge of a test was told."""


class Begin(Event, frozen=True, tag="begin"):
    """`Judge.begin`."""

    history: str
    shared: bool
    still: bool


class Stir(Event, frozen=True, tag="stir"):
    """`Judge.stir`."""

    history: str
    exchange: Digest | None


class Borrow(Event, frozen=True, tag="borrow"):
    """`Judge.borrow`."""

    history: str


class Expect(Event, frozen=True, tag="expect"):
    """`Judge.expect`."""

    history: str
    prediction: StoredPrediction | None


class Judged(Event, frozen=True, tag="judge"):
    """`Judge.judge`."""

    history: str
    exchange: Digest
    in_order: bool


class Heard(Event, frozen=True, tag="hear"):
    """`Judge.hear`, of the exchange that was judged last."""

    requirements: tuple[str, ...]
    charged: str
    deviation: StoredDeviation


class Together(Event, frozen=True, tag="history"):
    """`Judge.judge_history`; `strategy` is a body of JSON."""

    calls: tuple[StoredCall, ...]
    kind: str
    strategy: Digest | None
    still: bool
    lasting: tuple[str, ...]
    before: tuple[Digest, ...]
    name: str


class Retold(Event, frozen=True, tag="retell"):
    """`Judge.retell`."""

    requirement: str
    exchanges: tuple[Digest, ...]
    note: str
    origin: str
    still: bool


class Doubt(Event, frozen=True, tag="doubt"):
    """What was stored is not all that was judged, and why: a secret was taken out, or the judging was broken off."""

    why: str


type AnyEvent = Begin | Stir | Borrow | Expect | Judged | Heard | Together | Retold | Doubt


# --- what a run came to


class Test(Line, frozen=True):
    """One test: its node id, the member with its events (empty: none was kept), and what it handed over.

    `handed` has the words of `conformance.runs.collector`.
    """

    id: str
    events: Annotated[str, msgspec.Meta(pattern=r"^(events/[0-9]{5}\.jsonl)?$")]
    handed: dict[str, str]


class Gap(Line, frozen=True):
    """What does not come to the same again of a test, and why: requirement ids, and whether of the rest each is so."""

    why: str
    requirements: tuple[str, ...]
    strategies: bool
    edges: bool
    exchanges: bool


class StoredDeparture(Line, frozen=True):
    """How the target was left."""

    told: tuple[str, ...]
    left: str
    remedy: str


class StoredWaiver(Line, frozen=True):
    """A waiver that the run was given."""

    requirement: str
    reason: str
    ticket: str
    expires: str
    kind: str
    state: str
    release: str


class Manifest(Line, frozen=True):
    """What the evidence is of, and what became of the run that no exchange tells.

    `run` is that of the report's first line, `options` those of `conformance.runs.options` that decide what is judged;
    `contract` and `ledger` are the SHA-256 of what it was judged by. `members` are the others with the SHA-256 of each,
    `exchanges` how many were judged. `broken` says why the run ended early; `reasons` why tests were skipped, `faults`
    what went wrong in the harness, `notes` what was told before the suite. `gaps` are tests that do not come to the
    same again. `waivers` are null where the run was given none.
    """

    format: str
    version: int
    run: dict[str, Any]
    options: dict[str, Any]
    contract: str
    ledger: str
    members: dict[str, Digest]
    exchanges: Count
    broken: str = ""
    notes: tuple[str, ...] = ()
    reasons: dict[str, str] = {}
    faults: dict[str, str] = {}
    departure: StoredDeparture | None = None
    gaps: dict[str, Gap] = {}
    waivers: tuple[StoredWaiver, ...] | None = None


ENCODE: Final = msgspec.json.Encoder().encode
EVENTS: Final = msgspec.json.Decoder(AnyEvent)
EXCHANGE: Final = msgspec.json.Decoder(StoredExchange)
BODY: Final = msgspec.json.Decoder(StoredBody)
TEST: Final = msgspec.json.Decoder(Test)
WHOLE: Final = msgspec.json.Decoder(Manifest)


def digest_of(data: bytes) -> str:
    """The SHA-256 in hex."""
    return hashlib.sha256(data).hexdigest()


def manifest_text(manifest: Manifest) -> bytes:
    """The manifest as it is written, for people as well."""
    return msgspec.json.format(ENCODE(manifest), indent=1)


def body_line(body: bytes) -> bytes:
    """The line of a body, without its end."""
    try:
        return ENCODE(StoredBody(text=body.decode()))
    except UnicodeDecodeError:
        return ENCODE(StoredBody(base64=base64.b64encode(body).decode()))


def body_of(line: bytes) -> bytes:
    """The bytes of a body's line. Raises ValueError."""
    stored = BODY.decode(line)
    if (stored.text is None) is (stored.base64 is None):
        raise ValueError("a body has either `text` or `base64`")
    return stored.text.encode() if stored.text is not None else base64.b64decode(stored.base64 or "", validate=True)


def exchange_of(stored: StoredExchange, bodies: Mapping[str, bytes]) -> Exchange:
    """The exchange with its bodies."""
    return Exchange(
        method=stored.method,
        path=stored.path,
        query=stored.query,
        status=stored.status,
        at=stored.at,
        origin=stored.origin,
        request_headers=stored.request_headers,
        request_body=bodies[stored.request_body],
        response_headers=stored.response_headers,
        response_body=bodies[stored.response_body],
    )


def exchanges_in(event: AnyEvent) -> Iterator[str]:
    """The exchanges that an event names."""
    match event:
        case Judged(exchange=exchange):
            yield exchange
        case Stir(exchange=str() as exchange):
            yield exchange
        case Together(before=before, calls=calls):
            yield from before
            yield from (call.exchange for call in calls if call.exchange is not None)
        case Retold(exchanges=exchanges):
            yield from exchanges


def bodies_in(line: AnyEvent | StoredExchange) -> Iterator[str]:
    """The bodies that an event or an exchange names itself."""
    match line:
        case StoredExchange(request_body=request, response_body=response):
            yield from filter(None, (request, response))
        case Expect(prediction=StoredPrediction() as prediction):
            yield from (prediction.world, prediction.body, prediction.strategy)
        case Together(strategy=strategy, calls=calls):
            yield from filter(None, (strategy, *(call.body for call in calls)))


def schema() -> dict[str, Any]:
    """The JSON Schema of every line."""
    kinds = {"manifest": Manifest, "test": Test, "exchange": StoredExchange, "body": StoredBody, "event": AnyEvent}
    schemas, components = msgspec.json.schema_components(kinds.values(), ref_template="#/$defs/{name}")
    for component in components.values():
        component["description"] = cleandoc(component["description"])  # Pythons keep docstrings differently indented
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"{FORMAT} version {VERSION}: {MANIFEST}, and a line of each of its other members",
        "properties": dict(zip(kinds, schemas, strict=True)),
        "$defs": components,
    }
