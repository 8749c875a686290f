"""What of the contract the traffic has touched: operations, statuses, words of members, edges of the state graph.

What there is to touch comes from the contract and the law (`spec.vocabulary`, `spec.graph`); what was touched is
counted in exchanges. An answer that is the same as the last one of its operation is counted without being read again.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Self

from conformance.exchange import NO_JSON, Exchange
from conformance.findings.edges import Edges, standings
from proxy.telling.bounded import REST, count
from proxy.traffic import Noticed, Passage
from reports import traffic
from reports.model import GraphEdge, Standing
from reports.traffic import Counted, MemberCoverage, OperationCoverage
from spec.contract import Contract
from spec.graph import graph_of
from spec.law import Law
from spec.vocabulary import ANSWER, REQUEST, Home, Place, Reader, Word, vocabulary_of

_TOLD_OTHERS: Final = 12
_MOST_WAITING: Final = 500  # words that wait to be counted
_LONGEST_WORD: Final = 40


@dataclass(slots=True)
class _Look:
    """The last body of a kind and the words in it; a word is counted when it is gone, once for all the bodies.

    `times` are the bodies since everything was counted, and `since` says of each word how many there were before it.
    """

    reader: Reader
    body: bytes = b""
    words: frozenset[Word] = frozenset()
    times: int = 0
    since: dict[Word, int] = field(default_factory=dict)

    def show(self, words: frozenset[Word]) -> Iterator[tuple[Word, int]]:
        """The words of the next body; those that are gone, each with the number of bodies that it stood in."""
        if words is self.words:
            return
        gone, new = self.words - words, words - self.words
        self.words = words
        yield from ((word, self.times - self.since.pop(word)) for word in gone)
        self.since.update(dict.fromkeys(new, self.times))

    def count(self) -> Iterator[tuple[Word, int]]:
        """Every word of the last body, with the number of bodies that it stood in and that were not counted yet."""
        yield from ((word, self.times - before) for word, before in self.since.items())
        self.times, self.since = 0, dict.fromkeys(self.words, 0)


@dataclass(slots=True)
class _Touched:
    """How often an operation was asked, and what it answered."""

    requests: int = 0
    statuses: Counter[int] = field(default_factory=Counter)


class Coverage:
    """Counts what exchanges touch. `edges` are those of the judge that sees the same exchanges, and counted there.

    Nothing here grows with the number of exchanges.
    """

    def __init__(self, contract: Contract, law: Law, edges: Edges | None = None) -> None:
        self.edges = edges if edges is not None else Edges()
        self.strangers = 0
        self._contract = contract
        self._graph = graph_of(law)
        self._vocabulary = vocabulary_of(contract, law)
        self._operations = {each.operation_id: _Touched() for each in contract.operations}
        self._words: dict[Home, Counter[str]] = {home: Counter() for home in self._vocabulary.words}
        self._looks: dict[tuple[str, str, int], _Look] = {}
        self._waiting: Counter[Word] = Counter()

    def see(self, passage: Passage, noticed: Iterable[Noticed] = ()) -> None:  # noqa: ARG002 - what is wrong touches too
        """Take in the next exchange; a request that was not answered counts as a request alone."""
        exchange = passage.exchange
        operation = self._contract.match(exchange.method, exchange.path)
        if operation is None:
            self.strangers += 1
            return
        name = operation.operation_id
        touched = self._operations[name]
        touched.requests += 1
        if exchange.request_body and (place := self._vocabulary.requests.get(name)) is not None:
            self._look((REQUEST, name, 0), exchange, exchange.request_body, place)
        if exchange.status:
            touched.statuses[exchange.status] += 1
            if exchange.response_body and (place := self._vocabulary.answers.get((name, exchange.status))) is not None:
                self._look((ANSWER, name, exchange.status), exchange, exchange.response_body, place)

    def to_json(self) -> dict[str, Any]:
        """Everything that was counted as a JSON value, the edges as well."""
        self._settle()
        return {
            "strangers": self.strangers,
            "operations": {
                name: [each.requests, {str(status): times for status, times in sorted(each.statuses.items())}]
                for name, each in self._operations.items()
                if each.requests
            },
            "words": [
                [home.side, home.kind, home.part, home.member, dict(sorted(words.items()))]
                for home, words in self._words.items()
                if words
            ],
            "edges": self.edges.to_json(),
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any], contract: Contract, law: Law) -> Self:
        """What `to_json` told, of the same contract."""
        made = cls(contract, law, Edges.from_json(value["edges"]))
        made.strangers = value["strangers"]
        for name, (requests, statuses) in value["operations"].items():
            counted = Counter({int(status): times for status, times in statuses.items()})
            made._operations[name] = _Touched(requests, counted)
        for *place, words in value["words"]:
            made._words[Home(*place)].update(words)
        return made

    def merge(self, other: "Coverage") -> None:
        """Add what another watch of the same contract has counted."""
        other._settle()  # noqa: SLF001 - of the same class
        self.strangers += other.strangers
        self.edges.merge(other.edges)
        for name, touched in other._operations.items():  # noqa: SLF001 - of the same class
            self._operations[name].requests += touched.requests
            self._operations[name].statuses.update(touched.statuses)
        for home, words in other._words.items():  # noqa: SLF001 - of the same class
            for word, times in words.items():
                self._count(home, word, times)

    def tables(self) -> traffic.Coverage:
        """Everything that can be touched, with how often it was, in the order of the contract and the law."""
        self._settle()
        return traffic.Coverage(
            operations=tuple(self._operation_rows()),
            members=tuple(self._member_row(home, words) for home, words in self._vocabulary.words.items()),
            edges=tuple(
                GraphEdge(*edge, self._graph.choices.get(edge, ""), Standing(standing), self.edges.seen[edge])
                for edge, standing in standings(self.edges, self._graph).items()
            ),
            strangers=self.strangers,
        )

    def _operation_rows(self) -> Iterable[OperationCoverage]:
        for operation in self._contract.operations:
            touched = self._operations[operation.operation_id]
            documented = operation.documented
            yield OperationCoverage(
                operation.operation_id,
                operation.method,
                operation.path,
                touched.requests,
                tuple(Counted(str(status), touched.statuses[status]) for status in sorted(documented)),
                tuple(
                    Counted(str(status), times)
                    for status, times in sorted(touched.statuses.items())
                    if status not in documented
                ),
            )

    def _member_row(self, home: Home, words: tuple[str, ...]) -> MemberCoverage:
        seen = self._words[home]
        return MemberCoverage(
            home.side,
            home.kind,
            home.part,
            home.member,
            tuple(Counted(word, seen[word]) for word in words),
            tuple(Counted(word, times) for word, times in sorted(seen.items()) if word not in words),
        )

    def _look(self, key: tuple[str, str, int], exchange: Exchange, body: bytes, place: Place) -> None:
        look = self._looks.get(key)
        if look is None:
            look = self._looks[key] = _Look(Reader(place))
        if look.body != body:
            value = exchange.request_json if key[0] == REQUEST else exchange.response_json
            look.body = body
            self._wait(look.show(frozenset() if value is NO_JSON else look.reader.words(value)))
            if len(self._waiting) > _MOST_WAITING:
                self._settle()
        look.times += 1

    def _settle(self) -> None:
        """Count what is waiting."""
        for look in self._looks.values():
            self._wait(look.count())
        for (home, word), times in self._waiting.items():
            self._count(home, word, times)
        self._waiting.clear()

    def _wait(self, counted: Iterable[tuple[Word, int]]) -> None:
        for word, times in counted:
            if times:
                self._waiting[word] += times

    def _count(self, home: Home, word: str, times: int) -> None:
        known = self._vocabulary.words[home]
        count(self._words[home], word if word in known else word[:_LONGEST_WORD], times, _TOLD_OTHERS, known)


__all__ = ["REST", "Coverage"]
