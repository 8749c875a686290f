"""Recordings, read: what every VIM in them has shown, and what could not be read."""

from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from proxy.audit import is_of_vim
from proxy.comparing.gathered import Gathered
from proxy.order import is_change
from proxy.recordings.reading import items
from proxy.recordings.recorded import Damage, Recorded
from proxy.recordings.sequence import Sequence
from proxy.recordings.source import Source
from spec.contract import Contract

_MOST_SITES: Final = 64
_MOST_SESSIONS: Final = 256
_MOST_PROBLEMS: Final = 20


@dataclass(slots=True)
class _Site:
    """One deployment of a recording; not `known`: nothing has shown yet that it is a VIM."""

    gathered: Gathered
    known: bool
    sequences: OrderedDict[str, Sequence] = field(default_factory=OrderedDict)


def read(
    files: Iterable[Path], contracts: tuple[Contract, ...], fresh: Callable[[], Gathered]
) -> tuple[Gathered, list[str]]:
    """What the recordings have shown, and what could not be read of them; `fresh` makes an empty side."""
    whole, problems = fresh(), []
    for file in files:
        reader = _Reader(contracts, fresh)
        try:
            with Source(file) as source:
                for item in items(source, source.kind()):
                    if isinstance(item, Damage):
                        problems.append(f"{file}: {item}")
                        reader.forget()
                    elif isinstance(item, Recorded):
                        reader.take(item)
        except OSError as error:
            problems.append(f"{file}: cannot be read: {error.strerror or error}")
        for gathered in reader.finish():
            whole.merge(gathered)
    if len(problems) > _MOST_PROBLEMS:
        problems[_MOST_PROBLEMS:] = [f"and {len(problems) - _MOST_PROBLEMS} more places that cannot be read"]
    return whole, problems


class _Reader:
    """Takes in the items of one recording."""

    def __init__(self, contracts: tuple[Contract, ...], fresh: Callable[[], Gathered]) -> None:
        self._contracts, self._fresh = contracts, fresh
        self._sites: OrderedDict[str, _Site] = OrderedDict()
        self._over: list[Gathered] = []

    def take(self, recorded: Recorded) -> None:
        """Take in the next exchange."""
        site = self._sites.get(recorded.site)
        if site is None:
            if len(self._sites) >= _MOST_SITES:
                self._close()
            site = self._sites[recorded.site] = _Site(self._fresh(), known=not recorded.site)
        self._sites.move_to_end(recorded.site)
        site.known = site.known or any(is_of_vim(recorded.exchange, each) for each in self._contracts)
        sequence = site.sequences.setdefault(recorded.session, Sequence())
        _see_all(site, recorded.session, sequence.take(recorded))
        if len(site.sequences) > _MOST_SESSIONS:
            session, oldest = site.sequences.popitem(last=False)
            _see_all(site, session, oldest.rest())

    def forget(self) -> None:
        """Something could not be read: a change may have stood there."""
        for site in self._sites.values():
            _see_rest(site)
            site.gathered.forget()

    def finish(self) -> Iterator[Gathered]:
        """There is nothing more: what the VIMs of the recording have shown."""
        while self._sites:
            self._close()
        return iter(self._over)

    def _close(self) -> None:
        _, site = self._sites.popitem(last=False)
        _see_rest(site)
        if site.known:
            self._over.append(site.gathered)


def _see_rest(site: _Site) -> None:
    for session, sequence in site.sequences.items():
        _see_all(site, session, sequence.rest())
    site.sequences.clear()


def _see_all(site: _Site, session: str, turns: Iterator[tuple[Recorded, bool]]) -> None:
    for recorded, in_order in turns:
        if recorded.unasked:
            if is_change(recorded.exchange.method, recorded.exchange.query):
                site.gathered.forget()
        elif not recorded.blocked:
            site.gathered.take(recorded.exchange, session, in_order=in_order, alone=recorded.alone)
