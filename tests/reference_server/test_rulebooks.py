"""Rulebook files: what is shipped, what may be extended, and what is wrong with a broken one."""

import json
from dataclasses import asdict, fields, replace

import pytest

from reference_server.engine.planning.recipes import CONDITIONS
from reference_server.engine.reasons import Reason
from reference_server.engine.rulebook import Choices, Entities, Quirks
from reference_server.engine.words import Kind, StepName
from reference_server.rulebooks import RELEASES, load_release, read_release
from reference_server.rulebooks.engine_rules import RECIPE_KEYS
from reference_server.rulebooks.files import schema
from spec.documents import DocumentError

# ENGINE.md 4.1 and 9.5: seconds under stx-3.0 and under published.
TIMEOUTS = {
    "query-alarms": (60, 60),
    "query-sw-patches": (60, 60),
    "query-sw-patch-hosts": (60, 60),
    "query-upgrade": (60, 60),
    "swact-hosts": (900, 900),
    "disable-host-services": (180, 180),
    "enable-host-services": (180, 180),
    "migrate-instances": (1800, 900),
    "stop-instances": (900, 900),
    "start-instances": (900, 900),
    "lock-hosts": (900, 900),
    "unlock-hosts": (1800, 900),
    "reboot-hosts": (900, 900),
    "sw-patch-hosts": (1800, 1800),
    "upgrade-hosts": (3600, 1800),
    "activate-upgrade": (900, 900),
    "complete-upgrade": (300, 300),
}


@pytest.mark.parametrize(("step", "stx", "published"), [(step, *seconds) for step, seconds in TIMEOUTS.items()])
def test_step_timeouts_are_those_of_the_release(step, stx, published):
    """A shipped rulebook has another timeout for a step."""
    assert [load_release(name).rulebook.step_timeouts[StepName(step)] for name in ("stx-3.0", "published")] == [
        stx,
        published,
    ]


def waits(release, step):
    """The timeouts of a step in each recipe."""
    recipes = load_release(release).rulebook.recipes
    return {key: [line.timeout for line in lines if line.step == step] for key, lines in recipes.items()}


def test_wait_data_sync_is_as_long_as_the_release_says():
    """A wait-data-sync step waits for another time (ENGINE.md 4.1, 9.5)."""
    lengths = [
        {key: found[0] for key, found in waits(release, "wait-data-sync").items() if found}
        for release in ("stx-3.0", "published")
    ]
    keys = ("sw-patch-storage-hosts.reboot", "sw-upgrade-controllers", "sw-upgrade-storage-hosts")
    assert lengths == [dict(zip(keys, seconds, strict=True)) for seconds in ((1800, 14400, 7200), (1800, 7200, 7200))]


REBOOTS = ("controllers", "storage-hosts", "swift-hosts", "worker-hosts")


@pytest.mark.parametrize("stage", REBOOTS)
def test_only_stx_stabilizes_between_patching_and_unlocking(stage):
    """Published rules stabilize before unlocking, or those of stx-3.0 do not (quirk B14)."""
    key = f"sw-patch-{stage}.reboot"
    stx, published = (load_release(name).rulebook.recipes[key] for name in ("stx-3.0", "published"))
    without = [line for line in stx if (line.step, line.timeout) != ("system-stabilize", 15)]
    assert len(without) == len(stx) - 1
    assert [(line.step, line.entities, line.when) for line in published] == [
        (line.step, line.entities, line.when) for line in without
    ]


@pytest.mark.parametrize("stage", REBOOTS)
def test_an_in_service_stage_stabilizes_as_long_as_the_release_says(stage):
    """The last step of an in-service stage has another length (ENGINE.md 9.5)."""
    key = f"sw-patch-{stage}.in-service"
    assert [load_release(name).rulebook.recipes[key][-1].timeout for name in ("stx-3.0", "published")] == [30, 60]


def test_quirks_have_the_defaults_of_the_release():
    """A quirk of the engine is switched otherwise than PUBLISHED.md, ENGINE.md appendix B and ADR 0007 (B11) say."""
    switched = dict.fromkeys((field.name for field in fields(Quirks)), True)
    switched |= {"ignore_list_grows": False, "second_abort_refused": False}
    expected = dict.fromkeys(RELEASES, switched)
    expected |= {"published": switched | {"synchronous_undo_keeps_indices": False}}
    expected |= {"stx-master": switched | {"second_abort_refused": True}}
    assert {name: asdict(load_release(name).rulebook.quirks) for name in RELEASES} == expected


def test_undo_steps_are_those_of_the_catalogue():
    """A release undoes a step otherwise than ENGINE.md 4.1 says."""
    catalogue = {
        "disable-host-services": "enable-host-services",
        "stop-instances": "start-instances",
        "lock-hosts": "unlock-hosts",
    }
    undone = [dict(load_release(name).rulebook.undo) for name in RELEASES]
    assert [{step: undo[step] for step in catalogue} for undo in undone] == [catalogue] * len(RELEASES)
    assert {step for undo in undone for step in undo.keys() - catalogue.keys()} == {"fw-update-hosts"}


