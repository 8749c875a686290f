"""One side of a comparison: everything that its exchanges have shown, bounded however many there are."""

from collections import Counter, OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from hashlib import blake2b
from typing import Any, Final

from conformance.drivers.glance import strategy_of
from conformance.evidence.carried import secrets_of_answer, secrets_of_request
from conformance.exchange import NO_JSON, Exchange
from proxy.comparing.answering import Answer, answer_of
from proxy.comparing.asking import NO_TOKEN, TOKEN, Question, question_of
from proxy.comparing.documents import Document
from proxy.comparing.noise import plain_path
from proxy.comparing.plans import PHASES, Plan, Settings, hosts_named, plan_of, settings_of
from proxy.comparing.standing import Standing, is_create, kind_of
from spec.contract import Contract
from spec.law import Law
from spec.vocabulary import ANSWER, vocabulary_of

MOST_QUESTIONS: Final = 20_000
"""Questions that are told apart; what is asked beyond them is counted alone."""

_MOST_ANSWERS: Final = 40
_MOST_SESSIONS: Final = 512
_MOST_NAMES: Final = 5000
_MOST_SECRETS: Final = 2000
_MOST_PLANS: Final = 20
_REMEMBERED: Final = 4096
_SMALL: Final = 64 * 1024  # bytes of a body that is looked through for secrets
_ABOUT_CALLERS: Final = frozenset({401, 403})
_OWN: Final = frozenset({"id", "name", "status", "faultcode"})  # words of link documents and faults

type About = tuple[str, str]
"""What a document is about: `strategy` and a kind, or an operation and a status."""

type Words = Mapping[str, frozenset[str]]
"""By the name of a member, the words that it may hold."""

type Wish = tuple[str, str, Settings]
"""A kind, a phase, and the settings of its strategy."""


@dataclass(slots=True)
class Group:
    """What was answered to one question, each answer with how often; `body` is that of a create request."""

    answers: Counter[Answer] = field(default_factory=Counter)
    body: Any = NO_JSON


