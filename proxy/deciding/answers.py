"""What the gateway itself says: problem documents (RFC 9457) in the place of an answer, and the header that it adds.

The documents carry `faultstring`, `faultcode` and `debuginfo` as well: clients in the field print `faultstring`, and
some print the whole request with its token where it is missing. Texts are redacted, short, and plain ASCII, because
the oldest clients run on Python 2.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from proxy.deciding.policy import FREEZE
from proxy.traffic import Direction, Noticed
from reports.model import Verdict
from reports.redact import redact_text
from spec.ledger import Ledger
from spec.load import load_ledger

MEDIA_TYPE: Final = "application/problem+json"
HEADER: Final = "Vimgate-Findings"
"""The header that `annotate` adds to an answer."""
LONGEST_HEADER: Final = 256 - len(f"{HEADER}: ")  # bytes of its value
LARGEST: Final = 8192  # bytes of a document

_TYPE: Final = "urn:vimgate:problem:"
_LISTED: Final = 8  # requirements that a document tells of
_LONGEST: Final = 200  # characters of one text
_LOOKED_AT: Final = 2000  # characters of which these are taken
_RETRY_AFTER: Final = "5"  # seconds; a judge that was lost is back by then

_ASK_AGAIN: Final = "The request was forwarded and may have been carried out: look before you send it again."

# What stands in no ledger.
_OTHERS: Final[Mapping[str, str]] = {FREEZE: "The operator of this deployment holds such requests back for now."}

# What befell the judge, in words.
_FAULTS: Final[Mapping[str, str]] = {
    "crashed": "the judge has crashed",
    "slow": "the judge took longer than its budget",
    "memory": "the judge ran out of memory",
    "overrun": "the judge has more to do than it can take",
}


class Answer(NamedTuple):
    """An answer of the gateway's own: status, headers as pairs, and a body of JSON."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


def refusal(noticed: Sequence[Noticed], reference: str = "", ledger: Ledger | None = None) -> Answer:
    """400: a request that breaks the contract and was not forwarded.

    `noticed` is what stopped it, `reference` where the findings log tells of it, empty where it does not.
    """
    told = _told(noticed, ledger)
    detail = f"Not forwarded: {_summary(told)}"
    return _answer(
        400, "request-refused", "The request breaks the contract", detail=detail, told=told, reference=reference
    )


def bad_answer(noticed: Sequence[Noticed], reference: str = "", ledger: Ledger | None = None) -> Answer:
    """502: an answer that breaks the contract and is kept from the client; the request was forwarded."""
    told = _told(noticed, ledger)
    detail = f"The answer of the server was held back: {_summary(told)}. {_ASK_AGAIN}"
    return _answer(
        502, "answer-held-back", "The answer breaks the contract", detail=detail, told=told, reference=reference
    )


def unjudged(kind: str, direction: Direction = Direction.REQUEST) -> Answer:
    """What is said where nothing passes unjudged and the judge failed; `kind` is that of the fault.

    A request was not forwarded: 503, to be sent again. An answer was held back: 502, and nothing invites to repeat
    what may have been done.
    """
    why = _FAULTS.get(kind, "the judge has failed")
    if direction is Direction.RESPONSE:
        detail = f"The answer of the server was held back, because {why}. {_ASK_AGAIN}"
        return _answer(502, "answer-not-judged", "The answer could not be judged", detail=detail)
    detail = f"Not forwarded, because {why}. Send it again."
    return _answer(503, "request-not-judged", "The request could not be judged", detail=detail)


def annotation(noticed: Iterable[Noticed]) -> str:
    """The requirement ids, what surely breaks a MUST first; `...+N` stands for N that did not fit.

    ASCII, and at most 256 bytes with the name of the header.

    Empty for nothing.
    """
    ids = list(dict.fromkeys(each.finding.requirement for each in sorted(noticed, key=_rank)))
    shown = [_line(each) for each in ids]
    while len(text := _joined(shown, len(ids) - len(shown))) > LONGEST_HEADER:
        shown.pop()
    return text


def _joined(shown: list[str], more: int) -> str:
    return ", ".join([*shown, *([f"...+{more}"] if more else [])])


def _rank(noticed: Noticed) -> tuple[bool, bool]:
    return (noticed.finding.verdict is not Verdict.FAIL, not noticed.certain)


def _told(noticed: Sequence[Noticed], ledger: Ledger | None) -> list[dict[str, str]]:
    """What was noticed, an entry for each requirement, what surely breaks a MUST first."""
    known = (ledger or load_ledger()).by_id
    first: dict[str, Noticed] = {}
    for each in sorted(noticed, key=_rank):
        first.setdefault(each.finding.requirement, each)
    return [
        {
            "id": _line(id_),
            "text": _line(known[id_].text) if id_ in known else _OTHERS.get(id_, ""),
            "message": _line(each.finding.message),
            "expected": _line(each.finding.expected),
        }
        for id_, each in first.items()
    ]


def _summary(told: list[dict[str, str]]) -> str:
    if not told:
        return "it breaks the contract"
    more = f" (and {len(told) - 1} more)" if len(told) > 1 else ""
    return f"{told[0]['id']}: {told[0]['message'].rstrip('.')}{more}"


def _answer(  # noqa: PLR0913 - the members of a document
    status: int, kind: str, title: str, *, detail: str, told: Sequence[dict[str, str]] = (), reference: str = ""
) -> Answer:
    forwarded = status == 502  # noqa: PLR2004 - the status itself
    document: dict[str, Any] = {
        "type": f"{_TYPE}{kind}",
        "title": title,
        "status": status,
        "detail": detail,
        **({"instance": _line(reference)} if reference else {}),
        "direction": Direction.RESPONSE if forwarded else Direction.REQUEST,
        "forwarded": forwarded,
        "requirements": list(told[:_LISTED]),
        "more": max(0, len(told) - _LISTED),
        "faultcode": "Server" if status >= 500 else "Client",  # noqa: PLR2004 - the class of server errors
        "faultstring": f"{detail} [{_line(reference)}]" if reference else detail,
        "debuginfo": None,
    }
    headers = [("Content-Type", MEDIA_TYPE), ("Cache-Control", "no-store")]
    if status == 503:  # noqa: PLR2004 - the status itself
        headers.append(("Retry-After", _RETRY_AFTER))
    return Answer(status, tuple(headers), _bounded(document))


def _bounded(document: dict[str, Any]) -> bytes:
    """The document as JSON; requirements at the end of the list are counted only where it would grow too large."""
    while len(body := json.dumps(document).encode()) > LARGEST and document["requirements"]:
        document["requirements"].pop()
        document["more"] += 1
    return body


def _line(text: str) -> str:
    """The text without secrets, in one line of printable ASCII, cut to size."""
    ascii_ = redact_text(text[:_LOOKED_AT]).encode("ascii", "replace").decode()
    plain = "".join(each if each.isprintable() else " " for each in ascii_)
    return plain if len(plain) <= _LONGEST else f"{plain[: _LONGEST - 3]}..."
