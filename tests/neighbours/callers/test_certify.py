"""Who may do what under a real Keystone: judged with a reader who logs in, and with a token that the run gives back."""

import os
import re
import threading
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
import yaml
from werkzeug.serving import WSGIRequestHandler, make_server

from conformance.runs.options import Options
from conformance.runs.run import run_suite
from conformance.targets import catalogue
from conformance.targets.callers import TOKENS
from reference_server.auth import Auth
from reference_server.auth.keystone import Keystone, Place
from reference_server.mutants.layers import behaving
from reports.model import Level, Verdict
from vimgate.asking.caller import OfCaller
from vimgate.asking.others import OfOthers
from vimgate.caller import caller_chosen, others_chosen
from vimgate.exits import Incomplete, WrongUse
from vimgate.surroundings import secrets

FIRST = OfCaller(None, "edge", os_env=False, service_type="nfv", interface="public", region=None)
READER = OfOthers(None, None, "edge-reader")
USERS = {"edge": "admin", "edge-reader": "reader1", "nobody": "nobody"}
CALLERS = [f"VIM-AUTH-{number:03}" for number in range(1, 9)]


def passing(asked, clean):
    """What the reference server answers."""
    return clean.send(asked)


class _Quiet(WSGIRequestHandler):
    def log_request(self, *_):
        pass


class Remembering:
    """Asks the Keystone once about a token: of what the run does with tokens, nothing needs more."""

    def __init__(self, url):
        self.identify = cache(Keystone(Place(url)).identify)


@pytest.fixture
def served(keystone, monkeypatch, tmp_path):
    """Serves an application under a name in clouds.yaml, for the administrator, and for the reader of the Keystone."""
    for name in (*TOKENS.values(), *(name for name in os.environ if name.startswith("OS_"))):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("OS_CLIENT_CONFIG_FILE", str(tmp_path / "clouds.yaml"))
    monkeypatch.chdir(tmp_path)
    catalogue.identity.cache_clear()
    running = []

    def serve(behaviour):
        app = behaving(behaviour, auth=Auth(Remembering(keystone.url)))()
        server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Quiet)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        running.append((server, thread))
        region = keystone.register(f"http://127.0.0.1:{server.server_port}")
        known = {name: entry(keystone, region, user) for name, user in USERS.items()}
        (tmp_path / "clouds.yaml").write_text(yaml.safe_dump({"clouds": known}), encoding="utf-8")

    yield serve
    catalogue.identity.cache_clear()
    for server, thread in running:
        server.shutdown()
        thread.join()
        server.server_close()


def entry(keystone, region, user):
    """What clouds.yaml says of a user of that Keystone."""
    domains = {"user_domain_name": "Default", "project_domain_name": "Default"}
    auth = {"auth_url": keystone.url, "username": user, "password": f"{user}-pw", "project_name": "admin"}
    return {"auth": auth | domains, "region_name": region}


def judged(others=READER):
    """What the part of the suite that is about callers comes to, by requirement, for who logs in and who else does."""
    with caller_chosen(FIRST, None, None) as found, others_chosen(others, FIRST, None):
        measured = run_suite(Options(target=found.target, level=Level.PROTOCOL, tests=("callers/strangers",)))
        kept = [secret for secret in secrets() if secret in repr(measured)]
    assert (measured.broken, measured.wrong_use, kept, "gAAAA" in repr(measured)) == ("", "", [], False)
    return {result.requirement: result for result in measured.results}, measured.notes


def test_every_caller_is_judged_and_passed(served):
    """Whoever logs in, a reader who does so too, and a token that the run makes and gives back: nothing is missing."""
    served(passing)
    results, notes = judged()
    assert ([results[each].verdict for each in CALLERS], notes) == ([Verdict.PASS] * 8, ())


def test_a_reader_who_may_delete_is_found(keystone, served):
    """A server that deletes for a reader is charged with it, and its evidence holds no token."""
    source, admin = Remembering(keystone.url), keystone.token()

    def lets_delete(asked, clean):
        token = asked.headers.get("x-auth-token", "")
        caller = source.identify(token) if token and asked.role == "delete" else None
        is_reader = caller is not None and caller.user == "reader1"
        return clean.send(replace(asked, headers={**asked.headers, "x-auth-token": admin}) if is_reader else asked)

    served(lets_delete)
    results, _ = judged()
    assert results["VIM-AUTH-007"].verdict is Verdict.FAIL
    assert "# as somebody who may only read:" in results["VIM-AUTH-007"].findings[0].reproducer


@pytest.mark.parametrize(
    ("others", "error", "said"),
    [
        (OfOthers(None, None, "nowhere"), WrongUse, "--reader-cloud nowhere: the cloud 'nowhere' cannot be used"),
        (OfOthers(None, None, "edge"), WrongUse, "name a cloud with a user who may only read"),
        (OfOthers(None, Path("x"), "edge-reader"), WrongUse, "leave one of them out"),
        (OfOthers(None, None, "nobody"), Incomplete, "--reader-cloud nobody: Keystone refuses the log-in"),
    ],
    ids=["unknown", "the same", "both", "refused"],
)
def test_what_is_wrong_with_a_reader_is_one_sentence(served, others, error, said):
    """Nothing was judged, and the sentence says whose log-in it is."""
    served(passing)
    Path("x").write_text("a-token", encoding="utf-8")
    with pytest.raises(error, match=re.escape(said)), others_chosen(others, FIRST, None):
        pytest.fail("somebody was chosen")


def test_a_token_is_given_back_and_no_other(keystone, served):
    """What the run makes up opens nothing any more; its own token goes on holding."""
    served(passing)
    wanted = catalogue.Wanted("edge")
    worthless, ours = catalogue.revoked_token(wanted), catalogue.identity(wanted).token()
    source = Keystone(Place(keystone.url))
    assert (source.identify(worthless), source.identify(ours).user) == (None, "admin")
