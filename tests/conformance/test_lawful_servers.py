"""Servers that do what the reference leaves open, and real ones do: whatever the suite asks them, nothing fails."""

from dataclasses import replace

import pytest

from conformance.drivers.inputs import play_inputs
from conformance.drivers.lifecycle import play, read_scenarios
from conformance.drivers.reads import play_methods, play_reads
from reference_server.engine.words import Kind
from reference_server.memberrules import MemberRule
from reference_server.mutants.layers import answering, asking, behaving, ruled
from reference_server.mutants.traffic import refusal
from reference_server.rulebooks import load_release
from reports.model import Verdict
from spec.load import load_contract, load_ledger

BODIES = load_release("published").wire.creates
COMPLETED = {
    **BODIES,
    Kind.SW_UPGRADE: {**BODIES[Kind.SW_UPGRADE], "complete-upgrade": MemberRule(read="boolean", default=False)},
}
SCENARIOS = {scenario.id: scenario for scenario in read_scenarios()}


def without_allow(asked, answer):
    """A 405 without the header Allow."""
    return answer.with_header("Allow", None)


def relative_hrefs(asked, answer):
    """Hrefs without a host."""
    return answer if asked.role else answer.with_body(answer.body.replace(b"http://localhost", b""))


def page_for_faults(asked, answer):
    """Errors as HTML pages."""
    return answer if answer.status < 400 else answer.with_body(b"<html>error</html>", "text/html")


def numbers_refused(asked, clean):
    """A stage-id has to be a text, as the reference says."""
    is_it = asked.role == "act" and isinstance(asked.members.get("stage-id"), int)
    return refusal(400, "no text") if is_it else clean.send(asked)


def other_host(asked, answer):
    """Hrefs with the name of the server, which its callers cannot resolve."""
    return answer if asked.role else answer.with_body(answer.body.replace(b"//localhost", b"//controller:4545"))


def any_media_type(asked):
    """A body of any media type is taken for JSON."""
    return replace(asked, headers={**asked.headers, "content-type": "application/json"}) if asked.body else asked


def known_members(asked):
    """Unknown members of an action are ignored."""
    known = {name: value for name, value in asked.members.items() if name in ("action", "stage-id")}
    return asked.with_json(known) if asked.role == "act" and known != asked.members else asked


def inputs(operation_id):
    """All bodies for an operation."""
    return lambda talk: play_inputs(load_contract().operation(operation_id), load_ledger(), talk)


def scenario(name):
    """A scripted scenario."""
    return lambda talk: play(SCENARIOS[name], talk)


API_LINKS = (("self", "/api/"), ("openstack", "/api/openstack/"), ("orchestration", "/api/orchestration/"))
SERVERS = {
    "no Allow beside 405": (answering(without_allow), play_methods),
    "hrefs without a host": (answering(relative_hrefs), play_reads),
    "pages for faults": (answering(page_for_faults), play_methods),
    "stage-id as text alone": (behaving(numbers_refused), inputs("actOnSwPatchStrategy")),
    "complete-upgrade taken (D3-12)": (ruled(wire={"creates": COMPLETED}), inputs("createSwUpgradeStrategy")),
    "a name for both kinds (D3-10)": (ruled(wire={"named_kinds": tuple(Kind)}), scenario("twice-sw-patch")),
    "stage-id beside apply-all obeyed (D3-17)": (
        ruled(wire={"stage_id_of_whole_actions": "honoured"}),
        inputs("actOnSwUpgradeStrategy"),
    ),
    "further links of /api (D3-18)": (ruled(wire={"api_links": API_LINKS}), play_reads),
}


@pytest.mark.parametrize(("make", "asked"), SERVERS.values(), ids=SERVERS)
def test_nothing_fails(make, asked, talking, target_of):
    """The server is asked what could show the difference, and no requirement fails."""
    target = target_of(make())
    target.look_for_control(None)
    talk = talking(target)
    assert (asked(talk), talk.failures, talk.exchanges != []) == (None, set(), True)


WARNED = {
    "hrefs of another host": (answering(other_host), play_reads, "VIM-API-019"),
    "any media type taken": (asking(any_media_type), inputs("createSwUpgradeStrategy"), "VIM-UPOST-035"),
    "unknown members ignored": (asking(known_members), inputs("actOnSwUpgradeStrategy"), "VIM-UACT-022"),
}


@pytest.mark.parametrize(("make", "asked", "requirement"), WARNED.values(), ids=WARNED)
def test_what_breaks_no_must_is_a_warning(make, asked, requirement, talking, target_of):
    """A server that breaks a SHOULD alone is warned of that, and no requirement fails."""
    target = target_of(make())
    target.look_for_control(None)
    talk = talking(target)
    asked(talk)
    warned = {result.requirement for result in talk.judge.results() if result.verdict is Verdict.WARN}
    assert (requirement in warned, talk.failures) == (True, set())
