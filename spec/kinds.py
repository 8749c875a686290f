"""The kinds of strategy of all releases: the letters of their requirements, and the operations on them.

Which of them a release has, its contract says (`Contract.kinds`).
"""

from typing import Final

LETTERS: Final = {
    "P": "sw-patch",
    "U": "sw-upgrade",
    "F": "fw-update",
    "K": "kube-upgrade",
    "R": "kube-rootca-update",
    "C": "system-config-update",
}
"""The letter with which the areas of a kind begin, as in VIM-PGET-001."""

MODEL: Final = "sw-upgrade"
"""The kind of which all kinds of later releases are made."""

_DOCUMENTS: Final = {"sw-patch": "PATCH", "sw-upgrade": "UPGRADE"}  # the others: the letter and DOC


def letter_of(kind: str) -> str:
    """The letter of a kind. Raises KeyError for an unknown one."""
    return {each: letter for letter, each in LETTERS.items()}[kind]


def areas_of(kind: str) -> tuple[str, str, str, str, str]:
    """The areas of the ledger about a kind: its document, GET, POST and DELETE of its strategy, and actions on it."""
    letter = letter_of(kind)
    return (_DOCUMENTS.get(kind, f"{letter}DOC"), f"{letter}GET", f"{letter}POST", f"{letter}DEL", f"{letter}ACT")


def operations_of(kind: str) -> tuple[str, str, str, str, str]:
    """The operationIds of a kind in the order of its areas."""
    stem = "".join(word.capitalize() for word in kind.split("-"))
    return (
        f"get{stem}",
        f"get{stem}Strategy",
        f"create{stem}Strategy",
        f"delete{stem}Strategy",
        f"actOn{stem}Strategy",
    )


def words_between(requirement: str, other: str) -> dict[str, str]:
    """The words by which requirements on two kinds differ, from those of the first to those of the other.

    Empty where one of the ids is about no kind, or both are about the same.
    """
    kinds = [_kind_of(id_) for id_ in (requirement, other)]
    if None in kinds or kinds[0] == kinds[1]:
        return {}
    (first, second) = (str(kind) for kind in kinds)
    return {first: second, **dict(zip(operations_of(first), operations_of(second), strict=True))}


def _kind_of(requirement: str) -> str | None:
    area = requirement.removeprefix("VIM-").partition("-")[0]
    return next((kind for kind in LETTERS.values() if area in areas_of(kind)), None)


def made_of(requirement: str) -> tuple[str, ...]:
    """The ids that a requirement on a kind of the reference may have for kinds that later releases made of it."""
    area, _, number = requirement.removeprefix("VIM-").partition("-")
    place = areas_of(MODEL).index(area) if area in areas_of(MODEL) else None
    later = [kind for kind in LETTERS.values() if kind not in _DOCUMENTS]
    return tuple(f"VIM-{areas_of(kind)[place]}-{number}" for kind in later) if place is not None else ()
