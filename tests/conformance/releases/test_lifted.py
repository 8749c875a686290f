"""What a release lifts is judged by nobody there, and the report says why."""

import pytest

from conformance.checks.context import Deviation
from conformance.exchange import Exchange
from conformance.judge import Opinion
from reports.model import Verdict

PATH = "/api/orchestration/sw-patch/strategy"
BODY = b'{"controller-apply-type": "serial", "storage-apply-type": "serial", "worker-apply-type": "serial", '
BODY += b'"default-instance-action": "migrate"}'
JSON = (("Content-Type", "application/json"),)
CREATE = Exchange("POST", PATH, 200, request_headers=JSON, request_body=BODY)


@pytest.mark.parametrize(
    ("release", "verdict", "reason"),
    [
        ("published", Verdict.FAIL, ""),
        (
            "stx-3.0",
            Verdict.NOT_APPLICABLE,
            "excluded: D3-11 of stx-3.0: It is optional, and `ignore` when it is left out.",
        ),
    ],
)
def test_a_lifted_requirement_does_not_apply(release, verdict, reason, judge_of):
    """A create without a member that is optional there fails by the document, and does not apply by the release."""
    judge = judge_of(release)
    judge.judge(CREATE)
    result = next(each for each in judge.results() if each.requirement == "VIM-PPOST-034")
    assert (result.verdict, result.reason) == (verdict, reason)


@pytest.mark.parametrize(("release", "opinion"), [("published", Opinion.CHARGED), ("stx-3.0", Opinion.ASIDE)])
def test_a_second_witness_is_not_heard_of_it(release, opinion, judge_of):
    """What a second witness says of a lifted requirement is charged to nobody."""
    judge = judge_of(release)
    judge.judge(CREATE)
    assert judge.hear(CREATE, (), "VIM-PPOST-034", Deviation("missing")) is opinion
