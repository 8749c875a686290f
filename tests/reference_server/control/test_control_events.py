import pytest

from reference_server.engine.notices import AlarmName, EventName, Severity
from spec.load import load_control

KINDS = ("sw-patch", "sw-upgrade")
FAILING = {"faults": [{"step": "lock-hosts", "ends": "fails", "times": 1}]}


def told(control, **options):
    """What the events say, oldest first."""
    return [event["event"] for event in control.get("/_control/events", **options)["events"]]


def test_nothing_is_told_at_first(control):
    """Before an apply there is neither an event nor an alarm."""
    control.caller.bring("sw-patch", "ready-to-apply")
    assert control.get("/_control/events") == {"events": [], "alarms": []}


@pytest.mark.parametrize("kind", KINDS)
def test_an_apply_is_told(control, kind):
    """An apply that succeeds is told by three events of its kind, numbered from 1."""
    control.caller.bring(kind, "applied")
    events = control.get("/_control/events")["events"]
    assert [(event["number"], event["kind"], event["event"]) for event in events] == [
        (1, kind, "apply started"),
        (2, kind, "in-progress"),
        (3, kind, "completed"),
    ]


def test_a_running_apply_stands_as_an_alarm(control):
    """While an apply runs its alarm stands, with its id, since the moment of the request."""
    now = control.caller.bring("sw-patch", "ready-to-apply") and control.get("/_control")["now"]
    control.caller.act("sw-patch", "apply-all")
    assert control.get("/_control/events")["alarms"] == [
        {
            "kind": "sw-patch",
            "alarm": "in-progress",
            "severity": None,
            "alarm_id": "900.101",
            "entity": "orchestration=sw-patch",
            "at": now,
        }
    ]


def test_a_failure_is_told_with_its_reason(control):
    """An apply that fails is an event with the reason of the phase, and a critical alarm."""
    control.caller.bring("sw-patch", "ready-to-apply")
    control.post("/_control/faults", FAILING)
    control.caller.act("sw-patch", "apply-all")
    control.caller.wait("sw-patch", lambda seen: seen["state"] == "aborted")
    journal = control.get("/_control/events")
    failed = [event["reason"] for event in journal["events"] if event["event"] == "failed"]
    assert (failed, [alarm["severity"] for alarm in journal["alarms"]]) == (["host lock failed"], ["critical"])


@pytest.mark.parametrize("kind", KINDS)
def test_only_what_came_after_is_told(control, kind):
    """With `after` the events up to that number are left out."""
    control.caller.bring(kind, "applied")
    assert told(control, query_string={"after": "2"}) == ["completed"]
    assert told(control, query_string={"after": "0"}) == told(control)
    assert told(control, query_string={"after": "999999999999999999"}) == []


@pytest.mark.parametrize("after", ["", "x", "-1", "1.5", "1e3", "+1", " 1", "٣", "1" * 19, "null", "\ud800"])
def test_a_wrong_number_is_refused(control, after):
    """What is no number of an event is 400."""
    query = "after=" + after.encode("utf-8", "surrogatepass").decode("latin-1")
    assert control.send("GET", "/_control/events", query_string=query).status == 400


def test_other_arguments_are_ignored(control):
    """An argument that the route does not know changes nothing."""
    control.caller.bring("sw-patch", "applied")
    assert told(control, query_string={"before": "x"}) == told(control)


def test_a_reset_empties_the_journal_and_numbers_go_on(control):
    """After a reset nothing is told, and the next event has the next number."""
    control.caller.bring("sw-patch", "applied")
    control.post("/_control/reset")
    assert control.get("/_control/events") == {"events": [], "alarms": []}
    control.caller.bring("sw-patch", "applying, stage 0 running")
    assert control.get("/_control/events")["events"][0]["number"] == 4


@pytest.mark.parametrize(
    ("schema", "member", "words"),
    [
        ("Event", "event", {*EventName}),
        ("StandingAlarm", "alarm", {*AlarmName}),
        ("StandingAlarm", "severity", {*Severity, None}),
    ],
)
def test_the_document_has_the_words_of_the_engine(schema, member, words):
    """The words of events and alarms in `spec/control.yaml` are those that the engine knows."""
    properties = load_control().document["components"]["schemas"][schema]["properties"]
    assert set(properties[member]["enum"]) == words
