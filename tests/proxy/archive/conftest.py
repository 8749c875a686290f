"""Archives in folders of their own, and traffic to keep."""

import json
from dataclasses import replace

import pytest

from conformance.exchange import Exchange
from proxy.archive import Archive
from proxy.traffic import Action, Direction, Noticed, Passage
from reports.model import Finding, Verdict

BODY = json.dumps({"strategy": {"name": "sw-patch", "stages": ["stage"] * 40}}).encode()


class Keeper:
    """An archive, and what it said; each exchange is one second after the one before."""

    def __init__(self, folder, **options):
        self.folder = folder
        self.said = []
        self.number = 0
        self.archive = Archive(folder, say=self.said.append, clock=lambda: 1_800_000_000.0, **options)

    def keep(self, *requirements, action=Action.PASS, message="wrong", **values):
        """Keep one exchange that breaks these requirements."""
        self.number += 1
        at = 1_800_000_000.0 + self.number
        exchange = replace(
            Exchange(
                "GET", "/api/orchestration/sw-patch/strategy", 200, response_body=BODY, at=at,
                request_headers=(("Host", "192.0.2.1:4545"), ("X-Auth-Token", "f3a9c1d2e4b5")),
                response_headers=(("Content-Type", "application/json"), ("Content-Length", str(len(BODY)))),
            ),
            **values,
        )  # fmt: skip
        noticed = [Noticed(Direction.RESPONSE, Finding(each, Verdict.FAIL, message)) for each in requirements]
        passage = Passage(self.number, exchange, at - 0.25, client="192.0.2.7", lost=not exchange.status)
        return self.archive.keep(passage, noticed, action)

    def lines(self, name, kind=None):
        """The lines of a file, or those of a kind."""
        found = [json.loads(line) for line in (self.folder / name).read_text().splitlines()]
        return [line for line in found if kind in (None, line["line"])]


@pytest.fixture
def keeper(tmp_path):
    """Makes keepers; what they hold open is closed at the end."""
    made = []

    def make(folder=None, **options):
        made.append(Keeper(folder or tmp_path / "out", **options))
        return made[-1]

    yield make
    for each in made:
        each.archive.close()
