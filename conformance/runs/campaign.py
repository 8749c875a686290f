"""A whole run on a target: the look before it, the suite, and the proof that nothing was left behind."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from conformance.drivers.ownership import Ownership
from conformance.runs.account import Account
from conformance.runs.cleanup import depart
from conformance.runs.collector import Collector, Progress
from conformance.runs.early import Early, early
from conformance.runs.options import Options
from conformance.runs.outcome import Measured, unreached, with_departure
from conformance.runs.preflight import Occupied, check_target, deepest_level
from conformance.runs.run import run_suite
from conformance.runs.runfile import Past, RunFile
from conformance.targets import spent
from conformance.targets.transport import Unreachable

type Suite = Callable[[Options, Callable[[Progress], None], Collector], Measured]
"""Runs the suite: in a session of pytest of its own, as `run_suite` does, or in one that is there already."""


@dataclass(frozen=True, slots=True)
class Came:
    """What a run came to, all that it told of itself, and why it ended early, if it did."""

    measured: Measured
    account: Account
    early: Early | None = None


def run_campaign(  # noqa: PLR0913 - the parts of a run
    options: Options,
    watch: Callable[[Progress], None] = lambda _: None,
    file: RunFile | None = None,
    past: Past | None = None,
    *,
    deepest: bool = False,
    suite: Suite = run_suite,
) -> Came:
    """Judge a target, to the level of the options or as deep as it can be; what came out.

    With a run file strategies belong to the run that created them, and no others are touched; it is removed when the
    run came to its end and left nothing. `past` is the earlier part of the run, if it is resumed. Raises TargetError,
    Unsendable.
    """
    spent.begin()
    ownership = _ownership(file, past)
    came = _came(options, watch, file, past, ownership, deepest=deepest, suite=suite)
    if file is None or ownership is None:
        return came
    if ownership.asked or ownership.own or ownership.pending:
        remedy = f"to have it removed, run: vimgate cleanup --run-file {file.path}"
        departure = depart(options, ownership)
        came = replace(
            came,
            measured=with_departure(came.measured, departure, remedy),
            account=replace(came.account, departure=departure, remedy=remedy),
        )
    nothing_happened = past is None and not ownership.asked
    if nothing_happened or not came.measured.broken:
        file.remove()
    return came


def _came(  # noqa: PLR0913 - the parts of a run
    options: Options,
    watch: Callable[[Progress], None],
    file: RunFile | None,
    past: Past | None,
    ownership: Ownership | None,
    *,
    deepest: bool,
    suite: Suite,
) -> Came:
    collector = Collector(watch, ownership=ownership)
    if file is not None:
        collector.finish = file.test_done
    notes = past.notes if past is not None else ()
    try:
        fresh = check_target(options, ownership)
        options = replace(options, level=deepest_level(options)) if deepest else options
        if file is not None:
            for note in fresh:
                file.note({"event": "note", "text": note})
        notes = tuple(dict.fromkeys((*notes, *fresh)))
        if past is not None:
            collector.recall(past.tests)
            options = replace(options, finished=tuple(past.tests))
        measured = suite(options, watch, collector)
    except (Unreachable, Occupied) as error:
        collector, measured = Collector(watch, cause=error), unreached(options, str(error))
    except KeyboardInterrupt as error:
        collector = Collector(watch, cause=error)
        measured = unreached(options, "the run was interrupted before it began")
    account = Account.of(options, collector, measured.broken, notes)
    return Came(replace(measured, notes=(*notes, *measured.notes)), account, _early(collector, measured))


def _early(collector: Collector, measured: Measured) -> Early | None:
    if not measured.broken:
        return None
    if collector.interrupted:
        return Early.STOPPED
    return early(collector.cause) if collector.cause is not None else Early.HINDERED


def _ownership(file: RunFile | None, past: Past | None) -> Ownership | None:
    if file is None:
        return None
    ownership = Ownership(note=file.note)
    if past is not None:
        for uuid, kind in past.own.items():
            ownership.adopt(kind, uuid)
        ownership.pending |= past.pending
    return ownership
