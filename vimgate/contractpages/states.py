"""The page of the law: states, situations, requests, results, plans, and a state diagram for each kind of strategy."""

from collections.abc import Iterable, Iterator
from typing import Final

from spec.graph import ACCEPTED, ITSELF, graph_of
from spec.law import ABSENT, Cause, Law, PhaseLook
from vimgate.contractpages.markdown import GENERATED, anchor, code, codes, link, table

_WORDS: Final = {
    "accepted": "accepted, with the success code of the operation",
    "refused": "refused, and nothing changes",
    "missing": "there is nothing to act on",
    "either": "accepted or refused: both are lawful",
    "if-next": "accepted for the next stage, refused for any other",
    "if-current": "accepted for the stage that runs, refused for any other",
    "either-if-current": "either for the stage that runs, refused for any other",
    "either-for-any": "either, whatever the stage",
}
_RUNS: Final = {
    "going": "a stage runs",
    "stopped": "stopped at `stop-at-stage`, with stages left",
    "complete": "past the last stage",
    None: "",
}


def page(law: Law) -> str:
    """The page in Markdown."""
    lines = [
        "# States",
        "",
        GENERATED,
        "",
        "What may be seen of a strategy over the API: the law by which the judge goes (`spec/lifecycle.yaml`). It says",
        "what an observer may meet, not how a server gets there. A look may miss moments in between.",
        "",
        *_contents(law),
        *_states(law),
        *(line for kind in law.kinds for line in _diagram(law, kind)),
        *_situations(law),
        *_requests(law),
        *_effects(law),
        *_results(law),
        *_progress(law),
        *_plans(law),
    ]
    return "\n".join(lines).rstrip() + "\n"


def _contents(law: Law) -> Iterator[str]:
    sections = {
        "states": "which there are, and what may follow what",
        **{kind: f"the states of a {kind} strategy as a diagram" for kind in law.kinds},
        "situations": "how a document looks in each moment",
        "requests": "which request is lawful when",
        "effects": "what an accepted request leads to",
        "results": "of phases, stages and steps",
        "progress": "what only rises, and what never changes",
        "plans": "stages and steps, and their order",
    }
    yield from (f"- {link(name, name)}: {told}" for name, told in sections.items())
    yield ""


def _section(name: str, title: str) -> list[str]:
    return [anchor(name), "", f"## {title}", ""]


def _in_order(known: Iterable[str], chosen: Iterable[str]) -> list[str]:
    """What is chosen, in the order of what is known: a set has another one every time."""
    wanted = set(chosen)
    return [each for each in known if each in wanted]


def _states(law: Law) -> Iterator[str]:
    yield from _section("states", "States")
    rows = (
        [
            code(name),
            codes(_in_order(law.phases, state.phases)),
            "yes" if state.rests else "",
            *(codes(_in_order(law.states, state.following[cause])) for cause in Cause),
        ]
        for name, state in law.states.items()
    )
    yield from table(
        ["state", "`current-phase`", "rests", "by itself", "after an apply", "after an abort"],
        rows,
    )
    yield f"Passed through inside a server, and never seen: {codes(sorted(law.hidden))}."
    yield f"The current phase goes {codes(law.phases)}, in this order, and never back."
    yield ""


# --- diagrams


def _diagram(law: Law, kind: str) -> Iterator[str]:
    yield from _section(kind, f"The states of a {kind} strategy")
    yield "An edge is what a strategy does by itself, or an accepted request; `abort-another-stage` is for a stage"
    yield "other than the current one."
    yield f"The stages of a {kind} strategy, in their order: {codes(each.name for each in law.kinds[kind].stages)}."
    yield ""
    yield "```mermaid"
    yield "stateDiagram-v2"
    for name in law.states:
        yield f'    state "{name}" as {_word(name)}'
    yield from (
        f"    {before} --> {after}: {', '.join(causes)}" for (before, after), causes in _edges(law, kind).items()
    )
    yield "```"
    yield ""


def _edges(law: Law, kind: str) -> dict[tuple[str, str], list[str]]:
    """The edges between the states of one kind, each with its causes, in the order of the law."""
    found: dict[tuple[str, str], list[str]] = {}
    for edge in graph_of(law).edges:
        if edge.kind != kind or edge.outcome not in ("", ACCEPTED):
            continue
        ends = _state(law, edge.before), _state(law, edge.after)
        cause = "" if edge.cause == ITSELF else edge.request
        if ends[0] == ends[1] and not cause:
            continue
        causes = found.setdefault(ends, [])
        if (cause or "by itself") not in causes:
            causes.append(cause or "by itself")
    return found


