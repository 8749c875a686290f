"""Further callers: how a run is given them, what it says without them, and that no token of theirs is kept."""

import os
import re
from pathlib import Path

import pytest

from conformance.caller import Caller
from conformance.exchange import Exchange
from conformance.reproducer import command
from conformance.targets.callers import TOKENS
from reference_server.mutants import MUTANTS
from reports import stream
from reports.model import Verdict
from vimgate.asking.caller import OfCaller
from vimgate.asking.others import OfOthers
from vimgate.caller import caller_chosen, others_chosen
from vimgate.cli import main
from vimgate.exits import WrongUse
from vimgate.surroundings import secrets

MUTANT = MUTANTS["reader-may-delete"]
SMALL = ("--level", "protocol", "--fuzz-examples", "0", "--clients", "0", "--sequences", "0", "--only", "VIM-AUTH-*")


def first(token_file=None):
    """Who asks first: with a token out of a file, or with that of the environment."""
    return OfCaller(token_file, None, os_env=False, service_type="nfv", interface="public", region=None)


@pytest.fixture
def files(tmp_path, monkeypatch):
    """Files with tokens, in the current directory; none is in the environment."""
    monkeypatch.chdir(tmp_path)
    for name in TOKENS.values():
        monkeypatch.delenv(name, raising=False)
    for name, text in (
        ("ours", "sesame-1"),
        ("reader", "sesame-2"),
        ("expired", "sesame-3"),
        ("none", "a\nb"),
        ("long", "x" * 70_000),
    ):
        Path(name).write_text(f"{text}\n", encoding="utf-8")


def test_further_tokens_travel_by_the_environment(files):
    """For as long as the run lasts they are there for the workers, and known as secrets."""
    with caller_chosen(first(Path("ours")), "x", None):
        with others_chosen(OfOthers(Path("expired"), Path("reader"), None), first(Path("ours")), None):
            held = [os.environ.get(TOKENS[each]) for each in (Caller.OURS, Caller.READER, Caller.EXPIRED)]
            assert (held, set(secrets())) == (
                ["sesame-1", "sesame-2", "sesame-3"],
                {"sesame-1", "sesame-2", "sesame-3"},
            )
        assert [os.environ.get(TOKENS[each]) for each in (Caller.READER, Caller.EXPIRED)] == [None, None]


@pytest.mark.parametrize(
    ("ours", "others", "said"),
    [
        ("ours", OfOthers(Path("none"), None, None), "none: holds no token"),
        ("ours", OfOthers(Path("long"), None, None), "long: holds no token"),
        ("ours", OfOthers(None, Path("nowhere"), None), "nowhere: the token cannot be read"),
        ("ours", OfOthers(None, Path("ours"), None), "the same token was given for two callers"),
        ("ours", OfOthers(Path("reader"), Path("reader"), None), "the same token was given for two callers"),
        (
            None,
            OfOthers(None, Path("reader"), None),
            "a further caller was given ($VIMGATE_READER_TOKEN), and no first",
        ),
    ],
    ids=["no token", "too long", "no file", "ours", "twice", "no first"],
)
def test_what_is_wrong_with_a_further_caller_is_said(files, ours, others, said):
    """One sentence that holds no token."""
    asking = first(Path(ours) if ours else None)
    refused = pytest.raises(WrongUse, match=re.escape(said))
    with caller_chosen(asking, "x", None), refused as caught, others_chosen(others, asking, None):
        pytest.fail("somebody was chosen")
    assert "sesame" not in str(caught.value)


def test_a_reader_who_may_delete_is_found(files, capfd):
    """The command, the exit code, the finding, the note on who was not given; and no token is printed or written."""
    for name, token in (("ours", MUTANT.token), ("reader", MUTANT.reader)):
        Path(name).write_text(token, encoding="utf-8")
    words = ("--token-file", "ours", "--reader-token-file", "reader", "-n", "1")
    with pytest.raises(SystemExit) as left:
        main(["certify", MUTANT.target, *words, *SMALL])
    report, told = stream.read("vimgate-report"), "".join(capfd.readouterr())
    results = {result.requirement: result for result in report.results}
    assert (left.value.code, results["VIM-AUTH-007"].verdict) == (1, Verdict.FAIL)
    assert results["VIM-AUTH-006"].reason.startswith("the run was given no token that has ended")
    assert any("no token was tried that has expired" in note for note in report.notes)
    kept = told + "".join(path.read_text("utf-8", "replace") for path in Path("vimgate-report").rglob("*.*"))
    assert [token for token in (MUTANT.token, MUTANT.reader) if token in kept] == []


def test_a_run_with_one_identity_says_so(files, monkeypatch, capfd):
    """Not applicable, with the options that would make it so; a note stands beside the verdicts."""
    monkeypatch.setenv("VIMGATE_TOKEN", MUTANT.token)
    with pytest.raises(SystemExit):
        main(["certify", MUTANT.target, "-n", "1", "--read-only", *SMALL])
    report = stream.read("vimgate-report")
    reasons = {result.requirement: (result.verdict, result.reason) for result in report.results}
    verdict, reason = reasons["VIM-AUTH-007"]
    assert (verdict, "--reader-token-file" in reason, "one identity only" in reason) == (
        Verdict.NOT_APPLICABLE, True, True,
    )  # fmt: skip
    assert any("one identity only" in note for note in report.notes)


@pytest.mark.parametrize(
    ("token", "said"),
    [
        ("***", ""),
        ("***reader***", "# as somebody who may only read:\n"),
        ("***expired***", "# as somebody who was known once:\n"),
        ("vimgate-token-of-nobody", "# as somebody whom nobody knows:\n"),
    ],
)
def test_a_script_says_whose_token_is_meant(token, said):
    """The variable is the same for all; the line before it says who."""
    exchange = Exchange("GET", "/api", 200, request_headers=(("X-Auth-Token", token),))
    assert command(exchange).partition("curl")[0] == said


def test_a_script_of_openid_connect_has_its_own_header_and_variable():
    """Such a token goes in a header of its own, and is another variable."""
    exchange = Exchange("GET", "/api", 200, request_headers=(("OIDC-Token", "***oidc***"),))
    assert command(exchange).startswith("# with a token of OpenID Connect in OIDC-Token:\n")
    assert '-H "OIDC-Token: $OIDC_TOKEN"' in command(exchange)
