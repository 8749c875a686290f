"""A report file is whole, its owner's alone, and believed only when nothing of it is missing or changed."""

import hashlib
import json
import stat
from dataclasses import replace

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reports import lines, stream
from reports.model import (
    Evidence,
    Finding,
    GraphEdge,
    Level,
    Report,
    Result,
    Run,
    SeenStrategy,
    Shard,
    Standing,
    Strength,
    Verdict,
)

LINES = 13  # of the sample: header, six results, a strategy, the state graph, the evidence, two notes, footer

SAFE_TEXT = st.text('abc {}"\\\n\r\0\u2028\U0001f600é', max_size=12)
FINDINGS = st.builds(Finding, st.just("VIM-X-001"), st.sampled_from(Verdict), SAFE_TEXT, SAFE_TEXT, SAFE_TEXT)
RESULTS = st.lists(
    st.builds(
        Result,
        requirement=st.text("VIM-01234", min_size=1, max_size=9),
        verdict=st.sampled_from(Verdict),
        strength=st.sampled_from(Strength),
        level=st.sampled_from(Level),
        text=SAFE_TEXT,
        checked=st.integers(0, 10**6),
        findings=st.lists(FINDINGS, max_size=2).map(tuple),
        more=st.integers(0, 9),
    ),
    max_size=4,
    unique_by=lambda result: result.requirement,
).map(tuple)
REPORTS = st.builds(
    Report,
    run=st.builds(
        Run,
        target=SAFE_TEXT,
        release=st.just("published"),
        seed=st.integers(-(2**70), 2**70),
        changes=st.sampled_from(["allowed", "read-only", "refused"]),
        started=st.just("2026-11-23T18:04:05Z"),
        versions=st.dictionaries(SAFE_TEXT, SAFE_TEXT, max_size=2).map(lambda versions: tuple(versions.items())),
        duration_seconds=st.floats(0, 1e6),
    ),
    results=RESULTS,
    notes=st.lists(SAFE_TEXT, max_size=2).map(tuple),
    strategies=st.lists(
        st.builds(
            SeenStrategy,
            st.sampled_from(["sw-patch", "sw-upgrade"]),
            st.dictionaries(SAFE_TEXT, SAFE_TEXT | st.integers() | st.lists(SAFE_TEXT, max_size=2), max_size=3),
            SAFE_TEXT,
        ),
        max_size=2,
    ).map(tuple),
    reached=st.none() | st.sampled_from(Level),
)


@pytest.fixture
def data(sample):
    """The bytes of the sample report."""
    return lines.encode(sample).encode()


def split(data):
    """The lines with their ends."""
    return data.splitlines(keepends=True)


@given(report=REPORTS)
def test_what_is_written_is_what_is_read(report):
    """A report survives its lines unchanged, whatever its texts are."""
    assert lines.decode(lines.encode(report).encode(), "r") == report


def test_half_a_character_from_the_target_is_spelled_out(sample):
    """A lone surrogate, which JSON can carry and no file can, neither stops the run nor spoils the report."""
    report = lines.decode(lines.encode(replace(sample, notes=("\ud800 it said",))).encode(), "r")
    assert report.notes == ("\\ud800 it said",)


def test_the_file_is_the_golden_one(sample, golden, tmp_path):
    """The public format does not change by accident."""
    stream.write(sample, tmp_path / "report.jsonl")
    golden("report.jsonl", (tmp_path / "report.jsonl").read_text(encoding="utf-8"))


def test_a_report_is_read_from_its_folder_and_from_its_file(sample, tmp_path):
    """Both names of a report lead to it."""
    stream.write(sample, tmp_path / "run" / "report.jsonl")
    assert stream.read(tmp_path / "run") == stream.read(tmp_path / "run" / "report.jsonl") == sample


