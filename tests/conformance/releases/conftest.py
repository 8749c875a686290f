"""Judges of a release, and the recordings of real deployments."""

import gzip
import json
import os
from pathlib import Path

import pytest

from conformance.drivers.conversation import Conversation
from conformance.exchange import Exchange
from conformance.judge import Judge
from conformance.targets.target import Target
from conformance.targets.transport import WsgiTransport
from reference_server import create_app
from spec.load import load_contract, load_law, load_ledger


@pytest.fixture(scope="session")
def corpus():
    """The folder of recorded facts."""
    folder = os.environ.get("VIMGATE_CORPUS")
    if folder is None:
        pytest.skip("VIMGATE_CORPUS names no folder with recordings")
    return Path(folder)


@pytest.fixture(scope="session")
def judge_of():
    """Makes a judge of a release."""

    def make(release):
        return Judge(load_contract(release), load_ledger(release), load_law(release))

    return make


@pytest.fixture(scope="session")
def lines_of():
    """Reads a file of JSON lines, compressed or not."""

    def read(path):
        with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as lines:
            return [json.loads(line) for line in lines]

    return read


@pytest.fixture(scope="session")
def exchange_of():
    """Makes an exchange of a recorded line; `body` stands for one of which only the length was recorded."""

    def make(line, body=None):
        request, response = line["request"], line["response"]
        path, _, query = request["path"].partition("?")
        return Exchange(
            method=request["method"],
            path=path,
            query=query,
            request_headers=tuple(request["headers"].items()),
            request_body=(request["body"] or "").encode() if body is None else body,
            status=response["status"],
            response_headers=tuple(map(tuple, response["headers"])),
            response_body=(response["body"] or "").encode(),
            at=line["at"] or 0.0,
        )

    return make


class _Recorder(Judge):
    """A judge that keeps every exchange, and beside each finding the exchange that it is about."""

    def __init__(self, *norm):
        super().__init__(*norm)
        self.exchanges, self.found = [], []

    def judge(self, exchange, history="main", **how):
        """Judge, and keep it."""
        findings = super().judge(exchange, history, **how)
        self.exchanges.append(exchange)
        self.found += [(exchange, finding) for finding in findings]
        return findings


class _Talk(Conversation):
    """A conversation with the reference server under a release, judged by some release."""

    def __init__(self, release, server="stx-3.0"):
        target = Target(WsgiTransport(create_app(release=server)), "wsgi:test:stx", in_process=True)
        target.look_for_control(None)
        contract = load_contract(release)
        recorder = _Recorder(contract, load_ledger(release), load_law(release))
        super().__init__(target, recorder, contract, "stand-in", changes=True)

    @property
    def found(self):
        """Every finding with its exchange."""
        return self.judge.found

    def create(self, kind="sw-patch"):
        """Create a strategy as briefly as the release allows."""
        body = self.example(self.operation("create", kind))
        return self.send_json("create", kind, {name: body[name] for name in body if name != "swift-apply-type"})

    def until(self, kind="sw-patch", **members):
        """Poll until the strategy has these members."""
        wanted = {name.replace("_", "-"): member for name, member in members.items()}
        assert self.wait(kind, lambda seen: wanted.items() <= seen.items()) is not None

    def until_paused(self, kind="sw-patch"):
        """Poll until a single stage has been applied."""
        assert self.wait(
            kind, lambda seen: seen["apply-phase"]["current-stage"] == seen["apply-phase"]["stop-at-stage"]
        )


@pytest.fixture(scope="session")
def talk_of():
    """Makes a conversation with a new reference server, under stx-3.0 or another, judged by a release."""
    return _Talk
