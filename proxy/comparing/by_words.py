"""Which differences a deviation explains in so many words: statuses, texts, timeouts, names. Pure."""

import re
from collections.abc import Mapping
from typing import Final

from proxy.comparing.difference import Difference, Subject, What
from proxy.comparing.standing import kind_of
from spec.release import Deviation

_REFUSED: Final = 400
_WINDOW: Final = 4  # words of a fault text that a deviation repeats
_BY_STATUS: Final = frozenset({What.STATUS, What.CREATE_REFUSED, What.CREATE_ACCEPTED})
_BY_NAME: Final = frozenset({What.LINK_GONE, What.LINK_NEW, What.STAGES, What.STEPS})


def says(deviation: Deviation, each: Difference, texts: Mapping[str, str], *, came: bool) -> bool:
    """The deviation itself names what came and what went; `texts` are those of requirements.

    `came`: the newer release has it, so that what it says of deployments is how it is now; else how it was.
    """
    subject, does = each.subject, deviation.deployment
    if each.what in _BY_STATUS:
        about = not subject.odd and _is_about(deviation, subject, texts)
        named = all(mentions(deviation, str(status)) for status in subject.statuses)
        return about and named and _stands(str(subject.statuses[came]), does)
    if each.what is What.FAULT_TEXT:
        words = subject.names[0 if came else -1].split() if subject.names else []
        if subject.statuses[1] < _REFUSED:  # elements of XML
            others = {word for text in subject.names for word in text.split()} - _common(subject.names)
            return any(mentions(deviation, word) for word in others)
        windows = (" ".join(words[at : at + _WINDOW]) for at in range(len(words) - _WINDOW + 1))
        return any(window in does for window in windows)
    if each.what is What.TIMEOUT:
        figures = re.findall(r"\d+", each.new if came else each.old)
        return mentions(deviation, subject.names[0]) and all(_stands(figure, does) for figure in figures)
    return each.what in _BY_NAME and any(mentions(deviation, name) for name in subject.names)


def _is_about(deviation: Deviation, subject: Subject, texts: Mapping[str, str]) -> bool:
    """The deviation has to do with the operation: by the requirements that it touches, else by its own words."""
    ids = touched(deviation)
    if ids:
        return any(f"{subject.method} {subject.path.rstrip('/')} " in texts.get(each, "") for each in ids)
    of_actions = subject.path.endswith("/actions")
    named = mentions(deviation, subject.method) and bool(kind_of(subject.path))
    return named and of_actions == mentions(deviation, "actions")


def touched(deviation: Deviation) -> tuple[str, ...]:
    """The ids of the requirements that a deviation has to do with."""
    return (*deviation.changes, *deviation.lifts, *deviation.adds, *deviation.keeps)


def _common(texts: tuple[str, ...]) -> set[str]:
    """The words that all the texts have."""
    return set.intersection(*(set(text.split()) for text in texts)) if texts else set()


def mentions(deviation: Deviation, word: str) -> bool:
    """The deviation has the word in what it says of either side."""
    return _stands(word, f"{deviation.document} {deviation.deployment}")


def _stands(word: str, text: str) -> bool:
    """The word stands in the text by itself; figures of thousands may have a comma."""
    return re.search(rf"(?<![\w-]){re.escape(word)}(?![\w-])", re.sub(r"(?<=\d),(?=\d{3})", "", text)) is not None
