"""Whoever has no key can change nothing unseen, however well digests are repaired: 300 drawn tamperings, all seen."""

import base64
import hashlib
import json
import random
from dataclasses import replace

import pytest

from reports import lines
from reports.lines import ReportError
from reports.model import Level, Verdict
from reports.signing.envelope import SignatureError, sign

TIMES = 300


def unpacked(case):
    """Envelope and statement of a case, to be changed."""
    envelope = json.loads(case.envelope)
    return envelope, json.loads(base64.b64decode(envelope["payload"]))


def packed(case, envelope, said=None):
    """The case with that envelope, around that statement."""
    if said is not None:
        envelope |= {"payload": base64.b64encode(json.dumps(said, separators=(",", ":")).encode()).decode()}
    return case._replace(envelope=json.dumps(envelope).encode())


def leaves(value, path=()):
    """The paths of all values that contain no other."""
    if isinstance(value, dict | list):
        inner = value.items() if isinstance(value, dict) else enumerate(value)
        return [leaf for name, member in inner for leaf in leaves(member, (*path, name))]
    return [path]


def changed(value, source):
    """Another value of the same type."""
    if isinstance(value, str):
        at = source.randrange(len(value) + 1)
        return value[:at] + source.choice("0aZ-") + value[at:]
    return source.choice(list(Level)) if value is None else value + source.choice((-1, 1))


def better(report, source):
    """The report with something in it told otherwise."""
    at = source.randrange(len(report.results))
    results = list(report.results)
    other = source.choice([verdict for verdict in Verdict if verdict is not results[at].verdict])
    choices = (
        lambda: replace(report, results=(*results[:at], replace(results[at], verdict=other), *results[at + 1 :])),
        lambda: replace(report, results=(*results[:at], *results[at + 1 :])),
        lambda: replace(report, results=tuple(reversed(results))),
        lambda: replace(report, run=replace(report.run, seed=source.randrange(100, 10_000))),
        lambda: replace(report, run=replace(report.run, target=f"http://192.0.2.{source.randrange(20, 200)}")),
        lambda: replace(report, run=replace(report.run, contract_digest=source.randbytes(32).hex())),
        lambda: replace(report, notes=()),
        lambda: replace(report, evidence=replace(report.evidence, digest=source.randbytes(32).hex())),
    )
    return source.choice(choices)()


class Tampering:
    """Ways to change a case; each draws what it changes."""

    def __init__(self, case, report, older, stranger, source):
        self.case, self.report, self.older, self.stranger, self.source = case, report, older, stranger, source

    def a_value_of_the_statement(self):
        """Some leaf of the statement is another value."""
        envelope, said = unpacked(self.case)
        *path, last = self.source.choice(leaves(said))
        place = said
        for step in path:
            place = place[step]
        place[last] = changed(place[last], self.source)
        return packed(self.case, envelope, said)

    def the_report(self):
        """Another report, whole in itself."""
        return self.case._replace(report=lines.encode(better(self.report, self.source)).encode())

    def both(self):
        """Another report, and its digest in the statement."""
        case = self.the_report()
        envelope, said = unpacked(case)
        said["subject"][0]["digest"]["sha256"] = hashlib.sha256(case.report).hexdigest()
        return packed(case, envelope, said)

    def both_and_signed_by_a_stranger(self):
        """The same, signed by another key, sometimes in the name of the true one."""
        case = self.both()
        forged = json.loads(sign(unpacked(case)[1], self.stranger))
        if self.source.random() < 0.5:
            forged["signatures"][0]["keyid"] = case.key.keyid
        return packed(case, forged)

    def the_signature(self):
        """One bit of the signature."""
        envelope, _ = unpacked(self.case)
        raw = bytearray(base64.b64decode(envelope["signatures"][0]["sig"]))
        raw[self.source.randrange(len(raw))] ^= 1 << self.source.randrange(8)
        envelope["signatures"][0]["sig"] = base64.b64encode(raw).decode()
        return packed(self.case, envelope)

    def an_older_signature(self):
        """What the same key signed on another occasion: the whole of it, its signature, or its statement alone."""
        envelope, _ = unpacked(self.case)
        other, _ = unpacked(self.older)
        taken = self.source.choice((("payload",), ("signatures",), ("payload", "signatures")))
        return packed(self.case, envelope | {name: other[name] for name in taken})

    def the_evidence(self):
        """Another file of exchanges, or none."""
        return self.case._replace(evidence=self.source.choice((None, self.source.randbytes(32).hex())))

    def a_byte_of_the_report(self):
        """One byte of the report's file."""
        data = bytearray(self.case.report)
        data[self.source.randrange(len(data))] ^= 1 << self.source.randrange(8)
        return self.case._replace(report=bytes(data))


WAYS = [name for name in vars(Tampering) if not name.startswith("_")]


def seen(case):
    """What the check complains of; nothing when it believes the case."""
    try:
        case.check()
    except (SignatureError, ReportError) as error:
        return str(error)
    return ""


@pytest.fixture
def tampering(sign, signed, witnessed, stranger):
    """The signed report in the hands of somebody who has another report of the same signer, and another key."""
    older = sign(replace(witnessed, run=replace(witnessed.run, seed=7)))
    return Tampering(signed, witnessed, older, stranger, random.Random(20261201))  # noqa: S311 - the same ones each time


def test_no_tampering_goes_unseen(tampering):
    """Something was changed, by somebody without the key, and the signature still holds."""
    cases = [(way, getattr(tampering, way)()) for way in WAYS for _ in range(-(-TIMES // len(WAYS)))]
    assert len(cases) >= TIMES
    assert [way for way, case in cases if case == tampering.case] == []
    assert [way for way, case in cases if not seen(case)] == []


def test_another_byte_of_the_envelope_is_seen_or_says_the_same(signed):
    """One byte of the envelope is another, and what is believed then is not what was signed."""
    source, truth = random.Random(5), signed.check()  # noqa: S311 - the same ones each time
    cases = []
    for _ in range(TIMES):
        data = bytearray(signed.envelope)
        data[source.randrange(len(data))] = source.randrange(256)
        cases.append(signed._replace(envelope=bytes(data)))
    assert [case for case in cases if not seen(case) and case.check() != truth] == []
