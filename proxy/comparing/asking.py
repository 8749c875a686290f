"""The question of an exchange: two with the same one ask the same, in the same situation, and may be compared."""

import hashlib
import json
from dataclasses import dataclass, replace
from typing import Any, Final
from urllib.parse import unquote

from conformance.caller import NOBODYS_TOKEN, TOKEN_HEADER
from conformance.drivers.glance import strategy_of
from conformance.exchange import NO_JSON, Exchange
from proxy.comparing.noise import plain, plain_path
from proxy.comparing.standing import NONE, THERE, UNKNOWN, Standing, is_look, shows_none

TOKEN: Final = "a token"  # noqa: S105 - what a question says of its caller
NO_TOKEN: Final = "no token"  # noqa: S105 - as above
BAD_TOKEN: Final = "a token of nobody"  # noqa: S105 - as above

_TOKENS: Final = (TOKEN_HEADER, "OIDC-Token")
_ANY: Final = frozenset({"", "*/*", "application/json"})
_LONGEST: Final = 2000  # letters of a body that stand in a question as they are
_DEEPEST: Final = 30
_READS: Final = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})


@dataclass(frozen=True, slots=True)
class Question:
    """What was asked, without noise.

    `accept` and `media` are media types, `accept` empty where JSON will do; `query` are names of arguments. `situation`
    is how the strategy stood, `UNKNOWN` where that cannot be told. `conditional`: the answer may be 304.
    """

    method: str
    path: str
    accept: str = ""
    query: str = ""
    media: str = ""
    body: str = ""
    caller: str = TOKEN
    situation: str = UNKNOWN
    conditional: bool = False

    @property
    def operation(self) -> str:
        """Method and path."""
        return f"{self.method} {self.path}"

    @property
    def is_look(self) -> bool:
        """It reads a strategy."""
        return is_look(self.method, self.path)

    def anyhow(self) -> "Question":
        """The same in a situation that nobody knows."""
        return replace(self, situation=UNKNOWN)

    def in_words(self) -> str:
        """What was asked beside the operation; empty for the plainest question."""
        said = (
            self.situation,
            f"Accept: {self.accept}" if self.accept else "",
            f"argument {self.query}" if self.query else "",
            self.caller if self.caller != TOKEN else "",
            f"Content-Type: {self.media}" if self.media and self.media != "application/json" else "",
            f"body {self.body}" if self.body else "",
        )
        return "; ".join(filter(None, said))


def question_of(exchange: Exchange, standing: Standing) -> Question:
    """What the exchange asks, where the strategies stood so before it."""
    accept = (exchange.request_header("Accept") or "").split(",")[0].partition(";")[0].strip().lower()
    return Question(
        method=exchange.method,
        path=plain_path(exchange.path),
        accept="" if accept in _ANY else accept,
        query=" ".join(sorted({unquote(each.partition("=")[0]) for each in exchange.query.split("&") if each})),
        media=exchange.request_media_type if exchange.request_body else "",
        body=_body(exchange, standing),
        caller=_caller(exchange),
        situation=_situation(exchange, standing),
        conditional=exchange.request_header("If-None-Match") is not None,
    )


def _situation(exchange: Exchange, standing: Standing) -> str:
    if is_look(exchange.method, exchange.path):
        return THERE if strategy_of(exchange) is not None else NONE if shows_none(exchange) else UNKNOWN
    return UNKNOWN if exchange.method in _READS else standing.situation(exchange.method, exchange.path)


def _caller(exchange: Exchange) -> str:
    token = next(filter(None, map(exchange.request_header, _TOKENS)), "")
    return NO_TOKEN if not token else BAD_TOKEN if token == NOBODYS_TOKEN else TOKEN


def _body(exchange: Exchange, standing: Standing) -> str:
    if not exchange.request_body:
        return ""
    value = exchange.request_json
    if value is NO_JSON:
        return f"no JSON, {_digest(exchange.request_body)}"
    if isinstance(value, dict) and isinstance(value.get("stage-id"), int) and exchange.path.endswith("/actions"):
        value = {**value, "stage-id": standing.stage(value["stage-id"])}
    try:
        text = json.dumps(_plain(value, 0), sort_keys=True, ensure_ascii=False)
    except RecursionError:
        return f"nested deeply, {_digest(exchange.request_body)}"
    return text if len(text) <= _LONGEST else f"{len(text)} letters, {_digest(text.encode('utf-8', 'replace'))}"


def _plain(value: Any, deep: int) -> Any:
    if deep > _DEEPEST:
        raise RecursionError
    if isinstance(value, dict):
        return {name: _plain(member, deep + 1) for name, member in value.items()}
    if isinstance(value, list):
        return [_plain(item, deep + 1) for item in value]
    return plain(value) if isinstance(value, str) else value


def _digest(body: bytes) -> str:
    return f"SHA-256 {hashlib.sha256(body).hexdigest()[:12]}"
