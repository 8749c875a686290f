"""docs/gateway.md and its unit: each command and each policy of the text is run, or has a reason why not."""

import json
import re
from pathlib import Path

import pytest

from proxy import answers
from proxy.policyfile import read_policy
from proxy.traffic import Action, Direction, Mode, Noticed
from reports.model import Finding, Verdict

ROOT = Path(__file__).parents[2]
DOC = (ROOT / "docs" / "gateway.md").read_text(encoding="utf-8")
COMMANDS = [
    line
    for block in re.findall(r"```console\n(.*?)```", DOC, re.DOTALL)
    for line in block.splitlines()
    if line.startswith(("$ ", "# "))
]
CAREFUL, FREEZE = re.findall(r"```yaml\n(.*?)```", DOC, re.DOTALL)
REQUEST, ANSWER = Direction.REQUEST, Direction.RESPONSE


@pytest.fixture
def policy(tmp_path):
    """Reads a policy of the text."""

    def read(text):
        path = tmp_path / "policy.yaml"
        path.write_text(text, encoding="utf-8")
        return read_policy(path)

    return read


# --- policies

BLOCK, PASS = Action.BLOCK, Action.PASS


@pytest.mark.parametrize(
    ("direction", "requirement", "verdict", "certain", "action"),
    [
        pytest.param(ANSWER, "VIM-PGET-018", Verdict.FAIL, True, PASS, id="an answer of level wire"),
        pytest.param(ANSWER, "VIM-PPOST-012", Verdict.FAIL, True, PASS, id="an answer of level protocol"),
        pytest.param(REQUEST, "VIM-PPOST-012", Verdict.FAIL, True, BLOCK, id="a request"),
        pytest.param(REQUEST, "VIM-PPOST-049", Verdict.WARN, True, BLOCK, id="the SHOULD"),
        pytest.param(REQUEST, "VIM-PPOST-012", Verdict.FAIL, False, BLOCK, id="as last seen"),
        pytest.param(ANSWER, "VIM-PACT-012", Verdict.FAIL, True, PASS, id="the pattern"),
    ],
)
def test_the_first_policy_does_what_its_comments_say(policy, direction, requirement, verdict, certain, action):
    """Requests are blocked, answers are not, and the SHOULD and the doubtful are treated as the comments say."""
    noticed = Noticed(direction, Finding(requirement, verdict, ""), certain)
    assert policy(CAREFUL).decide(Mode.ENFORCE, direction, [noticed]) is action


def test_the_freeze_refuses_what_the_text_says(policy):
    """Forced deletes and creates, while the strategy is applying or aborting; nothing while the state is not known."""
    (freeze,) = policy(FREEZE).freezes
    assert freeze.wishes == {"create", "delete-forced"}
    assert freeze.states == {"applying", "aborting"}
    assert (freeze.unknown, freeze.reason) == (PASS, "upgrade of the north sites, ask the night shift")


# --- answers

FOUND = [Noticed(REQUEST, Finding("VIM-PPOST-012", Verdict.FAIL, "missing"))]
ANSWERS = [
    answers.refusal(FOUND, "findings.jsonl#17"),
    answers.bad_answer(FOUND, "findings.jsonl#17"),
    answers.unjudged("slow"),
    answers.unjudged("slow", ANSWER),
]


def test_the_table_of_answers_is_true():
    """Statuses, types and whether the request was forwarded are those of the table, in its order."""
    table = re.findall(r"^\| (\d{3}) \| `([a-z-]+)` \| .* \| (no|yes)\b", DOC, re.MULTILINE)
    bodies = [json.loads(each.body) for each in ANSWERS]
    assert table == [
        (str(body["status"]), body["type"].rpartition(":")[2], "yes" if body["forwarded"] else "no") for body in bodies
    ]


def test_every_member_of_an_answer_is_told():
    """No member of a document is missing in the text."""
    members = json.loads(ANSWERS[0].body).keys() | json.loads(ANSWERS[0].body)["requirements"][0].keys()
    assert [each for each in members if f"`{each}`" not in DOC] == []


def test_the_header_is_told():
    """The header that `annotate` adds has the name and the length of the text, and looks as it does there."""
    assert f"`{answers.HEADER}`" in DOC
    assert f"{answers.LONGEST_HEADER} bytes" in DOC
    shown = re.search(r"`(VIM-PGET-018, .*?)`", DOC)[1]
    assert re.fullmatch(r"(VIM-[A-Z]+-\d{3}, )+\.\.\.\+\d+", shown)
