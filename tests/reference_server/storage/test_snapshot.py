"""Everything at one moment, as a value and as a document."""

import json
import random

import pytest

from reference_server.clock import VirtualClock
from reference_server.storage.snapshot import SnapshotError, decode, encode


@pytest.mark.parametrize("seed", range(30))
def test_what_is_encoded_is_decoded(drive, lived, seed):
    """A snapshot of any moment of any life comes back from its document as it was."""
    snapshot = lived(drive(), seed, 20).snapshot()
    assert decode(encode(snapshot)) == snapshot
    assert encode(decode(encode(snapshot))) == encode(snapshot)


@pytest.mark.parametrize("seed", range(10))
def test_a_restored_driver_goes_on_to_the_same_end(drive, lived, seed):
    """After a restore everything goes on as it did from the moment of the snapshot, whatever was there before."""
    first = lived(drive(seed=seed), seed, 20)
    snapshot = first.snapshot()
    second = lived(drive(seed=99, clock=VirtualClock(5.0)), seed + 100, 7)
    second.restore(decode(encode(snapshot)))
    assert second.snapshot() == snapshot
    assert second.clock.now() == snapshot.moment
    assert lived(first, seed + 200, 30).snapshot() == lived(second, seed + 200, 30).snapshot()


def test_the_document_is_plain_json(drive, lived):
    """A document that was read and written again by any JSON library is still the snapshot."""
    snapshot = lived(drive(), 3, 20).snapshot()
    assert decode(json.dumps(json.loads(encode(snapshot)), indent=2).encode()) == snapshot


def test_a_snapshot_is_for_its_release(drive):
    """A server of another release does not take a snapshot, and stays as it is."""
    published = drive("published")
    before = published.snapshot()
    with pytest.raises(SnapshotError, match=r"release stx-3\.0; this server follows published"):
        published.restore(drive().snapshot())
    assert published.snapshot() == before


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"", "not a snapshot"),
        (b"[]", "not a snapshot"),
        (b"{}", "not a snapshot"),
        (b"\xff", "not a snapshot"),
        (b"[" * 10_000, "not a snapshot"),
        (b'{"format": 2, "digest": "", "parts": {}}', "format 2"),
        (b'{"format": 1, "digest": "", "parts": {}}', "head: there are 0"),
        (b'{"format": 1, "digest": "", "parts": {"tail": []}}', "no part 'tail'"),
    ],
)
def test_what_is_no_snapshot(data, text):
    """Anything else is refused with the reason."""
    with pytest.raises(SnapshotError, match=text):
        decode(data)


def scalars(value, path=()):
    """Paths to all numbers, texts and booleans of a JSON value."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    found = [scalar for key, item in items for scalar in scalars(item, (*path, key))]
    return found if isinstance(value, dict | list) else [path]


ELSEWHERE = (("infrastructure", 0, "fleet"), ("strategy", 0, "queried"))
"""What is written for itself, and empty where it would stand: nobody reads it there."""


def changed(document, rng):
    """The document with one of its scalars changed to something else of any type."""
    *path, last = rng.choice([path for path in scalars(document) if path[1:4] not in ELSEWHERE])
    place = document
    for key in path:
        place = place[key]
    old = place[last]
    place[last] = rng.choice([each for each in (0, 1, 7, 1e300, "", "x", None, True, [], {}) if each != old])
    return document


@pytest.mark.parametrize("seed", range(150))
def test_an_edited_snapshot_is_refused(drive, lived, seed):
    """One value that is another than when the snapshot was taken is noticed."""
    rng = random.Random(seed)  # noqa: S311 - reproducible on purpose
    document = json.loads(encode(lived(drive(), 5, 25).snapshot()))
    with pytest.raises(SnapshotError):
        decode(json.dumps(changed(document, rng)).encode())


def test_half_a_character_is_refused(drive, broken):
    """Text that is not Unicode, which JSON lets through, cannot be written; that is said."""
    with pytest.raises(SnapshotError, match="half of a character"):
        encode(drive(world=broken).snapshot())
