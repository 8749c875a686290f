"""ETag and If-None-Match on the GET of a strategy: an extension of ours (docs/adr/0009-cached-bytes.md)."""

import pytest

KIND = "sw-patch"
STRATEGY = f"/api/orchestration/{KIND}/strategy"


@pytest.fixture(params=["published", "stx"])
def caller(request):
    """A client of either release, with a strategy that is ready to apply."""
    caller = request.getfixturevalue(request.param)
    caller.bring(KIND, "ready-to-apply")
    return caller


def get(caller, **headers):
    """GET the strategy with these headers."""
    return caller.send("GET", STRATEGY, headers={name.replace("_", "-"): value for name, value in headers.items()})


@pytest.mark.parametrize("form", ["{}", "W/{}", '"other", {}', "*"], ids=["strong", "weak", "one of two", "any"])
def test_a_caller_who_has_the_answer(caller, form):
    """Who names the tag of the strategy as it is gets 304 with the tag and not a byte of body."""
    tag = get(caller).headers["ETag"]
    answer = get(caller, If_None_Match=form.format(tag))
    assert (answer.status, answer.data, answer.headers["ETag"]) == (304, b"", tag)
    assert "Content-Type" not in answer.headers


@pytest.mark.parametrize(
    "headers",
    [{}, {"If_None_Match": '"other"'}, {"If_None_Match": "no tag at all"}, {"If_None_Match": ""}],
    ids=["unconditional", "another tag", "nonsense", "empty"],
)
def test_a_caller_who_has_it_not(caller, headers):
    """Without the tag of the strategy as it is the answer is the strategy."""
    answer = get(caller, **headers)
    assert (answer.status, answer.value["strategy"]["state"]) == (200, "ready-to-apply")


@pytest.mark.parametrize("header", ["If_Modified_Since", "If_Unmodified_Since", "If_Match", "Range"])
def test_other_conditions_are_ignored(caller, header):
    """No other condition changes the answer."""
    plain = get(caller)
    answer = get(caller, **{header: "bytes=0-1" if header == "Range" else "Mon, 01 Jan 2035 00:00:00 GMT"})
    assert (answer.status, answer.data) == (plain.status, plain.data)


def test_a_change_is_seen(caller):
    """A tag is out of date as soon as the strategy changes."""
    tag = get(caller).headers["ETag"]
    caller.act(KIND, "apply-all")
    answer = get(caller, If_None_Match=tag)
    assert (answer.status, answer.value["strategy"]["state"]) == (200, "applying")
    assert answer.headers["ETag"] != tag


def test_requests_are_not_conditional(caller):
    """An action is done whatever tag its caller names, and its answer has none."""
    tag = get(caller).headers["ETag"]
    answer = caller.send("POST", f"{STRATEGY}/actions", {"action": "apply-all"}, headers={"If-None-Match": tag})
    assert (answer.status, "ETag" in answer.headers) == (202, False)


def test_no_strategy_has_no_tag(published):
    """Where there is no strategy a condition says nothing."""
    plain, answer = published.get(KIND), get(published, If_None_Match="*")
    assert (answer.status, answer.data, "ETag" in answer.headers) == (plain.status, plain.data, False)


def test_xml_has_no_tag(stx):
    """The XML form is always sent: the tag is that of the JSON form."""
    stx.bring(KIND, "ready-to-apply")
    tag = get(stx).headers["ETag"]
    answer = get(stx, Accept="application/xml", If_None_Match=tag)
    assert (answer.status, answer.headers["Content-Type"], "ETag" in answer.headers) == (
        200,
        "application/xml; charset=UTF-8",
        False,
    )
