"""The matrix on a terminal: mutant by mutant, then the rates, and what the clean server came to."""

from collections.abc import Iterator
from typing import Final

import click
from rich.table import Table

from conformance.runs.killing import Matrix, Rate, Row, Trial
from vimgate.tables import empty_table, print_table

_MISSED: Final = "missed"


def show(matrix: Matrix, *, with_peer: bool) -> None:
    """Print everything that there is."""
    print_table(_rows(matrix, with_peer=with_peer))
    click.echo()
    print_table(_rates(matrix, with_peer=with_peer))
    click.echo()
    for line in _lines(matrix, with_peer=with_peer):
        click.echo(line)


def _rows(matrix: Matrix, *, with_peer: bool) -> Table:
    table = empty_table("mutant", "area", "ours", "seconds", *(("peer", "seconds") if with_peer else ()))
    for row in matrix.rows:
        peer = (_of_peer(row.peer), _seconds(row.peer)) if with_peer else ()
        table.add_row(row.subject.name, row.subject.area, _of_ours(row), _seconds(row.ours), *peer)
    return table


def _rates(matrix: Matrix, *, with_peer: bool) -> Table:
    table = empty_table("killed", "of", "ours", "", *(("peer", "") if with_peer else ()))
    for name, rate in matrix.rates.items():
        words = {"all": "all", "MUST": "those that break a MUST"}.get(name, f"area {name}")
        table.add_row(
            words, str(rate.of), str(rate.ours), f"{rate.share:.1%}", *(_peer_rate(rate) if with_peer else ())
        )
    return table


def _peer_rate(rate: Rate) -> tuple[str, str]:
    return ("-", "-") if rate.peer is None else (str(rate.peer), f"{rate.peer / rate.of:.1%}")


def _of_ours(row: Row) -> str:
    """What killed it, and whether that was promised."""
    if not row.ours.killed:
        equivalent = f"equivalent: {row.subject.equivalent}" if row.subject.equivalent else _MISSED
        return f"{equivalent} ({row.ours.why})" if row.ours.why else equivalent
    promised = [each for each in row.ours.by if each in row.subject.breaks]
    first, count = (promised or row.ours.by)[0], len(row.ours.by) - 1
    others = f" and {count} more" if count else ""
    unlike = "" if promised or not row.subject.breaks else f", not {' or '.join(row.subject.breaks)}"
    return f"{first}{others}{' as promised' if promised else ''}{unlike}"


def _of_peer(trial: Trial | None) -> str:
    if trial is None:
        return "-"
    if not trial.killed:
        return f"{_MISSED} ({trial.why})" if trial.why else _MISSED
    return ", ".join(dict.fromkeys(each.partition(" at ")[0] for each in trial.by))


def _seconds(trial: Trial | None) -> str:
    return "-" if trial is None else f"{trial.seconds:.1f}"


def _lines(matrix: Matrix, *, with_peer: bool) -> Iterator[str]:
    accused = [each for each in matrix.clean if each.alarms]
    if matrix.clean:
        yield f"clean server: {len(matrix.clean)} seeds, {len(accused)} of them with an alarm"
    yield f"ours: {_cost([row.ours for row in matrix.rows])}"
    if with_peer:
        yield f"peer: {_cost([row.peer for row in matrix.rows if row.peer is not None])}"
        yield f"peer on the clean server: {len(matrix.peer_alarms)} false alarms, which kill nobody"
        yield from (f"  {alarm}" for alarm in matrix.peer_alarms)
    equivalent = [row.subject for row in matrix.rows if row.subject.equivalent]
    yield from (f"not counted, because equivalent: {each.name}: {each.equivalent}" for each in equivalent)


def _cost(trials: list[Trial]) -> str:
    requests, seconds = sum(each.requests for each in trials), sum(each.seconds for each in trials)
    return f"{len(trials)} trials, {requests} requests, {seconds:.0f} s"