def _state(law: Law, situation: str) -> str:
    return "[*]" if situation == ABSENT else _word(law.situations[situation].state)


def _word(state: str) -> str:
    """A state as Mermaid takes a name."""
    return state.replace("-", "_")


# --- tables


def _situations(law: Law) -> Iterator[str]:
    yield from _section("situations", "Situations")
    yield "A situation is what a document shows: a state, refined where requests are answered differently."
    yield ""
    rows = (
        [
            code(name),
            code(each.state),
            code(each.phase),
            *(_look(each.looks[phase]) for phase in law.phases),
            _RUNS[each.run],
            codes(_in_order(law.situations, each.drifts)),
        ]
        for name, each in law.situations.items()
    )
    yield from table(
        ["situation", "state", "`current-phase`", *law.phases, "apply phase", "turns by itself into"], rows
    )


def _look(look: PhaseLook) -> str:
    if look.idle:
        return "not begun"
    progress = {True: "in progress: ", False: "over: ", None: ""}[look.inprogress]
    return progress + codes(sorted(look.results))


def _requests(law: Law) -> Iterator[str]:
    yield from _section("requests", "Requests")
    requests = list(next(iter(law.requests.values())))
    yield "How a well-formed request of a permitted caller is answered. A create is judged by the strategy of either"
    yield "kind that is there, everything else by that of the kind in the path."
    yield ""
    yield from table(
        ["situation", *map(code, requests)],
        ([code(name), *(row[each] for each in requests)] for name, row in law.requests.items()),
    )
    used = {word for row in law.requests.values() for word in row.values()}
    yield from table(["word", "meaning"], ([word, told] for word, told in _WORDS.items() if word in used))
    yield from table(
        ["answer", "status"],
        [
            ["accepted", ", ".join(f"{code(name)} {status}" for name, status in law.success.items())],
            ["refused", _numbers(law.refused)],
            ["missing", _numbers(law.missing)],
            ["says nothing about it: caller or moment were refused", _numbers(law.aside)],
        ],
    )


def _numbers(statuses: Iterable[int]) -> str:
    return ", ".join(map(str, sorted(statuses)))


def _effects(law: Law) -> Iterator[str]:
    yield from _section("effects", "Effects")
    yield "What the answer to an accepted request may show. A delete leaves nothing."
    yield ""
    rows = (
        [code(request), code(before), codes(_in_order(law.situations, after))]
        for request, effects in law.effects.items()
        for before, after in effects.items()
    )
    yield from table(["request", "in", "shows"], rows)


def _results(law: Law) -> Iterator[str]:
    yield from _section("results", "Results")
    yield "Which result may directly follow which. What is no longer in progress keeps its result."
    yield ""
    rows = (
        [part, code(before), codes(_in_order(following, after))]
        for part, following in law.results.items()
        for before, after in following.items()
    )
    yield from table(["of a", "result", "may turn into"], rows)
    yield f"Of several results the first of these wins: {codes(law.weight)}."
    yield ""


def _progress(law: Law) -> Iterator[str]:
    yield from _section("progress", "Progress")
    progress = law.progress
    parts = dict.fromkeys([*progress.fixed, *progress.rising])
    rows = ([part, codes(progress.rising.get(part, ())), codes(progress.fixed.get(part, ()))] for part in parts)
    yield from table(["of a", "never smaller while in progress", "never changes"], rows)
    yield f"Empty at first, and never changed once set: {codes(progress.dates)}."
    yield ""


def _plans(law: Law) -> Iterator[str]:
    yield from _section("plans", "Plans")
    rows = (
        [kind, code(stage.name), code(stage.work), code(stage.apply_type or "")]
        for kind, each in law.kinds.items()
        for stage in each.stages
    )
    builds = (f"{kind}: {code(each.build_stage)} with {codes(each.build_steps)}" for kind, each in law.kinds.items())
    yield f"The build phase has one stage. {'. '.join(builds)}."
    yield ""
    yield "The stages of the apply phase, in their order:"
    yield ""
    yield from table(["kind", "stage", "the step that does its work", "how its hosts are worked on"], rows)
    for phase, names in law.order.items():
        yield f"The steps of a stage of the {phase} phase are some of these, in this order: {codes(names)}."
        yield ""
    steps = (
        [code(name), ", ".join(_in_order(law.kinds, each.kinds)), each.entities, code(each.undone_by or "")]
        for name, each in law.steps.items()
    )
    yield from table(["step", "kinds", "works on", "undone in an abort by"], steps)
