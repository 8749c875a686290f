"""From the strategies of a deployment to a world in which the same requests lead to the same stages."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reference_server.engine.words import Kind
from reference_server.instant import planned_document
from reference_server.requests import parse_create
from reference_server.rulebooks import load_release
from reference_server.worlds.file import load_world, parse_world
from reference_server.worlds.surmise import world_of
from spec.documents import parse

RELEASE = load_release("stx-3.0")
SERIAL = {f"{word}-apply-type": "serial" for word in ("controller", "storage", "worker")} | {
    "swift-apply-type": "serial",
    "default-instance-action": "stop-start",
}
MIGRATE = SERIAL | {"default-instance-action": "migrate"}
PARALLEL = MIGRATE | {"storage-apply-type": "parallel", "worker-apply-type": "parallel"}
UPGRADE = {"storage-apply-type": "serial", "worker-apply-type": "serial"}
UPGRADE_PARALLEL = {"storage-apply-type": "parallel", "worker-apply-type": "parallel"}
REQUESTS = {
    "serial": ("sw-patch", SERIAL),
    "migrate": ("sw-patch", MIGRATE),
    "parallel": ("sw-patch", PARALLEL),
    "parallel-5": ("sw-patch", PARALLEL | {"max-parallel-worker-hosts": 5}),
    "upgrade": ("sw-upgrade", UPGRADE),
    "upgrade parallel": ("sw-upgrade", UPGRADE_PARALLEL),
}


def planned(world, request, release=RELEASE):
    """Kind and document of the strategy that this request leads to in that world."""
    kind, body = REQUESTS[request]
    asked = parse_create(Kind(kind), body, RELEASE.wire)
    return kind, planned_document(asked, world.fleet, release, uuid="u", now=0)["strategy"]


def surmised(strategies):
    """The world that these strategies tell of."""
    text = world_of(strategies, "a test")
    return parse_world(parse(text, "surmised"), "surmised", text=text)


def stages(strategy):
    """Names, steps, timeouts and entities of the planned stages."""
    _, document = strategy
    return [
        (
            stage["stage-name"],
            [(s["step-name"], s["timeout"], s["entity-names"], s["entity-uuids"]) for s in stage["steps"]],
        )
        for stage in document["apply-phase"]["stages"]
    ]


KNOWN = {
    "aio-sx": ("serial",),
    "aio-dx": ("serial", "migrate"),
    "standard": ("serial", "migrate", "parallel", "parallel-5"),
    "storage": ("serial", "parallel", "parallel-5"),
    "large": ("serial", "migrate", "parallel", "parallel-5"),
    "default": ("serial", "parallel", "parallel-5", "upgrade", "upgrade parallel"),
    "published-sw-patch-applying": ("serial",),
    "published-sw-patch-ready": ("serial", "migrate", "parallel"),
    "published-sw-upgrade": ("upgrade",),
}


@pytest.mark.parametrize(("name", "requests"), KNOWN.items(), ids=KNOWN)
def test_the_same_requests_lead_to_the_same_stages(name, requests):
    """A world made from the strategies of a deployment plans another stage, step, time-out, host or instance."""
    before = [planned(load_world(name), request) for request in requests]
    after = [planned(surmised(before), request) for request in requests]
    assert [stages(each) for each in after] == [stages(each) for each in before]
    assert all(stages(each) for each in before)


@pytest.mark.parametrize("release", ["stx-5.0", "stx-8.0"])
@pytest.mark.parametrize(
    ("name", "request_"), [("aio-dx", "migrate"), ("standard", "migrate"), ("standard", "parallel")]
)
def test_a_strategy_of_a_later_release_tells_as_much(release, name, request_):
    """A world made from what a later release planned is planned otherwise by that release."""
    rules = load_release(release)
    before = planned(load_world(name), request_, rules)
    assert stages(planned(surmised([before]), request_, rules)) == stages(before)


@pytest.mark.parametrize("name", ["standard", "storage", "large", "published-sw-patch-ready"])
def test_one_parallel_strategy_leads_to_the_same_hosts_in_each_stage(name):
    """A world made from a parallel strategy alone packs its hosts into other stages."""
    before = planned(load_world(name), "parallel")
    after = planned(surmised([before]), "parallel")
    assert stages(after) == stages(before)


# --- what is not known is said


def stage(name, *steps):
    """A stage of steps, each with its name and (name, uuid) of its entities."""
    return {
        "stage-name": name,
        "steps": [
            {"step-name": step, "entity-names": [n for n, _ in entities], "entity-uuids": [u for _, u in entities]}
            for step, entities in steps
        ],
    }


def strategy(*stages_, **request):
    """A strategy with these stages and request members."""
    return {
        "apply-phase": {"stages": list(stages_)},
        **{key.replace("_", "-"): value for key, value in request.items()},
    }


TWO = [("compute-0", "u0"), ("compute-1", "u1")]
AIO = [("controller-0", "c0")]
GUESSES = {
    "instance of a stage of two hosts": (
        "sw-patch",
        strategy(
            stage(
                "sw-patch-worker-hosts",
                ("migrate-instances", [("a", "ia"), ("b", "ib")]),
                ("lock-hosts", TWO),
                ("sw-patch-hosts", TWO),
            )
        ),
        "{name: b, uuid: ib, host: compute-1}  # guess: it is on one of compute-0, compute-1",
    ),
    "a host that is emptied, and one that does not compute": (
        "sw-patch",
        strategy(
            stage(
                "sw-patch-worker-hosts",
                ("disable-host-services", TWO[:1]),
                ("migrate-instances-from-host", []),
                ("lock-hosts", TWO),
                ("sw-patch-hosts", TWO),
            ),
            worker_apply_type="parallel",
        ),
        "{name: compute-1, uuid: u1, personality: worker, openstack_compute: false}  # no compute service",
    ),
    "second controller": (
        "sw-patch",
        strategy(stage("sw-patch-controllers", ("lock-hosts", AIO), ("sw-patch-hosts", AIO))),
        "personality: controller}  # guess: no plan names it, but without it there would be too few\n",
    ),
    "second controller has the patch": (
        "sw-patch",
        strategy(stage("sw-patch-controllers", ("lock-hosts", AIO), ("sw-patch-hosts", AIO))),
        "{name: controller-1, patch_current: true}  # patched already: the plan leaves it out",
    ),
    "locked already": (
        "sw-patch",
        strategy(stage("sw-patch-worker-hosts", ("sw-patch-hosts", TWO[:1]), ("reboot-hosts", TWO[:1]))),
        "{name: compute-0, uuid: u0, personality: worker, admin_state: locked}  # locked: its stage reboots it",
    ),
    "controller that is a worker": (
        "sw-patch",
        strategy(stage("sw-patch-worker-hosts", ("swact-hosts", AIO), ("lock-hosts", AIO), ("sw-patch-hosts", AIO))),
        '{name: controller-0, uuid: c0, personality: "controller,worker"}  # its worker stage begins with a swact',
    ),
    "simplex": (
        "sw-patch",
        strategy(stage("sw-patch-worker-hosts", ("lock-hosts", AIO), ("sw-patch-hosts", AIO))),
        "single_controller: true  # its one controller is patched without a swact",
    ),
    "upgraded already": (
        "sw-upgrade",
        strategy(stage("sw-upgrade-controllers", ("lock-hosts", AIO), ("upgrade-hosts", AIO))),
        "too few; upgraded already: the upgrade leaves it out",
    ),
    "names that look like something else": (
        "sw-patch",
        strategy(stage("sw-patch-worker-hosts", ("sw-patch-hosts", [("true", "1e3"), ("a: b # c", "x")]))),
        '{name: "true", uuid: "1e3", personality: worker}',
    ),
}


@pytest.mark.parametrize(("kind", "document", "line"), GUESSES.values(), ids=GUESSES)
def test_what_is_concluded_or_guessed_stands_with_its_reason(kind, document, line):
    """Something is concluded from a stage that it does not say, or a guess stands there as if it were known."""
    text = world_of([(kind, document)], "a test")
    assert line in text
    parse_world(parse(text, "surmised"), "surmised", text=text)


NAMES = st.sampled_from(["controller-0", "compute-0", "storage-0", "", "x\ny", "#", "a\x00b", "\u2028", "null", "é: é"])
ENTITIES = st.lists(st.tuples(NAMES, NAMES), max_size=3)
STEPS = st.sampled_from(
    ["sw-patch-hosts", "upgrade-hosts", "lock-hosts", "reboot-hosts", "migrate-instances", "swact-hosts"]
)
ROLES = st.sampled_from(["controllers", "storage-hosts", "swift-hosts", "worker-hosts", "query"])
TYPES = st.sampled_from(["serial", "parallel", "ignore"])


@given(
    kind=st.sampled_from(["sw-patch", "sw-upgrade"]),
    stages_=st.lists(st.tuples(ROLES, st.lists(st.tuples(STEPS, ENTITIES), max_size=4)), max_size=4),
    worker=TYPES,
    storage=TYPES,
)
def test_whatever_the_names_are_the_text_is_yaml(kind, stages_, worker, storage):
    """A name in a strategy breaks the text of the world, or ends in another error than that the world is unsound."""
    built = [stage(f"{kind}-{role}", *steps) for role, steps in stages_]
    text = world_of([(kind, strategy(*built, worker_apply_type=worker, storage_apply_type=storage))], "a\ntest")
    assert text is None or parse(text, "surmised")["hosts"]


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["apply-phase", "stages", "steps", "stage-name", "step-name"]), inner, max_size=3
        )
    ),
)


@given(kind=st.sampled_from(["sw-patch", "x", ""]), document=JUNK)
def test_what_is_no_strategy_tells_nothing(kind, document):
    """A document that is no strategy ends in an error."""
    assert world_of([(kind, document)], "a test") is None