def test_only_the_owner_may_read_a_report_and_nothing_else_is_left(sample, tmp_path):
    """Mode 600, also over an older file that was open to all, and no temporary file stays."""
    path = tmp_path / "report.jsonl"
    path.touch(mode=0o666)
    stream.write(sample, path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_a_write_that_fails_changes_nothing(sample, tmp_path, monkeypatch):
    """When the disk refuses, the older report stays and no half of a new one is left."""
    path = tmp_path / "report.jsonl"
    stream.write(sample, path)
    before = path.read_bytes()
    monkeypatch.setattr(stream.os, "fsync", refuse)
    with pytest.raises(OSError, match="disk full"):
        stream.write(replace(sample, notes=()), path)
    assert (path.read_bytes(), list(tmp_path.iterdir())) == (before, [path])


def refuse(_handle):
    """A disk that is full."""
    raise OSError(28, "disk full")


def test_secrets_do_not_reach_the_file(sample, tmp_path):
    """Whatever the caller forgot to redact is redacted on the way to the disk."""
    stream.write(replace(sample, notes=("X-Auth-Token: hunter2222",)), tmp_path / "report.jsonl")
    assert "hunter2222" not in (tmp_path / "report.jsonl").read_text(encoding="utf-8")


def test_secrets_in_a_strategy_do_not_reach_the_file(sample, tmp_path):
    """A token in a text, under a name, or as a name in a strategy document is written down."""
    document = {"reason": ["X-Auth-Token: hunter2222"], "auth_token": {"is": "hunter3333"}, "token=hunter4444": 1}
    stream.write(replace(sample, strategies=(SeenStrategy("sw-patch", document),)), tmp_path / "report.jsonl")
    written = (tmp_path / "report.jsonl").read_text(encoding="utf-8")
    assert [secret in written for secret in ("hunter2222", "hunter3333", "hunter4444")] == [False] * 3
    assert stream.read(tmp_path).strategies[0].document["reason"] == ["X-Auth-Token: REDACTED"]


def test_a_missing_report_says_so(tmp_path):
    """The error names the place."""
    with pytest.raises(stream.MissingReport, match="nowhere: cannot be read: No such file"):
        stream.read(tmp_path / "nowhere")


# --- cut off ---------------------------------------------------------------------------------------------------------


def test_every_beginning_of_a_report_is_cut_off(data):
    """At whatever byte a run was interrupted, the report is truncated, and nothing else."""
    assert {error_of(data[:length]) for length in range(len(data))} == {stream.TruncatedReport}


@pytest.mark.parametrize("kept", range(1, LINES))
def test_a_missing_footer_names_the_last_line(data, kept):
    """The error says after which line the report ends and how much was measured."""
    with pytest.raises(
        stream.TruncatedReport, match=rf"^r: ends after line {kept} without its footer, with {min(kept - 1, 6)} res"
    ):
        lines.decode(b"".join(split(data)[:kept]), "r")


# --- damaged ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", range(LINES - 1))
def test_a_dropped_line_is_detected(data, number):
    """No line can be taken out of a report; the footer's own absence is told above."""
    assert error_of(b"".join(split(data)[:number] + split(data)[number + 1 :])) is stream.DamagedReport


@pytest.mark.parametrize("number", range(LINES))
def test_a_doubled_line_is_detected(data, number):
    """No line can be put in twice."""
    assert error_of(b"".join(split(data)[: number + 1] + split(data)[number:])) is stream.DamagedReport


def test_a_requirement_stands_in_a_report_once(sample):
    """A report written with two results for one requirement is not believed, although its digest fits."""
    doubled = replace(sample, results=sample.results[:1] * 2)
    with pytest.raises(stream.DamagedReport, match=r"^r:3: VIM-ROOT-001 stands already in line 2$"):
        lines.decode(lines.encode(doubled).encode(), "r")


def test_text_behind_the_footer_is_detected(data):
    """Nothing can be added to a report, not even half a line."""
    with pytest.raises(stream.DamagedReport, match=rf"^r:{LINES + 1}: text behind the footer"):
        lines.decode(data + b"{", "r")


@pytest.mark.parametrize("number", range(LINES - 1))
def test_two_swapped_lines_are_detected(data, number):
    """No two lines can change places."""
    parts = split(data)
    parts[number : number + 2] = parts[number + 1], parts[number]
    assert error_of(b"".join(parts)) is not None


@pytest.mark.parametrize("number", range(LINES))
@settings(max_examples=60)
@given(position=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
def test_a_flipped_bit_is_detected_in_every_line(number, position, bit):
    """Any bit of any line, the footer and the line's end included."""
    parts = split(lines.encode(BIT_SAMPLE).encode())
    damaged = bytearray(parts[number])
    damaged[int(position * len(damaged))] ^= 1 << bit
    parts[number] = bytes(damaged)
    assert error_of(b"".join(parts)) is not None


EVIDENCE = json.dumps({
    "kind": "evidence", "file": "e.zip", "digest": "0" * 64, "exchanges": 1, "distinct": 1, "bytes": 1,
}).encode() + b"\n"  # fmt: skip

BIT_SAMPLE = Report(
    run=Run("http://192.0.2.1", "published", 1, "allowed", "2026-11-23T18:04:05Z", shard=Shard(2, 3)),
    results=tuple(Result(f"VIM-X-{number:03}", Verdict(number)) for number in range(6)),
    strategies=(SeenStrategy("sw-patch", {"uuid": "1"}, "fuzz"),),
    coverage=(GraphEdge("sw-patch", "absent", "create accepted", "building", "one", Standing.SEEN, 1),),
    notes=("one", "two"),
    reached=Level.WIRE,
    evidence=Evidence("e.zip", "0" * 64, 1, 1, 1),
)


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("counts", {"pass": 6, "warn": 0, "fail": 0, "untestable": 0, "harness-error": 0, "not-applicable": 0}),
        ("outcome", "conformant"),
        ("lines", 3),
    ],
)
def test_a_footer_that_disagrees_is_detected_although_its_digest_fits(sample, member, value):
    """A footer rewritten together with its digest still has to say what the lines say."""
    *before, footer = lines.encode(sample).splitlines(keepends=True)
    forged = json.dumps(json.loads(footer) | {member: value}, separators=(",", ":"))
    body = forged.rpartition(',"digest":')[0]
    digest = "sha256:" + hashlib.sha256("".join((*before, body)).encode()).hexdigest()
    with pytest.raises(stream.DamagedReport, match=rf"^r:{LINES}: the footer's {member} does not fit "):
        lines.decode("".join((*before, f'{body},"digest":"{digest}"}}\n')).encode(), "r")


