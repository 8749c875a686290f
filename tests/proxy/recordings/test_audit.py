"""What becomes of a whole recording: deployments apart, what is none, what is broken, and how much memory it takes."""

import gzip
import json
import tracemalloc
from dataclasses import replace

import pytest

from conformance.targets.target import open_target
from proxy import audit as auditing
from proxy.audit import Auditor, Terms, Unkept, audit
from proxy.recordings.recorded import Recorded
from reports.model import Verdict

STRATEGY = "/api/orchestration/sw-patch/strategy"
JSON = (("Content-Type", "application/json"),)
CREATE = {
    "controller-apply-type": "serial",
    "storage-apply-type": "serial",
    "swift-apply-type": "ignore",
    "worker-apply-type": "serial",
    "default-instance-action": "stop-start",
}


@pytest.fixture
def created(writing):
    """An answer that shows a strategy, which a second create is accepted beside of: wrong in one history alone."""
    with open_target("wsgi:reference_server:create_app") as target:
        sent = target.send_json("POST", STRATEGY, CREATE)
    headers = tuple(each for each in sent.request_headers if each[0].lower() != "host")
    return replace(sent, at=writing.at + 1, origin="", request_headers=headers)


def broken(audited):
    """The requirements that answers broke."""
    return {name for name, side in _rows(audited) if side == "response"}


def _rows(audited):
    return [(row[0], row[1]) for row in audited.noted.to_json()["rows"]]


def test_a_second_create_in_one_history_is_found(audited, writing, created):
    """What is wrong in a history is found: the test below is about something."""
    later = replace(created, at=created.at + 1)
    data = writing.line(created) + writing.line(later)
    assert broken(audited(data))


@pytest.mark.parametrize(
    "others",
    [{"session": "another"}, {"history": False}, {"history": False, "session": "another"}],
    ids=["another session", "alone", "both"],
)
def test_other_histories_know_nothing_of_it(audited, writing, created, others):
    """Sessions are deployments of their own, and a line that stands alone has no past."""
    assert not broken(audited(writing.line(created) + writing.line(replace(created, at=created.at + 1), **others)))


def test_deployments_in_one_file_are_judged_apart(audited, writing, created):
    """Another port is another deployment, in HAR and in flows."""
    later = replace(created, at=created.at + 1)
    apart = [writing.flow(created, created.at), writing.flow(later, later.at, ("192.0.2.1", 4546))]
    together = [writing.flow(created, created.at), writing.flow(later, later.at)]
    found = [audited(write(flows)) for write in (writing.har, writing.flows) for flows in (apart, together)]
    assert [bool(broken(each)) for each in found] == [False, True, False, True]


@pytest.mark.parametrize("number", [1, 2])
def test_what_others_change_is_no_succession(audited, writing, created, number):
    """With `shared`, a second create may be that of a strategy that somebody deleted meanwhile."""
    lines = [writing.line(replace(created, at=created.at + each)) for each in range(number)]
    assert not broken(audited(b"".join(lines), shared=True))


def test_after_damage_nothing_is_known(audited, writing, created):
    """Where a line cannot be read, a delete may have stood."""
    later = replace(created, at=created.at + 1)
    found = audited(writing.line(created) + b"broken\n" + writing.line(later))
    assert (found.judged, broken(found), len(found.damages), found.incomplete) == (2, set(), 1, True)


def test_a_change_whose_request_is_not_whole_is_not_judged(audited, writing, created):
    """After a delete of which nobody knows whether it was forced, nothing is known either."""
    lost = writing.flow(replace(created, method="DELETE", at=created.at + 1), created.at + 0.9)
    lost.request.raw_content = None
    later = replace(created, at=created.at + 2)
    found = audited(writing.flows([writing.flow(created, created.at), lost, writing.flow(later, later.at)]))
    assert (found.exchanges, found.judged, broken(found)) == (3, 2, set())
    assert dict(found.unjudged) == {"body of the request not recorded": 1}


def test_other_sites_are_not_judged(audited, writing, three):
    """A browser's HAR holds other sites, whose answers are no fault of a VIM; what a VIM was asked first is judged."""
    ours = [writing.flow(*each) for each in three]
    odd = writing.exchange(path="/favicon.ico")
    theirs = [
        writing.flow(writing.exchange(path=path, status=200, response_body=b"<html>"), writing.at, ("198.51.100.7", 80))
        for path in ("/", "/api", "/style.css")
    ]
    found = audited(writing.har([writing.flow(odd, writing.at), *theirs, *ours]))
    assert (found.exchanges, found.judged, found.foreign) == (7, 4, 3)


def test_the_root_of_a_vim_tells_its_name(audited, writing):
    """A recording of the root alone is one of a VIM when it says so."""
    root = writing.exchange(path="/", status=200, response_body=b'{"name": "nfv-vim"}')
    found = audited(writing.flows([writing.flow(root, writing.at)]))
    assert (found.judged, found.foreign) == (1, 0)


