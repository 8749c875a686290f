"""Cached bytes are the dict rendering, written down: whatever the strategy, and whatever was written before it."""

import json
from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reference_server.clock import SystemClock, VirtualClock
from reference_server.document import Form, Pages, render
from reference_server.driver import Driver, Refused
from reference_server.engine.model import Phase, Stage, Step, Strategy, StrategyRequest
from reference_server.engine.words import ApplyType, InstanceAction, Kind, PhaseName
from reference_server.rulebooks import load_release
from reference_server.worlds.file import parse_world

WORLD = {
    "hosts": [{"name": f"controller-{number}", "personality": "controller"} for number in (0, 1)]
    + [{"name": f"compute-{number}", "personality": "worker"} for number in range(4)],
    "instances": [{"name": f"vm-{number}", "host": f"compute-{number}"} for number in range(2)],
    "patches": [{"name": "P1"}],
}
STAMP = VirtualClock().stamp
FORM = Form()


def form_of(named):
    """The form of a release whose documents carry their kind's name, or do not."""
    return FORM if named else Form(named=frozenset())


def whole(strategy, *, named=True, stamp=STAMP):
    """The answer as it is written from the dict."""
    return json.dumps({"strategy": render(strategy, form=form_of(named), stamp=stamp)})


def again(body):
    """A JSON text with the white space and escapes of the standard library; members keep their order."""
    return json.dumps(json.loads(body))


# Strategies that no engine would make ---------------------------------------------------------------------------------

MOMENTS = st.none() | st.floats(0, 2e9, allow_nan=False)
TEXTS = st.text(max_size=6)  # without halves of surrogate pairs
STEPS = st.builds(
    Step,
    timeout=st.integers(0, 9999),
    entity_uuids=st.lists(TEXTS, max_size=2).map(tuple),
    entity_names=st.lists(TEXTS, max_size=2).map(tuple),
    host_names=st.just(()),
    reason=TEXTS,
    started=MOMENTS,
    ended=MOMENTS,
    first_event=st.none(),
    due=st.none(),
)
STAGES = st.builds(
    Stage, steps=st.lists(STEPS, max_size=3).map(tuple), reason=TEXTS, started=MOMENTS, ended=MOMENTS, due=st.none()
)


@st.composite
def chains(draw):
    """Strategies one after the other that share some of their stages, at the same places or at others."""
    pool = draw(st.lists(STAGES, min_size=1, max_size=4))

    def phases(name):
        stages = st.lists(st.sampled_from(pool), max_size=4).map(tuple)
        return st.builds(
            Phase, st.just(name), stages, reason=TEXTS, started=MOMENTS, ended=MOMENTS, due=st.none(), inprogress=...
        )

    parts = {name.value: phases(name) for name in (PhaseName.BUILD, PhaseName.APPLY, PhaseName.ABORT)}
    requests = st.builds(StrategyRequest, max_parallel_worker_hosts=st.integers(2, 100))
    return draw(st.lists(st.builds(Strategy, TEXTS, requests, queried=st.just(None), **parts), min_size=1, max_size=5))


@given(chains(), st.booleans())
@settings(deadline=None)
def test_any_strategy(chain, named):
    """The bytes of a strategy are those of its dict, in the order of its members, whatever was written before."""
    pages = Pages(form_of(named), STAMP)
    written = [again(pages.page(strategy).body) for strategy in chain]
    assert written == [whole(strategy, named=named) for strategy in chain]


# Strategies that live -------------------------------------------------------------------------------------------------

COMMANDS = {
    "apply": lambda driver, kind: driver.apply(kind),
    "apply stage": lambda driver, kind: driver.apply(kind, driver.find(kind).apply.current_stage),
    "abort": lambda driver, kind: driver.abort(kind),
    "delete": lambda driver, kind: driver.delete(kind, force=True),
    "wait": lambda driver, _: driver.advance(max(0.0, (driver.next_event() or 0.0) - driver.clock.now())),
    "sleep": lambda driver, _: driver.advance(45.0),
}
REQUESTS = {
    Kind.SW_PATCH: StrategyRequest(
        Kind.SW_PATCH, worker_apply_type=ApplyType.PARALLEL, default_instance_action=InstanceAction.STOP_START
    )
}


