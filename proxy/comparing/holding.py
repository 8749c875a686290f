"""Two sides held against each other: what was answered to the same questions, and then their documents and plans."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final

from proxy.comparing import bodies, planned, shapes
from proxy.comparing.answering import HEADERS, XML, Answer
from proxy.comparing.asking import NO_TOKEN, TOKEN, Question
from proxy.comparing.difference import Comparison, Difference, Subject, What
from proxy.comparing.gathered import Gathered, Group, Words
from proxy.comparing.noise import plain
from proxy.comparing.plans import Settings
from proxy.comparing.standing import UNKNOWN, is_busy, is_create

_ABOUT_CALLERS: Final = frozenset({401, 403})
_ABOUT_SITUATIONS: Final = frozenset({404, 409, 500})
NO_WORDS: Final[Words] = {}

_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
_SERVER: Final = 500
_NAMES_OF_STAGES: Final = ("stage-name", "step-name")


type Pair = tuple[Question, Counter[Answer], Counter[Answer]]


def between(old: Gathered, new: Gathered, known: Words = NO_WORDS) -> Comparison:
    """What changed for clients from the older side to the newer one.

    `known` are the words that members could hold before, whether they were seen or not.
    """
    names = old.names | new.names
    before, after = old.asked(new), new.asked(old)
    pairs, old_only, new_only = _paired(before, after)
    found: list[Difference] = []
    doubtful: list[Difference] = []
    for question, *sides in pairs:
        one, other = (_settled(question, each, names) for each in sides)
        if one and other:
            differing = list(_answered_otherwise(question, one, other))
            racing = is_busy(question.situation) and any(each.succeeded for each in (*one, *other))
            (doubtful if racing else found).extend(differing)
    found += bodies.differences(before, after)
    plans = list(planned.differences(old.plans, new.plans))
    told = {name for each in plans for name in each.subject.names}
    found += [each for each in shapes.differences(old.documents, new.documents, known) if not _is_told(each, told)]
    found += plans
    return Comparison(
        differences=_gathered(found),
        doubtful=_gathered(doubtful),
        compared=len(pairs),
        old_only=_only(old_only, pairs),
        new_only=_only(new_only, pairs),
    )


def _paired(
    before: dict[Question, Group], after: dict[Question, Group]
) -> tuple[list[Pair], list[Question], list[Question]]:
    """The questions of both sides with their answers, and those of one side alone.

    A look at a strategy that was answered without saying whether there is one is held against any other.
    """
    pairs = [(each, before[each].answers, after[each].answers) for each in before if each in after]
    old_only = [each for each in before if each not in after]
    new_only = [each for each in after if each not in before]
    for mine, others, flipped in ((old_only, after, False), (new_only, before, True)):
        for question in [each for each in mine if each.is_look and each.situation == UNKNOWN]:
            like = _joined(group.answers for each, group in others.items() if each.anyhow() == question)
            own = (before if not flipped else after)[question].answers
            if like:
                pairs.append((question, like, own) if flipped else (question, own, like))
                mine.remove(question)
    return pairs, old_only, new_only


def _only(questions: list[Question], pairs: list[Pair]) -> tuple[str, ...]:
    """The names of questions of one side, without those that were compared as another caller's or in any situation."""
    compared = {replace(question, caller=TOKEN) for question, *_ in pairs}
    alone = {replace(each, caller=TOKEN) if each.caller == NO_TOKEN else each for each in questions}
    return tuple(sorted({_named(each) for each in alone if not {each, each.anyhow()} & compared}))


def _joined(counters: Iterable[Counter[Answer]]) -> Counter[Answer]:
    return sum(counters, Counter())


def _settled(question: Question, answers: Counter[Answer], names: set[str]) -> Counter[Answer]:
    """The answers with hosts out of their texts; where the situation is not known, those that do not depend on it."""
    changes = question.method not in _SAFE
    found: Counter[Answer] = Counter()
    for answer, times in answers.items():
        if not (changes and question.situation == UNKNOWN and answer.status in _ABOUT_SITUATIONS):
            found[replace(answer, text=plain(answer.text, names)) if answer.text else answer] += times
    return found


# --- one question


