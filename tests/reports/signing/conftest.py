"""A signed report: the sample of the room above with an evidence file, and everything that is needed to check it."""

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import pytest

from reports import lines
from reports.signing import envelope, keys
from reports.signing.check import check
from reports.signing.statement import statement

NOW = datetime(2026, 12, 1, 12, 0, tzinfo=UTC)
UNTIL = NOW + timedelta(days=90)
EVIDENCE = b"what was said on the wire"


def sha256(data):
    """In hex."""
    return hashlib.sha256(data).hexdigest()


class Case(NamedTuple):
    """What a verifier has before them: envelope, key, report, and the digest of the evidence."""

    envelope: bytes
    key: keys.SSlibKey
    report: bytes
    evidence: str | None = sha256(EVIDENCE)

    def check(self, after=timedelta(0)):
        """What was signed, so long after it was. Raises SignatureError."""
        return check(*self, NOW + after)


@pytest.fixture(scope="session")
def pair():
    """The key of the signer."""
    return keys.make()


@pytest.fixture(scope="session")
def signer(pair):
    """Signs with it."""
    return keys.read_private(pair.private.encode())


@pytest.fixture(scope="session")
def stranger():
    """Signs with another key."""
    return keys.read_private(keys.make().private.encode())


@pytest.fixture
def witnessed(sample):
    """The sample with the evidence of these tests."""
    return replace(sample, evidence=replace(sample.evidence, digest=sha256(EVIDENCE)))


@pytest.fixture
def sign(signer, pair):
    """Signs what a report comes to, or what `change` makes of that, with that signer: a case."""

    def made(report, *, by=signer, change=lambda said: said):
        data = lines.encode(report).encode()
        said = change(statement(report, sha256(data), NOW, UNTIL))
        return Case(envelope.sign(said, by).encode(), keys.read_public(pair.public.encode()), data)

    return made


@pytest.fixture
def signed(sign, witnessed):
    """A case in which everything is as it should be."""
    return sign(witnessed)
