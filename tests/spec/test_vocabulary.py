"""What there is to be seen of words comes from the contract and the law, and is found in bodies."""

import copy

import pytest

from spec.load import RELEASES, load_contract, load_law
from spec.vocabulary import ANSWER, REQUEST, Home, Reader, vocabulary_of


@pytest.fixture(scope="module")
def vocabulary():
    """The words of the published contract."""
    return vocabulary_of(load_contract(), load_law())


@pytest.mark.parametrize(
    ("home", "words"),
    [
        (Home(REQUEST, "sw-patch", "SwPatchCreate", "controller-apply-type"), ("serial", "ignore")),
        (Home(REQUEST, "sw-upgrade", "SwUpgradeCreate", "alarm-restrictions"), ("strict", "relaxed")),
        (Home(REQUEST, "sw-patch", "StrategyAction", "action"), ("apply-all", "abort", "apply-stage", "abort-stage")),
        (Home(REQUEST, "sw-patch", "StrategyDelete", "force"), ("false", "true")),
        (Home(ANSWER, "sw-upgrade", "Phase", "phase-name"), ("build", "apply", "abort")),
        (Home(ANSWER, "sw-patch", "Step", "entity-type"), ("", "hosts", "instances")),
        (Home(ANSWER, "", "AnyFault", "faultcode"), ("Client", "Server")),
    ],
    ids=lambda value: value.member if isinstance(value, Home) else "",
)
def test_words_stand_where_the_contract_puts_them(vocabulary, home, words):
    """Enumerations of every form, of all branches of a choice, and true and false."""
    assert vocabulary.words[home] == words


def test_states_that_nobody_may_see_are_not_missed(vocabulary):
    """The contract names the hidden states of an engine; the law does not let them be seen."""
    seen = vocabulary.words[Home(ANSWER, "sw-patch", "Strategy", "state")]
    assert set(seen) == set(load_law().states)
    assert not set(seen) & load_law().hidden


@pytest.mark.parametrize("kind", ["sw-patch", "sw-upgrade"])
def test_stages_and_steps_are_those_of_the_kind(vocabulary, kind):
    """No patch strategy is blamed for having upgraded no host."""
    law = load_law()
    stages = {name for phase in law.phases for name in law.stages_of(kind, phase)}
    steps = {name for phase in law.phases for name in law.steps_of(kind, phase)}
    assert set(vocabulary.words[Home(ANSWER, kind, "Stage", "stage-name")]) == stages
    assert set(vocabulary.words[Home(ANSWER, kind, "Step", "step-name")]) == steps


def test_the_words_of_a_document_are_found_at_any_depth(vocabulary):
    """Every example of the reference is walked: its states, its steps."""
    contract = load_contract()
    body = contract.example("05-sw-patch-strategy-get-ready-to-apply")
    found = set(vocabulary.answers["getSwPatchStrategy", 200].words(body))
    assert (Home(ANSWER, "sw-patch", "Strategy", "state"), "ready-to-apply") in found
    assert (Home(ANSWER, "sw-patch", "Step", "step-name"), "lock-hosts") in found
    assert (Home(ANSWER, "sw-patch", "Stage", "inprogress"), "false") in found


def test_a_body_that_shares_parts_with_the_last_one_has_words_of_its_own(vocabulary):
    """A stage that is the same object is not read again; one that differs is, and one that is gone is forgotten."""
    place = vocabulary.answers["getSwPatchStrategy", 200]
    reader, body = Reader(place), load_contract().example("05-sw-patch-strategy-get-ready-to-apply")
    before = reader.words(body)
    stages = body["strategy"]["apply-phase"]["stages"]
    other = copy.deepcopy(stages[0])
    other["steps"][0]["result"] = "timed-out"
    changed = copy.copy(body)
    changed["strategy"] = body["strategy"] | {"apply-phase": {"stages": [other, *stages[1:]]}}
    after = reader.words(changed)
    assert (before, after) == (place.words(body), place.words(changed))
    assert {word for _, word in after - before} == {"timed-out"}
    assert reader.words(body) == before


def test_what_says_the_same_is_the_same_set(vocabulary):
    """Bodies with the same words share one set, whatever else is another; what is no text is never taken for one."""
    place = vocabulary.answers["getSwPatchStrategy", 200]
    reader, found = Reader(place), []
    for odd in ("timed-out", True, 1, ["timed-out"], {"result": "timed-out"}, None, "timed-out"):
        body = load_contract().example("05-sw-patch-strategy-get-ready-to-apply")
        body["strategy"]["apply-phase"]["stages"][0]["steps"][0] |= {"result": odd, "reason": repr(odd)}
        found.append(reader.words(body))
        assert found[-1] == place.words(body)
    assert found[0] is found[-1]
    assert len(set(found)) == 3


@pytest.mark.parametrize(
    "value",
    [None, [], "x", {"strategy": None}, {"strategy": {"state": ["x"]}}, {"strategy": {"build-phase": {"stages": 4}}}],
    ids=repr,
)
def test_a_body_of_any_shape_can_be_walked(vocabulary, value):
    """What is no text stands for no word."""
    assert list(vocabulary.answers["getSwPatchStrategy", 200].words(value)) == []


def test_a_release_has_words_of_its_own():
    """What a release lets clients send can be seen under it, and is missed under no other."""
    home = Home(REQUEST, "sw-upgrade", "SwUpgradeCreate", "complete-upgrade")
    words = {name: vocabulary_of(load_contract(name), load_law(name)).words.get(home) for name in RELEASES}
    assert (words["published"], words["stx-3.0"]) == (None, ("false", "true"))