def _answered_otherwise(question: Question, old: Counter[Answer], new: Counter[Answer]) -> Iterator[Difference]:
    """How the answers to one question differ; of what follows from something else nothing is said."""
    one, other = {each.status for each in old}, {each.status for each in new}
    if not one & other:
        yield _status(question, old, new)
        return
    for status in sorted(other - one):
        if status >= _SERVER and status not in one:
            yield _difference(What.STATUS, question, f"now and then answers {status}", old, _of(new, status))
    for status in sorted(one & other):
        yield from _same_status(question, _of(old, status), _of(new, status))


def _same_status(question: Question, old: Counter[Answer], new: Counter[Answer]) -> Iterator[Difference]:
    status = next(iter(old)).status
    for name in HEADERS:
        one, other = (
            {dict(each.headers).get(name, "") for each in old},
            {dict(each.headers).get(name, "") for each in new},
        )
        if not one & other:
            text = f"answers {status} with another {name}: {_list(one)} → {_list(other)}"
            yield _difference(What.HEADER, question, text, old, new)
    for what, member, text in _PARTS:
        one, other = {getattr(each, member) for each in old}, {getattr(each, member) for each in new}
        if not one & other:
            shown = "other elements" if text == "another text" and _first(new).shape == XML else text
            yield _difference(what, question, f"answers {status} with {shown}", old, new)
            return
    if not any(_agree(each.settings, one.settings) for each in old for one in new):
        yield _difference(What.SETTINGS, question, "gives a strategy other settings for the same request", old, new)


_PARTS: Final = (
    (What.MEDIA_TYPE, "media", "another media type"),
    (What.BODY, "shape", "another kind of body"),
    (What.FAULT_TEXT, "text", "another text"),
)


def _agree(old: Settings, new: Settings) -> bool:
    """The settings that both sides show are alike."""
    before, after = dict(old), dict(new)
    return all(before[name] == after[name] for name in before.keys() & after.keys())


def _status(question: Question, old: Counter[Answer], new: Counter[Answer]) -> Difference:
    one, other = _first(old), _first(new)
    what, text = What.STATUS, "is answered otherwise"
    if is_create(question.method, question.path) and one.status not in _ABOUT_CALLERS | {409}:
        if one.succeeded and not other.succeeded:
            what, text = What.CREATE_REFUSED, "refuses a request that was accepted before"
        elif other.succeeded and not one.succeeded:
            what, text = What.CREATE_ACCEPTED, "accepts a request that was refused before"
    return _difference(what, question, text, old, new)


def _difference(what: What, question: Question, text: str, old: Counter[Answer], new: Counter[Answer]) -> Difference:
    one, other = _first(old), _first(new)
    return Difference(
        what,
        question.operation,
        text,
        _shown(one, what),
        _shown(other, what),
        question.in_words(),
        subject=Subject(
            question.method,
            question.path,
            (one.status, other.status),
            names=tuple(filter(None, (other.text, one.text))),
            odd=bool(question.query or question.accept),
            bare=not question.body,
        ),
    )


def _shown(answer: Answer, what: What) -> str:
    if what is What.SETTINGS:
        return ", ".join(f"{name} {value}" for name, value in answer.settings)
    return answer.in_words()


def _first(answers: Counter[Answer]) -> Answer:
    """The answer that came most often; of several, always the same."""
    return min(answers, key=lambda each: (-answers[each], each.status, each.in_words()))


def _of(answers: Counter[Answer], status: int) -> Counter[Answer]:
    return Counter({answer: times for answer, times in answers.items() if answer.status == status})


def _list(values: set[str]) -> str:
    return " or ".join(sorted(each or "none" for each in values))


# --- all of them


def _is_told(each: Difference, names: set[str]) -> bool:
    """The plans tell of it already."""
    subject = each.subject
    return each.what is What.WORD and subject.names[0] in _NAMES_OF_STAGES and subject.names[1] in names


def _gathered(found: list[Difference]) -> tuple[Difference, ...]:
    """The differences in the order in which they are told; what several questions show is one difference."""
    order = {what: place for place, what in enumerate(What)}
    alike: dict[tuple[str, ...], Difference] = {}
    for each in sorted(found, key=lambda one: (order[one.what], one.where, one.text, one.old, one.new, one.asked)):
        key = each.what, each.where, each.text, each.old, each.new
        known = alike.get(key)
        alike[key] = each if known is None else replace(known, times=known.times + 1)
    return tuple(alike.values())


def _named(question: Question) -> str:
    words = question.in_words()
    return f"{question.operation} ({words})" if words else question.operation