def test_a_release_that_is_not_shipped_is_named():
    """An unknown release loads, or its error does not say which there are."""
    with pytest.raises(LookupError, match=r"stx-9\.9.*published, stx-2018\.10, stx-2\.0"):
        load_release("stx-9.9")


# ENGINE-8.0.md R: choices by the release from which on they hold, and what they were before.
CHOICES = {
    "aio_workers": ("stx-4.0", "among-others", "first"),
    "simplex_migration": ("stx-4.0", "refused", "without-openstack"),
    "aio_upgrade": ("stx-5.0", "refused", "duplex"),
    "failed_patch_host": ("stx-6.0", "current", "failed"),
    "whole_second_timers": ("stx-6.0", False, True),
}


@pytest.mark.parametrize(("choice", "first", "before", "since"), [(name, *row) for name, row in CHOICES.items()])
def test_choices_change_with_the_release_that_brought_them(choice, first, before, since):
    """A release goes another way than ENGINE-8.0.md R says, or a choice of the engine is not in that table."""
    begun = RELEASES.index(first)
    expected = [before] * begun + [since] * (len(RELEASES) - begun)
    assert [getattr(load_release(name).rulebook.choices, choice) for name in RELEASES] == expected
    assert set(CHOICES) == {field.name for field in fields(Choices)}


# ENGINE-8.0.md D11, D10 and D16: stages whose unlock is tried again, and alarms that are ignored, by release.
RETRIED = {
    "stx-4.0": set(),
    "stx-5.0": {"sw-upgrade-worker-hosts"},
    "stx-6.0": {"sw-upgrade-controllers", "sw-upgrade-storage-hosts", "sw-upgrade-worker-hosts"},
    "stx-9.0": {"sw-upgrade-controllers", "sw-upgrade-storage-hosts", "sw-upgrade-worker-hosts"},
}
IGNORED = {
    "stx-4.0": ((), ()),
    "stx-5.0": ((), ("750.006",)),
    "stx-8.0": ((), ("750.006",)),
    "stx-9.0": (("100.119", "900.701"), ("750.006", "100.119", "900.701")),
}


@pytest.mark.parametrize("release", RETRIED)
def test_which_unlocks_are_tried_again(release):
    """An unlock is tried again in other stages, or not five times (D11)."""
    recipes = load_release(release).rulebook.recipes
    found = {key: line.retries for key, lines in recipes.items() for line in lines if line.retries}
    assert found == dict.fromkeys(RETRIED[release], 5)


@pytest.mark.parametrize("release", IGNORED)
def test_which_alarms_are_ignored(release):
    """A release ignores other alarms, or in another order (D10, D16)."""
    base = load_release("stx-3.0").rulebook.ignored_alarms
    expected = {kind: base[kind] + more for kind, more in zip(base, IGNORED[release], strict=True)}
    assert dict(load_release(release).rulebook.ignored_alarms) == expected


@pytest.mark.parametrize(("release", "neighbour"), [("stx-2.0", "stx-3.0"), ("stx-8.0", "stx-7.0")])
def test_releases_whose_engines_are_alike(release, neighbour):
    """The engine of a release differs from its neighbour's although none of its rules does."""
    mine, other = (load_release(name).rulebook for name in (release, neighbour))
    assert replace(mine, release="") == replace(other, release="")


def test_workers_of_2018_are_computes():
    """2018.10 calls workers, or what it says of them, otherwise than computes (ENGINE.md 9.6)."""
    rulebook = load_release("stx-2018.10").rulebook
    assert sorted({name for name in rulebook.stage_names.values() if "compute" in name}) == [
        "sw-patch-compute-hosts",
        "sw-upgrade-compute-hosts",
    ]
    names = {"personality": "controller,worker"}
    told = rulebook.told(Reason.HOST_NOT_WORKING, names)
    assert told == "all controller,compute hosts must be unlocked-enabled-available"
    assert not [text for text in rulebook.reasons.values() if "worker" in text]


@pytest.fixture
def write(tmp_path):
    """Writes a rulebook file and gives its path."""

    def written(text, name="mine.yaml"):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return written


UNLOCK_FIRST = """\
extends: stx-3.0
recipes:
  sw-patch-controllers.reboot:
    - query-alarms
    - {step: unlock-hosts, entities: hosts}
    - {step: lock-hosts, entities: hosts, timeout: 7}
    - system-stabilize/final
"""


