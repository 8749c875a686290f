"""Evidence is read with distrust: whatever a file says of itself, it is refused with its member and a reason."""

import json
import os
import struct
import zipfile
from pathlib import Path

import msgspec
import pytest

from conformance.evidence import form, reading
from conformance.evidence.form import Event, Line
from conformance.evidence.reading import DamagedEvidence, MissingEvidence, open_evidence


def members_of(path):
    """The members of a zip file."""
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(path, members):
    """Put a zip file of these members there."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)


def repaired(members):
    """The members with a manifest that has their digests."""
    digests = {name: form.digest_of(each) for name, each in members.items() if name != form.MANIFEST}
    manifest = msgspec.structs.replace(form.WHOLE.decode(members[form.MANIFEST]), members=digests)
    return members | {form.MANIFEST: form.manifest_text(manifest)}


def told(path, members):
    """What is wrong with a file of these members."""
    packed(path, members.items() if isinstance(members, dict) else members)
    with pytest.raises(DamagedEvidence) as raised:
        open_evidence(path)
    assert str(path) in str(raised.value)
    return str(raised.value)


@pytest.fixture
def members(small):
    """The members of the small run."""
    return members_of(small / "evidence.zip")


@pytest.fixture
def place(tmp_path):
    """Where a file is put."""
    return tmp_path / "evidence.zip"


@pytest.mark.parametrize("name", ["../../etc/passwd", "/abs", "events/1.jsonl", "events/00000.jsonl/..", "x", "a\\b"])
def test_a_member_of_another_name_is_refused(name, members, place):
    """No member has a name but those of evidence, so none can be a path."""
    assert "has the member" in told(place, {**members, name: b""})


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_member_that_is_there_twice_is_refused(members, place):
    """Of two members of one name nobody knows which one counts."""
    assert "members that are none of it" in told(place, [*members.items(), (form.TESTS, b"")])


@pytest.mark.parametrize("name", [form.MANIFEST, form.BODIES, form.EXCHANGES, form.TESTS, "events/00001.jsonl"])
def test_a_member_that_is_gone_is_missed(name, members, place):
    """Each member that the manifest names must be there, and the manifest too."""
    assert told(place, {each: content for each, content in members.items() if each != name})


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        (form.BODIES, b'{"text":"a"}', "a line that is too long, or has no end"),
        (form.BODIES, b'{"text":"a","base64":"YQ=="}\n', "either `text` or `base64`"),
        (form.BODIES, b'{"text":"a"}\n{"text":"a"}\n', "twice"),
        (form.BODIES, b'{"text":"a","more":1}\n', "unknown field `more`"),
        (form.EXCHANGES, b"{}\n", "missing required field"),
        (form.EXCHANGES, b"\xff\n", ""),
        (form.TESTS, b'{"id":"a","events":"../x","handed":{}}\n', "events"),
        (form.TESTS, b"", "each member of events once"),
    ],
)
def test_a_line_of_another_form_is_refused_with_its_member(name, content, said, members, place):
    """Though every digest fits, a line must be what the member is made of."""
    text = told(place, repaired(members | {name: content}))
    assert f", {name}: " in text
    assert said in text


def test_an_exchange_that_is_spelled_otherwise_is_refused(members, place):
    """There is one spelling of an exchange, so that it has one name."""
    wide = members[form.EXCHANGES].replace(b'"method":', b'"method": ', 1)
    assert "not spelled as it is written" in told(place, repaired(members | {form.EXCHANGES: wide}))


@pytest.mark.parametrize(("key", "value"), [("format", "zip"), ("version", 2), ("version", None), ("version", "1")])
def test_another_format_is_refused(key, value, members, place):
    """Another version is told as one that this vimgate does not read."""
    manifest = json.loads(members[form.MANIFEST]) | {key: value}
    assert "vimgate-evidence version 1" in told(place, members | {form.MANIFEST: json.dumps(manifest).encode()})


def test_a_bomb_is_not_unfolded(members, place, monkeypatch):
    """A file whose members would unfold to more than evidence may is refused before anything is read."""
    monkeypatch.setattr(reading, "MOST_BYTES", 10_000)
    assert "unfolds to more than" in told(place, members)


def test_a_member_that_says_less_than_it_holds_is_refused(members, place):
    """What unfolds to more than its header says is cut off there, and then is not what its digest says."""
    packed(place, members.items())
    data = bytearray(place.read_bytes())
    entry = data.index(b"bodies.jsonl", data.index(b"PK\x01\x02")) - 46
    struct.pack_into("<I", data, entry + 24, 10)
    place.write_bytes(data)
    with pytest.raises(DamagedEvidence, match=r"bodies\.jsonl"):
        open_evidence(place)


@pytest.mark.parametrize("content", [b"", b"PK", b"PK\x05\x06" + b"\0" * 18, b"{}" * 1000])
def test_what_is_no_evidence_is_told_as_that(content, place):
    """An empty file, a zip without members and any other file are refused in words."""
    place.write_bytes(content)
    with pytest.raises(DamagedEvidence):
        open_evidence(place)


def test_a_file_that_is_not_there_is_told_as_missing(place):
    """Nothing there is another thing than something wrong."""
    with pytest.raises(MissingEvidence, match="there is no such file"):
        open_evidence(place)


def test_the_schema_says_what_the_lines_are():
    """`evidence.schema.json` is made of the form; VIMGATE_UPDATE_GOLDEN=1 writes it anew."""
    path = Path(form.__file__).with_name("evidence.schema.json")
    if os.environ.get("VIMGATE_UPDATE_GOLDEN"):
        path.write_text(json.dumps(form.schema(), indent=2) + "\n", encoding="utf-8")
    assert json.loads(path.read_text(encoding="utf-8")) == json.loads(json.dumps(form.schema()))


def test_every_kind_of_event_is_read():
    """Each event that is written can be read: none was left out of the union."""
    kinds = {each for each in Event.__subclasses__() if issubclass(each, Line)}
    assert {each.__name__ for each in form.AnyEvent.__value__.__args__} == {each.__name__ for each in kinds}