class Gathered:
    """One side. `worded` are names of members whose texts are words of the API (`words_of`)."""

    def __init__(self, worded: frozenset[str] = _OWN, secrets: Iterable[str] = ()) -> None:
        self.groups: dict[Question, Group] = {}
        self.documents: dict[About, Document] = {}
        self.plans: dict[Wish, list[Plan]] = {}
        self.names: set[str] = set()
        self.secrets: set[str] = set(secrets)
        self.exchanges = self.unanswered = self.beyond = 0
        self._worded = worded
        self._sessions: OrderedDict[str, Standing] = OrderedDict()
        self._walked: OrderedDict[bytes, None] = OrderedDict()

    def take(self, exchange: Exchange, session: str = "", *, in_order: bool = True, alone: bool = False) -> None:
        """Take in an exchange; status 0: no answer came.

        `session` names the history that it belongs to; not `in_order`: what came before it cannot be told; `alone`:
        nothing is known of that.
        """
        standing = Standing() if alone else self._standing(session)
        self._learn(exchange)
        if not exchange.status:
            self.unanswered += 1
            standing.forget(exchange)
            return
        self.exchanges += 1
        self._note(question_of(exchange, standing if in_order else Standing()), exchange)
        self._walk(exchange)
        standing.see(exchange)
        if not in_order:
            standing.forget(exchange)

    def forget(self) -> None:
        """Something is missing here: what was known of the strategies is not so any more."""
        self._sessions.clear()

    def merge(self, other: "Gathered") -> None:
        """Add what another recording of the same side has shown."""
        for question, group in other.groups.items():
            mine = self._group(question)
            if mine is not None:
                mine.answers.update(group.answers)
                mine.body = group.body
        for about, document in other.documents.items():
            self.documents.setdefault(about, Document()).merge(document)
        for wish, plans in other.plans.items():
            for plan in plans:
                self._keep(wish, plan)
        self.names |= other.names
        self.secrets |= other.secrets
        self.exchanges += other.exchanges
        self.unanswered += other.unanswered
        self.beyond += other.beyond

    @property
    def callers(self) -> frozenset[str]:
        """Who asked, as questions have it."""
        return frozenset(question.caller for question in self.groups)

    def asked(self, other: "Gathered") -> dict[Question, Group]:
        """The questions with their answers.

        A side that was asked without a token alone, and turned nobody away, would have answered alike with one: its
        answers count as such, also where the other side was asked with tokens.
        """
        if not self.is_open:
            return self.groups
        with_token = {replace(question, caller=TOKEN): group for question, group in self.groups.items()}
        return self.groups | with_token if NO_TOKEN in other.callers and not other.is_open else with_token

    @property
    def is_open(self) -> bool:
        """It was asked without a token alone, and turned nobody away."""
        return self.callers == {NO_TOKEN} and not self._denies

    @property
    def _denies(self) -> bool:
        return any(answer.status in _ABOUT_CALLERS for group in self.groups.values() for answer in group.answers)

    def _standing(self, session: str) -> Standing:
        standing = self._sessions.setdefault(session, Standing())
        self._sessions.move_to_end(session)
        if len(self._sessions) > _MOST_SESSIONS:
            self._sessions.popitem(last=False)
        return standing

    def _learn(self, exchange: Exchange) -> None:
        if len(self.secrets) < _MOST_SECRETS:
            body = exchange.request_body if len(exchange.request_body) <= _SMALL else b""
            answer = exchange.response_body if len(exchange.response_body) <= _SMALL else b""
            self.secrets |= secrets_of_request(exchange, body.decode("utf-8", "replace"))
            self.secrets |= secrets_of_answer(exchange, answer.decode("utf-8", "replace"))

    def _group(self, question: Question) -> Group | None:
        group = self.groups.get(question)
        if group is None and len(self.groups) < MOST_QUESTIONS:
            group = self.groups[question] = Group()
        return group

    def _note(self, question: Question, exchange: Exchange) -> None:
        group = self._group(question)
        if group is None:
            self.beyond += 1
            return
        answer = answer_of(exchange)
        if answer in group.answers or len(group.answers) < _MOST_ANSWERS:
            group.answers[answer] += 1
        if is_create(exchange.method, exchange.path):
            group.body = exchange.request_json

    def _walk(self, exchange: Exchange) -> None:
        """Look at the document of the answer, unless it was looked at before."""
        value = exchange.response_json
        if not isinstance(value, dict | list):
            return
        kind, strategy = kind_of(exchange.path), strategy_of(exchange)
        is_strategy = bool(kind) and strategy is not None
        operation = f"{exchange.method} {plain_path(exchange.path).rstrip('/') or '/'}"
        about = ("strategy", kind) if is_strategy else (operation, str(exchange.status))
        mark = blake2b(exchange.response_body, digest_size=16, key="\0".join(about).encode()[:64]).digest()
        if mark in self._walked:
            return
        self._walked[mark] = None
        if len(self._walked) > _REMEMBERED:
            self._walked.popitem(last=False)
        if about in self.documents or len(self.documents) < MOST_QUESTIONS:
            self.documents.setdefault(about, Document()).take(value, self._worded)
        if is_strategy and strategy is not None:
            self._plan(kind, strategy)

    def _plan(self, kind: str, strategy: dict[str, Any]) -> None:
        if len(self.names) < _MOST_NAMES:
            self.names |= hosts_named(strategy)
        for phase in PHASES:
            plan = plan_of(strategy, phase)
            if plan is not None:
                self._keep((kind, phase, settings_of(strategy)), plan)

    def _keep(self, wish: Wish, plan: Plan) -> None:
        plans = self.plans.setdefault(wish, [])
        if plan not in plans and len(plans) < _MOST_PLANS:
            plans.append(plan)


@cache
def words_of(contract: Contract, law: Law) -> Words:
    """The words that members of answers may hold by a contract."""
    found: dict[str, frozenset[str]] = dict.fromkeys(_OWN, frozenset())
    for home, words in vocabulary_of(contract, law).words.items():
        if home.side == ANSWER:
            found[home.member] = found.get(home.member, frozenset()).union(words)
    return found