@pytest.mark.parametrize(
    ("number", "line", "message"),
    [
        (1, b'{"kind":"result"}\n', "r:1: no vimgate-report header; name the report.jsonl of a run"),
        (
            1,
            b'{"kind":"header","format":"vimgate-report","version":2}\n',
            "r:1: report version 2; this vimgate reads version 1",
        ),
        (2, b"{\n", "r:2: not a JSON line"),
        (2, b"\xff\n", "r:2: not a JSON line"),
        (2, b"[]\n", "r:2: `kind` is None; must be one of header, result, strategy, coverage, evidence, note, footer"),
        (2, b'{"kind":"verdict"}\n', "r:2: `kind` is 'verdict'; must be one of"),
        (2, b'{"kind":"note","text":1}\n', "r:2: /text: 1 is not of type"),
        (2, b'{"kind":"note","text":"","more":1}\n', "r:2: the line: Additional properties are not allowed"),
        (9, b'{"kind":"note"}\n', 'r:9: the line: "text" is a required property'),
        (8, b'{"kind":"strategy","strategy_kind":"sw-patch","origin":"","document":[]}\n', "r:8: /document: [] is not"),
        (3, b"[" * 200_000 + b"\n", "r:3: not a JSON line"),
        (8, b'{"kind":"note","text":"\\ud800"}\n', "r:8: not a JSON line"),
        (8, b'{"kind":"coverage","edges":[]}\n', "r:9: the state graph stands already in line 8"),
        (9, b'{"kind":"coverage","edges":[{}]}\n', "r:9: /edges/0: "),
        (11, EVIDENCE, "r:11: the evidence stands already in line 10"),
        (10, EVIDENCE.replace(b"e.zip", b"../e.zip"), 'r:10: /file: "../e.zip" does not match'),
    ],
    ids=[
        "no header",
        "version",
        "not json",
        "not utf-8",
        "no object",
        "kind",
        "type",
        "closed",
        "required",
        "no document",
        "too deep",
        "surrogate",
        "two graphs",
        "no edge",
        "evidence twice",
        "evidence elsewhere",
    ],
)
def test_a_damaged_line_is_named_with_its_number(data, number, line, message):
    """The error says which line is wrong and what is wrong with it."""
    parts = split(data)
    parts[number - 1] = line
    with pytest.raises(stream.DamagedReport) as error:
        lines.decode(b"".join(parts), "r")
    assert str(error.value).startswith(message)


@pytest.mark.parametrize("text", [b"hello", b"hello\n", b"<html>", b"{}\n", b'"kind"\n', b"\n"])
def test_another_file_is_no_report(text):
    """A file that never was a report is not called cut off."""
    with pytest.raises(stream.DamagedReport, match=r"^r(:1)?: (no vimgate-report header|not a JSON line)"):
        lines.decode(text, "r")


# --- the schema ------------------------------------------------------------------------------------------------------