def attempt(driver, name):
    """One command, if it is allowed now."""
    with suppress(Refused, LookupError):
        COMMANDS[name](driver, Kind.SW_PATCH)


def both_ways(driver, names):
    """At every moment of a run of these commands: the bytes, and the dict written down."""
    driver.create(REQUESTS[Kind.SW_PATCH])
    for name in names:
        if driver.find(Kind.SW_PATCH) is None:
            driver.create(REQUESTS[Kind.SW_PATCH])
        attempt(driver, name)
        strategy = driver.find(Kind.SW_PATCH)
        if strategy is not None:
            yield again(driver.page(strategy).body), json.dumps({"strategy": driver.document(strategy)})


@pytest.mark.parametrize("clock", [VirtualClock, SystemClock])
@given(st.lists(st.sampled_from([*COMMANDS, *["wait"] * 8, *["sleep"] * 4]), min_size=10, max_size=60))
@settings(deadline=None, max_examples=60)
def test_every_moment_of_a_run(clock, names):
    """At every moment of a strategy's life the bytes are those of its dict, dates by the driver's clock."""
    driver = Driver(parse_world(WORLD, "world"), load_release("stx-3.0"), clock())
    seen = list(both_ways(driver, names))
    assert [body for body, _ in seen] == [text for _, text in seen]


# What is kept ---------------------------------------------------------------------------------------------------------

STRATEGY = Strategy(
    "a-uuid",
    StrategyRequest(Kind.SW_PATCH),
    current_phase=PhaseName.APPLY,
    apply=Phase(PhaseName.APPLY, tuple(Stage("sw-patch-swift-hosts", (), started=moment) for moment in (1.0, 2.0))),
)


def test_what_did_not_change_is_not_rendered_again():
    """After a change of one stage that stage alone is rendered: no other date is written."""
    dates = []
    pages = Pages(FORM, lambda moment: dates.append(moment) or STAMP(moment))
    pages.page(STRATEGY)
    dates.clear()
    stages = (STRATEGY.apply.stages[0], replace(STRATEGY.apply.stages[1], inprogress=True))
    pages.page(STRATEGY.with_phase(replace(STRATEGY.apply, stages=stages)))
    assert dates == [2.0]


def test_the_same_strategy_is_the_same_page():
    """A strategy that did not change is not written again."""
    pages = Pages(FORM, STAMP)
    assert pages.page(STRATEGY) is pages.page(STRATEGY)


def test_half_of_a_character():
    """A name that UTF-8 cannot write is answered with escapes, as the dict is."""
    strategy = replace(STRATEGY, uuid="\ud800")
    assert Pages(FORM, STAMP).page(strategy).body.decode() == whole(strategy)


@pytest.mark.parametrize(
    ("other", "same"),
    [
        (replace(STRATEGY), True),
        (replace(STRATEGY, uuid="another"), False),
        (STRATEGY.with_phase(replace(STRATEGY.apply, stages=STRATEGY.apply.stages[:1])), False),
        (STRATEGY.with_phase(replace(STRATEGY.apply, stages=STRATEGY.apply.stages[::-1])), False),
        (STRATEGY.with_phase(replace(STRATEGY.build, stages=STRATEGY.apply.stages)), False),
    ],
    ids=["nothing", "the uuid", "a stage is missing", "stages change places", "another phase has the same stages"],
)
def test_the_tag_tells_answers_apart(other, same):
    """Two servers that write the same answer give it the same tag; whatever differs gives another one."""
    tags = [Pages(FORM, STAMP).page(strategy).etag for strategy in (STRATEGY, other)]
    assert (tags[0] == tags[1]) is same


@given(chains())
@settings(deadline=None)
def test_tags_are_equal_when_answers_are(chain):
    """Of two answers one after the other the tags are equal exactly when the bytes are."""
    pages = Pages(FORM, STAMP)
    seen = [(page.body, page.etag) for page in (pages.page(strategy) for strategy in chain)]
    assert len({body for body, _ in seen}) == len({tag for _, tag in seen}) == len(set(seen))