def test_a_file_reorders_the_steps_of_a_stage(write):
    """A rulebook of somebody's own cannot put unlock before lock by reordering lines."""
    release = read_release(write(UNLOCK_FIRST))
    lines = release.rulebook.recipes["sw-patch-controllers.reboot"]
    assert [(str(line.step), str(line.entities), line.timeout) for line in lines] == [
        ("query-alarms", "none", 60),
        ("unlock-hosts", "hosts", 1800),
        ("lock-hosts", "hosts", 7),
        ("system-stabilize", "none", 60),
    ]


def test_a_file_changes_only_what_it_says(write):
    """Extending a release changes what the file does not name."""
    mine, stx = read_release(write("extends: stx-3.0\ntimeouts: {lock-hosts: 1}\n")), load_release("stx-3.0")
    assert mine.wire == stx.wire
    assert mine.rulebook.quirks == stx.rulebook.quirks
    assert dict(mine.rulebook.step_timeouts) == dict(stx.rulebook.step_timeouts) | {"lock-hosts": 1}


@pytest.mark.parametrize(("base", "seconds"), [("published", 900), ("stx-3.0", 1800)])
def test_a_file_that_extends_nothing_extends_the_base(write, base, seconds):
    """A file without `extends` does not build on the release that it is used with."""
    release = read_release(write("quirks: {partial_stages_stay: false}\n"), base)
    assert (
        release.name,
        release.rulebook.step_timeouts["unlock-hosts"],
        release.rulebook.quirks.partial_stages_stay,
    ) == (
        "mine",
        seconds,
        False,
    )


def test_a_file_may_extend_a_file_beside_it(write):
    """A file cannot extend another one by its path, or the nearer one does not win."""
    write("extends: stx-3.0\ntimeouts: {lock-hosts: 1, unlock-hosts: 2}\n", "older.yaml")
    release = read_release(write("extends: older.yaml\nrelease: newer\ntimeouts: {lock-hosts: 3}\n"))
    timeouts = release.rulebook.step_timeouts
    assert (release.name, timeouts["lock-hosts"], timeouts["unlock-hosts"]) == ("newer", 3, 2)


def test_wire_texts_are_merged_one_by_one(write):
    """A file that changes one fault text loses the others, or a choice beside them."""
    release = read_release(
        write('extends: stx-3.0\nwire: {refused_action: 409, texts: {stage_missing: "which stage?"}}\n')
    )
    stx = load_release("stx-3.0").wire
    assert (release.wire.refused_action, release.wire.texts["stage_missing"]) == (409, "which stage?")
    assert {key for key, text in stx.texts.items() if release.wire.texts[key] != text} == {"stage_missing"}