@pytest.mark.parametrize(
    ("data", "where"),
    [
        (b"", None),
        (b"\n\n", None),
        (b'{"log": {"version": "1.2", "entries": []}}', None),
        (b'{"log": {"entries"', "byte 18"),
        (b'{"log": {}} x', "byte 12"),
        (b"\0" * 100, "byte 0"),
        (b"7:", "byte 0"),
        (gzip.compress(b"{}" * 100, mtime=0)[:12], "after the last exchange"),
        (b"\x1f\x8b", "after the last exchange"),
        (b"\x1f\x8bgarbage", "after the last exchange"),
    ],
    ids=str,
)
def test_what_holds_nothing_is_incomplete(audited, data, where):
    """Nothing judged is no success, whatever the file is; where reading stopped is told."""
    found = audited(data)
    assert (found.judged, found.incomplete) == (0, True)
    assert [each.where for each in found.damages] == ([] if where is None else [where])


def test_a_file_that_cannot_be_opened_is_told(tmp_path):
    """An error of the system is damage, in its own words."""
    found = audit(tmp_path, Terms())
    assert [str(each) for each in found.damages] == ["byte 0: cannot be read: Is a directory"]


def test_only_what_is_wanted_counts(audited, writing, created):
    """Requirements that were left out are not told of."""
    data = writing.line(created) + writing.line(replace(created, at=created.at + 1))
    rows = {name for name, _ in _rows(audited(data))}
    one = min(rows)
    assert {name for name, _ in _rows(audited(data, wanted=frozenset({one})))} == {one}


def test_no_secret_is_told(audited, writing, created):
    """A token that an answer repeats is in no finding, and is known to whoever tells of the audit."""
    token = "a-token-that-nobody-may-read"
    asked = replace(created, request_headers=(*created.request_headers, ("X-Auth-Token", token)))
    document = json.loads(asked.response_body)
    document["strategy"]["state"] = token
    shown = json.dumps(document).encode()
    found = audited(writing.line(asked) + writing.line(replace(asked, at=asked.at + 1, response_body=shown)))
    assert found.noted.to_json()["rows"]
    assert token not in repr(found.noted.to_json())
    assert token in found.secrets


def test_every_passage_is_heard_and_its_place_kept(recording, writing, created):
    """Whoever listens is told of each exchange, and says where its findings are."""
    heard = []

    def hear(passage, noticed):
        heard.append((passage.number, len(noticed)))
        return noticed, f"findings.jsonl#{passage.number}"

    data = writing.line(created) + writing.line(replace(created, at=created.at + 1))
    found = audit(recording(data), Terms(), heard=hear)
    assert [number for number, _ in heard] == [1, 2]
    assert sum(count for _, count in heard) == sum(row[2]["times"] for row in found.noted.to_json()["rows"]) > 0
    assert {each for row in found.noted.to_json()["rows"] for each in row[2]["references"]} <= {"findings.jsonl#2"}


def test_who_stops_it_gets_what_was_judged(recording, writing, three):
    """When it is not to go on, the rest is left, and that is said."""
    data = b"".join(writing.line(exchange, began) for exchange, began in three)
    found = audit(recording(data), Terms(), goes=lambda _done, exchanges: exchanges < 2)
    assert (found.judged, found.stopped, found.incomplete) == (2, True, True)


def test_deployments_that_are_quiet_are_closed(monkeypatch, audited, writing):
    """However many sessions there are, so many are followed at a time, and all are judged."""
    monkeypatch.setattr(auditing, "MOST_DEPLOYMENTS", 3)
    data = b"".join(writing.line(writing.exchange(number), session=str(number)) for number in range(10))
    assert audited(data).judged == 10


def test_a_fault_of_the_judge_is_nobody_s(monkeypatch, audited, writing):
    """What crashes is counted, and the recording incomplete."""
    monkeypatch.setattr("conformance.judge.Judge.judge", lambda *_, **__: 1 / 0)
    found = audited(writing.line(writing.exchange()))
    assert (sum(found.crashes.values()), found.incomplete, _rows(found)) == (1, True, [])


def test_damage_is_told_a_hundred_times_at_most(audited, writing):
    """A file of broken lines fills no memory."""
    found = audited(writing.line(writing.exchange()) + b"{\n" * 500)
    assert (len(found.damages), found.more_damages) == (100, 400)


def test_memory_is_flat(writing, monkeypatch):
    """More exchanges leave no more behind than the first of them."""
    monkeypatch.setattr("proxy.recordings.sequence.MOST_WAITING", 20)
    auditor = Auditor(Terms(), Unkept())

    def take(numbers):
        for number in numbers:
            body = json.dumps({"faultstring": "none", "filler": str(number) * 5_000}).encode()
            exchange = writing.exchange(number, response_body=body)
            auditor.take(Recorded(number, exchange, site="http://vim:1", started=exchange.at - 0.1))

    take(range(100, 200))
    tracemalloc.start()
    take(range(200, 300))
    held = tracemalloc.get_traced_memory()[0]
    take(range(300, 400))
    grown = tracemalloc.get_traced_memory()[0] - held
    tracemalloc.stop()
    auditor.finish()
    assert auditor.audited.judged == 300
    assert grown < 300_000


def test_findings_about_requests_are_told_apart(audited, writing):
    """A client that asks for nonsense breaks nothing of the server's."""
    refused = writing.exchange(method="PUT", status=405, request_body=b"{}", request_headers=JSON)
    rows = audited(writing.line(refused)).noted.to_json()["rows"]
    assert ("request", Verdict.FAIL) in {(row[1], row[2]["verdict"]) for row in rows}
