"""Which numbered deviations of a release a finding comes from: what every deployment of it does. Pure.

A finding under the published document is explained where the release excuses it, or keeps it although all its
deployments are so; one under the release itself where it keeps it. The deviation says by its signs
(`spec.release.Sign`) which findings are its own, so that of two that touch one requirement the right one is named.
"""

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from functools import cached_property
from typing import Any, NamedTuple

from conformance.exchange import NO_JSON, Exchange
from spec.ledger import Ledger
from spec.release import Deviation, Release, Sign
from spec.schema import Schema


class _Sign(NamedTuple):
    """A sign with its schemas compiled."""

    sign: Sign
    body: Schema | None
    member: Schema | None


class Explaining:
    """Names the deviations of a release; `ledger` is the one that findings are by."""

    def __init__(self, release: Release, ledger: Ledger) -> None:
        self.release = release
        self._ledger = ledger

    def numbers(self, exchange: Exchange, requirement: str, *, excused: bool) -> tuple[str, ...]:
        """The numbers of the deviations that a finding about the answer comes from; empty when it is none of them.

        `excused`: the release demands it no more, or otherwise, so that there it is no finding. Else it has to be one
        that the release keeps.
        """
        own = self._own.get(requirement, ())
        return tuple(
            each.id
            for each in self.release.deviations.values()
            if (excused or requirement in each.keeps) and self._is_its(each, own, exchange, requirement)
        )

    def fits(self, pattern: str) -> bool:
        """Some requirement of the ledger has an id like that."""
        return any(fnmatchcase(requirement, pattern) for requirement in self._ledger.by_id)

    @cached_property
    def _signs(self) -> Mapping[str, tuple[_Sign, ...]]:
        """The signs by the numbers of the deviations."""
        return {
            each.id: tuple(_Sign(sign, _compiled(sign.body), _compiled(sign.member)) for sign in each.shows)
            for each in self.release.deviations.values()
        }

    @cached_property
    def _own(self) -> Mapping[str, frozenset[str]]:
        """The deviations by the requirements that they have an effect on."""
        found: dict[str, set[str]] = {}
        for each in self.release.deviations.values():
            for requirement in (*each.lifts, *each.changes, *each.keeps):
                found.setdefault(requirement, set()).add(each.id)
        return {requirement: frozenset(numbers) for requirement, numbers in found.items()}

    def _is_its(self, deviation: Deviation, own: Iterable[str], exchange: Exchange, requirement: str) -> bool:
        touched = deviation.id in own
        if not deviation.shows:
            return touched
        return any(
            (touched or any(fnmatchcase(requirement, pattern) for pattern in each.sign.findings))
            and self._shows(each, exchange, requirement)
            for each in self._signs[deviation.id]
        )

    def _shows(self, compiled: _Sign, exchange: Exchange, requirement: str) -> bool:
        sign = compiled.sign
        return (
            (not sign.status or exchange.status in sign.status)
            and (not sign.media or exchange.request_media_type in sign.media)
            and sign.says.encode() in exchange.response_body
            and _fits(compiled.body, exchange.request_json)
            and _fits(compiled.member, self._member(exchange, requirement))
        )

    def _member(self, exchange: Exchange, requirement: str) -> Any:
        """The member of the request that the requirement is about."""
        known = self._ledger.by_id.get(requirement)
        member, body = known and known.parameters.get("member"), exchange.request_json
        return body[member] if isinstance(body, dict) and member in body else NO_JSON


def _compiled(schema: Mapping[str, Any] | None) -> Schema | None:
    return None if schema is None else Schema(schema)


def _fits(schema: Schema | None, value: Any) -> bool:
    return schema is None or (value is not NO_JSON and not schema.errors(value))
