"""A run under a release: the embedded server is of that release, and so is all that the run judges by."""

import json
from dataclasses import replace

import pytest

from conformance.predictions.oracle import RELEASES as LAWFUL
from conformance.runs.options import Options
from conformance.runs.run import run_suite
from reports.model import Level, Verdict
from spec.load import load_contract, load_ledger
from vimgate import embedded
from vimgate.exits import WrongUse
from vimgate.runheader import header
from vimgate.surroundings import rules_chosen

TINY = Options(target=embedded.TARGET, level=Level.LIFECYCLE, examples=2, sequences=1, clients=0, chain_groups=0)


@pytest.mark.parametrize(
    ("release", "tests"),
    [
        ("stx-3.0", ("reads/documents", "lifecycle/apply-all-sw-patch", "lifecycle/twice-sw-upgrade")),
        ("stx-9.0", ("lifecycle/abort-at-once-system-config-update", "fuzz/deleteFwUpdateStrategy")),
        ("stx-12.0", ("inputs/methods", "lifecycle/apply-all-sw-upgrade", "inputs/actOnKubeUpgradeStrategy")),
    ],
)
def test_the_server_of_a_release_is_in_order_under_it(release, tests):
    """Nothing fails, no check crashes, and the requirements are those of the release."""
    with rules_chosen(release, None):
        came = run_suite(replace(TINY, release=release, tests=tests))
    wrong = (Verdict.FAIL, Verdict.HARNESS_ERROR)
    assert [(each.requirement, each.findings[:1]) for each in came.results if each.verdict in wrong] == []
    assert [each.requirement for each in came.results] == [each.id for each in load_ledger(release).requirements]
    assert {name for each in came.tests for name in tests if each.name == name} == set(tests)
    assert any(each.checked for each in came.results)


def test_a_deep_run_says_whose_plans_are_not_judged():
    """The report has a sentence for each such kind."""
    with rules_chosen("stx-4.0", None):
        came = run_suite(replace(TINY, release="stx-4.0", level=Level.ORCHESTRATION, tests=("reads/documents",)))
    assert [note for note in came.notes if note.startswith("fw-update: the levels orchestration and oracle do not")]


def test_options_keep_their_release():
    """What goes to a worker comes out as it went in."""
    options = Options(release="stx-4.0")
    assert Options.from_json(options.to_json()) == options
    assert json.loads(Options().to_json())["release"] == "published"


def test_the_header_is_of_the_release():
    """Release and contract are those that are judged by; the kill rate was measured with another."""
    run = header(Options(release="stx-3.0"))
    assert (run.release, run.contract_digest) == ("stx-3.0", load_contract("stx-3.0").digest)
    assert run.kills is None


def test_under_a_release_its_own_plan_alone_is_lawful():
    """The published document leaves open by which rules is planned; a release does not."""
    assert LAWFUL.get("published") == ("published", "stx-3.0")
    assert LAWFUL.keys() == {"published"}


def test_a_rulebook_extends_the_release_that_is_judged_by(tmp_path, monkeypatch):
    """What a rulebook does not say is as in the release; a file that is wrong is told before anything runs."""
    path = tmp_path / "mine.yaml"
    path.write_text("release: mine\ntimeouts: {lock-hosts: 17}\n")
    mine, published = embedded.chosen("stx-3.0", str(path)), embedded.chosen("published", None)
    assert mine.wire == replace(embedded.chosen("stx-3.0", None).wire)
    assert mine.wire != published.wire
    path.write_text("release: mine\nnonsense: 1\n")
    with pytest.raises(WrongUse, match="nonsense"), rules_chosen("stx-3.0", path):
        pass