@pytest.fixture
def schema():
    """The published schema, as the second validator of the two reads it."""
    document = json.loads((stream.Path(lines.__file__).parent / "report.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(document)
    return jsonschema.Draft202012Validator(document)


@pytest.mark.parametrize("number", range(LINES))
def test_every_line_is_valid_under_the_published_schema(data, schema, number):
    """Header, results, notes and footer each fit exactly one kind of line."""
    schema.validate(json.loads(split(data)[number]))


@pytest.mark.parametrize("number", range(LINES))
def test_the_schema_is_closed(data, schema, number):
    """A member that the format does not know is refused in every kind of line."""
    assert not schema.is_valid(json.loads(split(data)[number]) | {"unknown": 1})


@pytest.mark.parametrize(
    ("number", "member"),
    [
        *((0, member) for member in ("kind", "format", "version", "run")),
        *(
            (1, member)
            for member in ("kind", "requirement", "verdict", "strength", "level", "text", "source", "checked")
        ),
        *((1, member) for member in ("reason", "findings", "more")),
        *((7, member) for member in ("kind", "strategy_kind", "document", "origin")),
        *((8, member) for member in ("kind", "edges")),
        *((9, member) for member in ("kind", "file", "digest", "exchanges", "distinct", "bytes")),
        *((10, member) for member in ("kind", "text")),
        *((12, member) for member in ("kind", "lines", "counts", "outcome", "reached", "duration_seconds", "digest")),
    ],
)
def test_no_member_can_be_left_out(data, schema, number, member):
    """Every member of every line is required, so that a reader needs no defaults."""
    value = json.loads(split(data)[number])
    del value[member]
    assert not schema.is_valid(value)


# --- line by line ----------------------------------------------------------------------------------------------------


def test_a_report_written_line_by_line_is_the_same_file(sample, tmp_path):
    """The incremental writer ends in the bytes that the whole write has."""
    stream.write(sample, tmp_path / "whole.jsonl")
    (tmp_path / "steps.jsonl").touch(mode=0o666)
    with stream.Writer(tmp_path / "steps.jsonl", sample.run) as writer:
        write_all(writer, sample)
        writer.finish(duration_seconds=sample.run.duration_seconds, reached=sample.reached)
    assert (tmp_path / "steps.jsonl").read_bytes() == (tmp_path / "whole.jsonl").read_bytes()
    assert stat.S_IMODE((tmp_path / "steps.jsonl").stat().st_mode) == 0o600


def write_all(writer, report):
    """Hand over every result, strategy, edge and note."""
    for result in report.results:
        writer.result(result)
    for seen in report.strategies:
        writer.strategy(seen)
    writer.coverage(report.coverage)
    writer.evidence(report.evidence)
    for note in report.notes:
        writer.note(note)


def interrupted(path, report):
    """Measure one requirement, then be stopped."""
    with stream.Writer(path, report.run) as writer:
        writer.result(report.results[0])
        raise KeyboardInterrupt


def test_an_interrupted_run_leaves_what_it_measured_and_no_success(sample, tmp_path):
    """Ctrl-C keeps the lines so far, in a report that is cut off."""
    path = tmp_path / "report.jsonl"
    with pytest.raises(KeyboardInterrupt):
        interrupted(path, sample)
    assert len(path.read_bytes().splitlines()) == 2
    with pytest.raises(stream.TruncatedReport, match="ends after line 2 without its footer, with 1 results"):
        stream.read(path)


def test_a_result_is_on_the_disk_as_soon_as_it_was_given(sample, tmp_path):
    """A run that is killed without warning leaves its results too."""
    with stream.Writer(tmp_path / "report.jsonl", sample.run) as writer:
        writer.result(sample.results[0])
        assert sample.results[0].requirement in (tmp_path / "report.jsonl").read_text(encoding="utf-8")


def test_the_incremental_writer_redacts(sample, tmp_path):
    """Secrets do not reach the disk line by line either."""
    with stream.Writer(
        tmp_path / "report.jsonl", replace(sample.run, target="http://u:hunter2222@192.0.2.1/")
    ) as writer:
        writer.note("X-Auth-Token: hunter2222")
        writer.result(replace(sample.results[0], reason="password=hunter2222"))
    assert "hunter2222" not in (tmp_path / "report.jsonl").read_text(encoding="utf-8")


def error_of(data):
    """The class of the error that reading these bytes ends in; None when they are believed."""
    try:
        lines.decode(data, "r")
    except stream.ReportError as error:
        return type(error)
    return None


def test_what_a_run_was_limited_to_is_written_and_read(sample):
    """A part of a ledger is read as the whole of it, or what the suite was asked to do is lost."""
    run = replace(sample.run, only=("VIM-API-*",), skip=("VIM-API-002",), suite=(("examples", 0), ("clients", 4)))
    report = replace(sample, run=run)
    assert lines.decode(lines.encode(report).encode(), "report.jsonl") == report
    assert (report.run.partial, sample.run.partial) == (True, False)
