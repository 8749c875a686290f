"""The page of the releases: which kinds of strategy each has, and by which numbers it deviates from the document."""

from collections.abc import Iterator
from typing import Final

from spec.kinds import LETTERS, areas_of
from spec.load import PUBLISHED, RELEASES, load_contract, load_law, load_ledger, load_release
from spec.release import Deviation, Release
from vimgate.contractpages.markdown import GENERATED, anchor, code, codes, link, table, text

_VERBS: Final = ("lifts", "changes", "adds", "keeps")
_REQUIREMENTS: Final = "requirements.md"
_GROUPS: Final = {
    "contradicts": "a finding by the document",
    "silent": "the document does not say",
    "recipe": "times and steps, compared at level oracle alone",
    "unseen": "nobody can observe it",
    "agrees": "noted, because one would not expect it",
}

_LOOKING: Final = (
    "## Look at a release, and at what changes",
    "",
    "```console",
    "$ vimgate spec show --release stx-8.0",
    "$ vimgate spec show createSwUpgradeStrategy --release stx-12.0",
    "$ vimgate spec deviations stx-8.0",
    "$ vimgate spec diff stx-9.0 stx-10.0",
    "$ vimgate spec diff stx-3.0 stx-8.0 --area requests --area callers --json",
    "$ vimgate spec export --release stx-12.0 > stx-12.0.yaml",
    "```",
    "",
    "`show` tells the kinds of a release, what a create of each needs and may have, who may call, and the operations;",
    "of one operation its codes, the members of its bodies, and the deviations that have to do with it. `diff` says",
    "what a client sees change from one release to another: kinds and operations that come and go, roles, members of",
    "bodies, codes, links, words of plans, deviations that begin and end, and what is asked for the first time,",
    "otherwise or no more. What belongs to a kind that only one of the two has is told with the kind. It works in both",
    "directions; where nothing changes a sentence says so, and the exit code is 0 all the same. `--json` gives every",
    "value that changes (its form is `vimgate/releases/changes.schema.json`). `export` prints a plain OpenAPI 3.1 file",
    "of a release, without any overlay: for generators of clients, documentation and other tools.",
    "",
    "Of each deviation, *the document* is what the published reference says, or the text of a release where it names",
    "one; *deployments* is what was measured on the release, read in its source, or inferred from its neighbours.",
    "",
)


def page() -> str:
    """The page in Markdown."""
    lines = [
        "# Releases",
        "",
        GENERATED,
        "",
        "The published reference describes one API; deployments have others. A release says what differs from its",
        "neighbour, so each number stands once, in the release where it appears, and holds in those that build on it",
        "until one of them ends it. `--release NAME` judges by it; `vimgate spec deviations NAME` lists all that hold",
        "there.",
        "",
        *_overview(),
        *_LOOKING,
        *_kinds(),
        "## Deviations",
        "",
        f"Of a group each: {'; '.join(f'*{name}*, {says}' for name, says in _GROUPS.items())}. What becomes of",
        f"[requirements]({_REQUIREMENTS}): *lifts*, it does not hold there; *changes*, it says something else there;",
        "*adds*, it is one of that release; *keeps*, deployments break it, and it stays a finding.",
        "",
        *(line for name in RELEASES for line in _release(load_release(name))),
    ]
    return "\n".join(lines).rstrip() + "\n"


def _overview() -> Iterator[str]:
    rows = (
        [
            link(name, name) if load_release(name).own else name,
            _base(load_release(name)),
            str(len(load_ledger(name).checked)),
            str(len(load_release(name).deviations)),
            str(len(load_release(name).own)),
        ]
        for name in RELEASES
    )
    yield from table(["release", "builds on", "requirements judged", "deviations that hold", "of them its own"], rows)


def _base(release: Release) -> str:
    if release.name == PUBLISHED:
        return ""
    return release.base.name if release.base is not None else PUBLISHED


def _kinds() -> Iterator[str]:
    """Which kinds there are, and of which the plans are judged."""
    yield "## Kinds of strategy"
    yield ""
    yield "*yes*: all of it is judged; *open*: its plan is an open set of stages and steps, which alone is not judged."
    yield ""
    rows = (
        [name, *(_standing(name, kind) for kind in LETTERS.values())]
        for name in RELEASES
    )  # fmt: skip
    yield from table(["release", *map(code, LETTERS.values())], rows)
    yield "The requirements of each kind begin with a letter of its own, as those of its GET do:"
    yield f"{', '.join(f'{code(kind)} {code(f"VIM-{areas_of(kind)[1]}-*")}' for kind in LETTERS.values())}."
    yield ""


def _standing(release: str, kind: str) -> str:
    if kind not in load_contract(release).kinds:
        return ""
    return "yes" if load_law(release).plan_of(kind) is not None else "open"


def _release(release: Release) -> Iterator[str]:
    if not release.own:
        return
    yield f"{anchor(release.name)}"
    yield ""
    yield f"### {release.name}"
    yield ""
    coming = [each.kind for each in release.kinds if each.like is not None]
    going = [each.kind for each in release.kinds if each.like is None]
    if coming or going:
        told = [f"there come {codes(coming)}"] * bool(coming) + [f"there go {codes(going)}"] * bool(going)
        yield f"Of kinds {' and '.join(told)}, with all requirements on them."
        yield ""
    rows = (
        [each.id, each.group, text(each.document), text(each.deployment), _effects(each)]
        for each in release.own.values()
    )
    yield from table(["number", "group", "the document", "deployments", "requirements"], rows)


def _effects(deviation: Deviation) -> str:
    told = ((verb, getattr(deviation, verb)) for verb in _VERBS)
    effects = [f"{verb} {', '.join(_named(each) for each in ids)}" for verb, ids in told if ids]
    ends = [f"ends {', '.join(deviation.replaces)}"] if deviation.replaces else []
    return "; ".join([*effects, *ends])


def _named(id_: str) -> str:
    """A link to the row of a requirement of the document; others have none."""
    return f"[{id_}]({_REQUIREMENTS}#{id_.lower()})" if id_ in load_ledger().by_id else id_
