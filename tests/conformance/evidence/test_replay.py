"""A judge that is told again what another was told comes to the same, whatever it was."""

from contextlib import closing

import pytest

from conformance.checks.context import Deviation, Flaw
from conformance.evidence.cleaning import Cleaning
from conformance.evidence.form import Doubt
from conformance.evidence.recording import BROKEN_OFF, RecordingJudge
from conformance.evidence.replay import replay
from conformance.evidence.source import Missing
from conformance.evidence.spool import Spool, read_spool, spool_path
from conformance.judge import Judge
from conformance.predictions.prediction import Prediction
from conformance.runs.account import handed_by
from conformance.sequences import Told
from conformance.shape import read_strategy
from spec.load import load_contract, load_law, load_ledger

NORM = load_contract(), load_ledger(), load_law()


@pytest.fixture
def recording(tmp_path):
    """A judge that writes down what it is told, and gives what can be read of it."""
    judge = RecordingJudge(*NORM, spool=Spool(tmp_path, "a test"), cleaning=Cleaning())
    with closing(judge):
        yield judge, lambda: read_spool(spool_path(tmp_path, "a test"))


def told_again(source):
    """Another judge that was told the same."""
    judge = Judge(*NORM)
    with closing(source):
        replay(source, judge, NORM[0])
    return judge


def predicted(judge, each):
    """A strategy is compared with what it is expected to be: as it is shown, in other words."""
    look = next(one for one in each if one.method == "GET" and one.path.endswith("/strategy"))
    strategy = read_strategy(look.response_json)
    world = {"hosts": [{"name": "controller-0", "uuid": "0"}]}
    judge.expect("one", Prediction("sw-patch", world, {"worker-apply-type": "serial"}, strategy, "published"))
    for one in each:
        judge.judge(one, "one")


WAYS = {
    "predicted": predicted,
    "in order": lambda judge, each: [judge.judge(one, "one") for one in each],
    "out of order": lambda judge, each: [judge.judge(one, "one", in_order=False) for one in each],
    "in no history": lambda judge, each: [judge.judge(one) for one in each],
    "disturbed": lambda judge, each: [(judge.judge(one, "one"), judge.stir("one", each[0])) for one in each],
    "disturbed by nobody": lambda judge, each: [(judge.judge(one, "one"), judge.stir("one")) for one in each],
    "borrowed": lambda judge, each: (judge.borrow("one"), [judge.judge(one, "one") for one in each]),
    "not compared": lambda judge, each: (judge.expect("one", None), [judge.judge(one, "one") for one in each]),
    "again and again": lambda judge, each: [judge.judge(one, "one") for one in [each[2]] * 9],
    "retold": lambda judge, each: (
        [judge.judge(one, "one") for one in each],
        judge.retell(Told("VIM-PGET-019", tuple(each[6:8]), "as it is", "one", still=True)),
    ),
    "heard of": lambda judge, each: [
        (
            judge.judge(one, "one"),
            judge.hear(one, ["VIM-API-001"], "VIM-API-001", Deviation("odd", flaw=Flaw("bad"))),
        )
        for one in each
    ],
}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_whatever_a_judge_is_told_is_told_again(way, recording, exchanges_with):
    """Each thing that a judge may be told leaves the same tally, gallery, edges and count."""
    judge, read = recording
    judge.begin("one", still_clock=True)
    way(judge, [*exchanges_with["right"](), *exchanges_with["faulty"]()])
    assert judge.tally.rows
    assert handed_by(told_again(read())) == handed_by(judge)


def test_a_last_line_that_was_cut_off_is_left_out(recording, exchanges_with, tmp_path):
    """A run that was killed loses what it was about to write, and nothing else."""
    judge, read = recording
    first, second, *_ = exchanges_with["right"]()
    judge.judge(first, "one")
    then = handed_by(judge)
    judge.judge(second, "one")
    path = spool_path(tmp_path, "a test")
    path.write_bytes(path.read_bytes()[:-9])
    assert handed_by(told_again(read())) == then


def test_a_judging_that_was_broken_off_is_in_doubt(recording, exchanges_with, monkeypatch):
    """Whoever stops a run in the middle of a judging leaves a mark there."""
    judge, read = recording

    def stopped(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(judge, "_count", stopped)
    with pytest.raises(KeyboardInterrupt):
        judge.judge(exchanges_with["right"]()[0], "one")
    with closing(read()) as source:
        assert [each.why for each in source.events() if isinstance(each, Doubt)] == [BROKEN_OFF]


def test_a_disk_that_is_full_ends_the_evidence_and_not_the_run(recording, exchanges_with, monkeypatch):
    """What cannot be written any more is given up: nothing half is left, and the judge goes on."""
    judge, read = recording

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("conformance.evidence.spool.os.write", full)
    exchanges = exchanges_with["right"]()
    for exchange in exchanges:
        judge.judge(exchange, "one")
    assert (judge.judged, read()) == (len(exchanges), None)


def test_a_body_is_written_once(recording, exchanges_with, tmp_path):
    """A poll that shows what was shown before costs a line for the exchange, and none for its body."""
    judge, _ = recording
    look = exchanges_with["right"]()[2]
    for _ in range(20):
        judge.judge(look, "one")
    lines = spool_path(tmp_path, "a test").read_bytes().splitlines()
    assert [sum(line.startswith(kind) for line in lines) for kind in (b"B", b"X", b"E")] == [1, 20, 21]


def test_what_was_never_written_is_missing(recording):
    """A name of nothing is told as that."""
    judge, read = recording
    judge.begin("one")
    with closing(read()) as source, pytest.raises(Missing):
        source.exchange("0" * 64)