BROKEN = {
    "not YAML": ("timeouts: [", r"mine\.yaml:\d+: not YAML"),
    "not a mapping": ("- a\n", r"mine\.yaml:1: the document"),
    "unknown section": ("extends: stx-3.0\nsteps: {}\n", r"mine\.yaml:2: .*steps"),
    "unknown base": (
        "extends: stx-9\n",
        r"mine\.yaml:1: /extends: 'stx-9' is neither a shipped release \(published, stx-2018\.10, .*stx-master\)",
    ),
    "extends itself": ("extends: mine.yaml\n", r"/extends: more than 20 rulebooks"),
    "unknown step in timeouts": (
        "extends: stx-3.0\ntimeouts:\n  lock-host: 1\n",
        r"mine\.yaml:3: /timeouts/lock-host: unknown step 'lock-host'; did you mean lock-hosts\?",
    ),
    "unknown recipe": (
        "recipes:\n  sw-patch-controller.reboot:\n    - query-alarms\n",
        r"mine\.yaml:3: /recipes/sw-patch-controller\.reboot: unknown recipe .* did you mean sw-patch-controllers",
    ),
    "unknown step in a recipe": (
        "recipes:\n  sw-upgrade-complete:\n    - query-alarms\n    - dance\n",
        r"mine\.yaml:4: /recipes/sw-upgrade-complete/1: unknown step 'dance'; write one of query-alarms,",
    ),
    "step without timeout": (
        "recipes:\n  sw-upgrade-complete:\n    - system-stabilize/never\n",
        r"mine\.yaml:3: /recipes/sw-upgrade-complete/0: there is no timeout for system-stabilize/never",
    ),
    "unknown condition": (
        "recipes:\n  sw-upgrade-complete:\n    - {step: query-alarms, when: [migrates]}\n",
        r"mine\.yaml:3: /recipes/sw-upgrade-complete/0: unknown condition 'migrates'; did you mean migrate\?",
    ),
    "unknown entities": (
        "recipes:\n  sw-upgrade-complete:\n    - {step: lock-hosts, entities: everything}\n",
        r"mine\.yaml:3: /recipes/sw-upgrade-complete/0/entities",
    ),
    "empty recipe": ("recipes:\n  sw-upgrade-complete: []\n", r"mine\.yaml:2: /recipes/sw-upgrade-complete"),
    "negative timeout": ("timeouts:\n  lock-hosts: -1\n", r"mine\.yaml:2: /timeouts/lock-hosts"),
    "fraction as timeout": ("timeouts:\n  lock-hosts: 1.5\n", r"mine\.yaml:2: /timeouts/lock-hosts"),
    "unknown undo": ("undo:\n  lock-hosts: dance\n", r"mine\.yaml:2: /undo/lock-hosts: unknown step 'dance'"),
    "unknown kind": (
        "ignored_alarms:\n  sw-patches: []\n",
        r"mine\.yaml:2: .*unknown kind 'sw-patches'; did you mean sw-patch\?",
    ),
    "unknown quirk": (
        "quirks:\n  partial_stages: true\n",
        r"mine\.yaml:2: .*unknown quirk 'partial_stages'; did you mean partial_stages_stay\?",
    ),
    "quirk that is no switch": ("quirks:\n  partial_stages_stay: 1\n", r"mine\.yaml:2: /quirks/partial_stages_stay"),
    "unknown wire choice": ("wire:\n  nonsense: 1\n", r"mine\.yaml.*nonsense"),
    "unknown reason": (
        "reasons:\n  no-patch: none\n",
        r"mine\.yaml:2: /reasons/no-patch: unknown reason 'no-patch'; did you mean no-patches\?",
    ),
    "reason that names a stranger": (
        "reasons:\n  no-patches: 'none on {host}'\n",
        r"mine\.yaml:2: /reasons/no-patches: \{host\} cannot stand there; in braces it may name nothing",
    ),
    "reason with half a brace": ("reasons:\n  no-patches: '{'\n", r"mine\.yaml:2: /reasons/no-patches: .*twice"),
    "unknown choice": ("choices:\n  aio_worker: first\n", r"mine\.yaml:2: .*aio_worker"),
    "another way than there is": ("choices:\n  aio_workers: last\n", r"mine\.yaml:2: /choices/aio_workers"),
    "another word for workers": ("words:\n  worker: node\n", r"mine\.yaml:2: /words/worker"),
    "retries of a lock": (
        "recipes:\n  sw-upgrade-complete:\n    - {step: lock-hosts, retries: 1}\n",
        r"mine\.yaml:3: .*lock-hosts is not tried again, only unlock-hosts is",
    ),
    "key that is no text": ("timeouts:\n  1: 1\n", r"mine\.yaml:2: .*not text"),
}


@pytest.mark.parametrize(("text", "message"), BROKEN.values(), ids=BROKEN)
def test_a_broken_file_is_refused_with_its_place(write, text, message):
    """A broken rulebook loads, or its error does not name file, line and what is wrong."""
    with pytest.raises(DocumentError, match=message):
        read_release(write(text))


def test_every_problem_is_told_at_once(write):
    """A file with two problems tells only one."""
    with pytest.raises(DocumentError) as caught:
        read_release(write("timeouts: {dance: 1}\nquirks: {dances: true}\n"))
    assert str(caught.value).count("\n") == 1


def test_a_missing_file_is_refused(tmp_path):
    """A rulebook that is not there raises something else than DocumentError."""
    with pytest.raises(DocumentError, match="nowhere"):
        read_release(tmp_path / "nowhere.yaml")


def test_the_schema_knows_the_words_of_the_code():
    """The published schema of rulebooks names other entities than the code knows."""
    line = schema()["$defs"]["line"]["else"]["properties"]
    assert line["entities"]["enum"] == [str(entities) for entities in Entities]
    assert set(schema()["properties"]["choices"]["properties"]) == {field.name for field in fields(Choices)}


@pytest.mark.parametrize("release", RELEASES)
def test_every_recipe_is_there(release):
    """A shipped rulebook lacks a recipe, a reason or the alarms that a kind ignores."""
    rulebook = load_release(release).rulebook
    assert (set(rulebook.recipes), set(rulebook.stage_names)) == (set(RECIPE_KEYS), set(RECIPE_KEYS))
    assert set(rulebook.reasons) == set(Reason)
    assert set(rulebook.ignored_alarms) == {Kind.SW_PATCH, Kind.SW_UPGRADE}


def test_every_word_of_recipes_is_used():
    """The engine knows a condition, or a choice of entities, that no recipe of any release needs."""
    recipes = [lines for name in RELEASES for lines in load_release(name).rulebook.recipes.values()]
    assert {name for lines in recipes for line in lines for name in line.when} == set(CONDITIONS)
    assert {line.entities for lines in recipes for line in lines} == set(Entities)


def test_the_schema_is_json_that_can_be_published():
    """The schema of rulebooks is not plain JSON."""
    assert json.loads(json.dumps(schema()))["title"] == "Rulebook of a release"
