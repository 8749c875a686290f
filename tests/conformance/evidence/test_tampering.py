"""A thousand random tamperings with report and evidence, from a fixed seed: each one is detected.

Left out by construction is what was repaired everywhere and changes no verdict and no count, such as two tests that
change their names: only a signature tells it.
"""

import hashlib
import io
import json
import random
import zipfile
from dataclasses import replace
from itertools import count as count_up
from itertools import islice

import msgspec
import pytest

from conformance.evidence import form
from conformance.evidence.reading import EvidenceError, open_evidence
from conformance.runs.recompute import Court, account_of
from conformance.runs.verifying import Unverifiable, verify
from reports import lines
from reports.model import Report, Verdict


def is_detected(report, evidence, folder):
    """Whether a verification of these bytes, or of this report, ends in anything but a success."""
    (folder / "evidence.zip").write_bytes(evidence)
    try:
        read = report if isinstance(report, Report) else lines.decode(report, "report.jsonl")
        return bool(verify(read, folder).differences)
    except (lines.ReportError, Unverifiable, EvidenceError):
        return True


def flipped(data, draw):
    """With one bit turned."""
    at = draw.randrange(len(data))
    return data[:at] + bytes([data[at] ^ 1 << draw.randrange(8)]) + data[at + 1 :]


def dropped(items, draw):
    """Without one of them."""
    at = draw.randrange(len(items))
    return items[:at] + items[at + 1 :]


def swapped(items, draw):
    """With two of them in each other's place."""
    one, other = draw.sample(range(len(items)), 2)
    found = list(items)
    found[one], found[other] = found[other], found[one]
    return found


def moved(items, draw):
    """With one of them at another place."""
    found = list(items)
    found.insert(draw.randrange(len(items)), found.pop(draw.randrange(len(items))))
    return found


def of_lines(change):
    """The change of the lines of a file."""
    return lambda data, draw: b"".join(change(data.splitlines(keepends=True), draw))


def of_pieces(change):
    """The change of pieces of a file."""
    return lambda data, draw: b"".join(change([data[at : at + 97] for at in range(0, len(data), 97)], draw))


BY_LINES = [of_lines(each) for each in (dropped, swapped, moved)]
BY_PIECES = [of_pieces(each) for each in (dropped, swapped, moved)]


def of_report(run, draw):
    """The report's lines, nothing repaired."""
    return draw.choice([flipped, *BY_LINES])(run.lines, draw), run.zip


def of_file(run, draw):
    """The bytes of the evidence, nothing repaired."""
    return run.report, draw.choice([flipped, *BY_PIECES])(run.zip, draw)


def of_member(run, draw):
    """The lines of a member, or two members; the zip file and the report are repaired, the manifest is not."""
    members = dict(run.members)
    if draw.randrange(4):
        name = draw.choice(sorted(members))
        members[name] = draw.choice([flipped, *BY_LINES])(members[name], draw)
    else:
        names = draw.sample([each for each in sorted(members) if each != form.MANIFEST], 2)
        members[names[0]], members[names[1]] = members[names[1]], members[names[0]]
    return run.named(members) if members != run.members else (run.report, run.zip)


def of_verdicts(run, draw):
    """A verdict, a count or a finding of the report, with every digest and the footer repaired."""
    results = list(run.report.results)
    at = draw.randrange(len(results))
    if draw.randrange(2):
        at = draw.choice([number for number, each in enumerate(results) if each.findings])
    result = results[at]
    other = draw.choice([each for each in Verdict if each is not result.verdict])
    changes = [{"verdict": other}, {"checked": result.checked + 1}, {"more": result.more + 1}]
    changes += [{"findings": result.findings[1:]}] * bool(result.findings)
    results[at] = replace(result, **draw.choice(changes))
    return replace(run.report, results=tuple(draw.choice([results, dropped(results, draw)]))), run.zip


def of_exchanges(run, draw):
    """An exchange or an event, with every digest repaired, and with what the test handed over or without."""
    members = dict(run.members)
    name = draw.choice([each for each in sorted(members) if each.startswith("events/")])
    events = members[name].splitlines(keepends=True)
    judged = [number for number, line in enumerate(events) if b'"event":"judge"' in line]
    at = draw.choice(judged)
    what = draw.randrange(3)
    if what == 0:
        del events[at]
    elif what == 1:
        events.insert(at, events[draw.choice(judged)])
    else:
        told = json.loads(events[at])["exchange"].encode()
        line = next(each for each in members[form.EXCHANGES].splitlines() if form.digest_of(each).encode() == told)
        exchange = form.EXCHANGE.decode(line)
        shown = form.ENCODE(msgspec.structs.replace(exchange, status=502 if exchange.status != 502 else 200))
        members[form.EXCHANGES] += shown + b"\n"
        events[at] = events[at].replace(told, form.digest_of(shown).encode())
    members[name] = b"".join(events)
    return run.repaired(members, handed=bool(draw.randrange(2)))


def of_tests(run, draw):
    """Two tests have each other's events, with every digest repaired."""
    members = dict(run.members)
    names = draw.sample([each for each in sorted(members) if each.startswith("events/")], 2)
    members[names[0]], members[names[1]] = members[names[1]], members[names[0]]
    return run.repaired(members, handed=False)


class Run:
    """The run that is tampered with, as a report, its lines, the file of its evidence, and the members of that."""

    def __init__(self, report, folder, place):
        self.report = report
        self.lines = (folder / "report.jsonl").read_bytes()
        self.zip = (folder / "evidence.zip").read_bytes()
        self._place = place
        with zipfile.ZipFile(folder / "evidence.zip") as archive:
            self.members = {name: archive.read(name) for name in archive.namelist()}

    def named(self, members):
        """A report that names the evidence of these members."""
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            for name, content in members.items():
                archive.writestr(name, content)
        data = file.getvalue()
        digest = hashlib.sha256(data).hexdigest()
        count = members[form.EXCHANGES].count(b"\n")
        evidence = replace(self.report.evidence, digest=digest, bytes=len(data), distinct=count)
        return replace(self.report, evidence=evidence), data

    def repaired(self, members, *, handed):
        """The same with all digests of the manifest repaired, and `handed`: with what each test comes to now."""
        report, data = self.named(_with_digests(members))
        if not handed:
            return report, data
        self._place.write_bytes(data)
        with open_evidence(self._place) as evidence:
            court = Court(account_of(evidence).options)
            tests = [
                form.Test(id=each.id, events=each.events, handed=court.rejudge(evidence.source(each)))
                for each in evidence.tests
            ]
        judged = sum(int(each.handed["vimgate-count"]) for each in tests)
        told = members | {form.TESTS: b"".join(form.ENCODE(each) + b"\n" for each in tests)}
        report, data = self.named(_with_digests(told, exchanges=judged))
        return replace(report, evidence=replace(report.evidence, exchanges=judged)), data


def _with_digests(members, **changed):
    digests = {name: form.digest_of(each) for name, each in members.items() if name != form.MANIFEST}
    manifest = msgspec.structs.replace(form.WHOLE.decode(members[form.MANIFEST]), members=digests, **changed)
    return members | {form.MANIFEST: form.manifest_text(manifest)}


TAMPERINGS = {
    of_report: 100,
    of_file: 540,
    of_member: 310,
    of_verdicts: 25,
    of_exchanges: 20,
    of_tests: 5,
}


@pytest.fixture(scope="module")
def run(make, exchanges_with, tmp_path_factory):
    """A run of two tests, one of them on a faulty server."""
    folder, place = tmp_path_factory.mktemp("tampering"), tmp_path_factory.mktemp("repairing")
    tests = {"test_a.py::test_one": exchanges_with["right"](), "test_b.py::test_two": exchanges_with["faulty"]()}
    return Run(make(folder, tests), folder, place / "evidence.zip")


def test_there_are_a_thousand():
    """The tamperings of all kinds together."""
    assert sum(TAMPERINGS.values()) == 1000


def test_what_nobody_tampered_with_is_not_told_as_changed(run, tmp_path):
    """The run itself is verified, and so is one whose file was packed anew, with every digest repaired."""
    assert not is_detected(run.lines, run.zip, tmp_path)
    assert not is_detected(*run.repaired(run.members, handed=True), tmp_path)


@pytest.mark.parametrize(("tamper", "count"), TAMPERINGS.items(), ids=[each.__name__ for each in TAMPERINGS])
def test_every_tampering_is_detected(tamper, count, run, tmp_path):
    """No change of a kind, drawn so many times, ends in a success."""
    draws = (random.Random(f"{tamper.__name__} {number}") for number in count_up())  # noqa: S311 - to be drawn again
    drawn = (tamper(run, draw) for draw in draws)
    changed = (each for each in drawn if each not in ((run.lines, run.zip), (run.report, run.zip)))
    missed = [number for number, each in enumerate(islice(changed, count)) if not is_detected(*each, tmp_path)]
    assert missed == []
