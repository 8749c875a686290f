"""Two drivers that are asked the same: one in this process, one behind a server on real loopback HTTP.

Whatever they answer is compared after every request: the document, or status and text of the refusal. The near one is
asked without Flask, routes or cached bytes; it renders each document anew.
"""

import json

from hypothesis import strategies as st

from reference_server.clock import VirtualClock
from reference_server.driver import Conflict, Driver, Missing, Refused
from reference_server.engine.words import Kind
from reference_server.refusals import Refusal
from reference_server.requests import parse_action, parse_create, parse_delete
from reference_server.rulebooks import load_release
from reference_server.simulation.faults import fault_document, parse_faults
from reference_server.worlds.file import parse_world

GRID = 3600.0  # seconds; every play begins at a multiple, so that audits and looks at timers fall alike
RELEASE = "stx-3.0"


class Near:
    """A driver in this process. Every method gives a status and a JSON value."""

    def __init__(self, driver_type=Driver):
        self.release = load_release(RELEASE)
        self.driver = driver_type(None, self.release, VirtualClock())

    def load(self, world):
        """Begin again with a world, at the next even moment."""
        self.driver.advance(-self.driver.clock.now() % GRID)
        self.driver.reset(parse_world(world, "the body"))

    def ask(self, name, *rest):
        """Do one thing."""
        return getattr(self, f"_{name}")(*rest)

    def _create(self, kind, body):
        return self._answered(kind, None, lambda: self.driver.create(parse_create(Kind(kind), body, self.release.wire)))

    def _act(self, kind, body):
        def act():
            wanted = parse_action(body, self.release.wire)
            call = self.driver.apply if wanted.verb == "apply" else self.driver.abort
            return call(Kind(kind), wanted.stage_id)

        return self._answered(kind, body["action"], act, 202)

    def _delete(self, kind, body):
        def delete():
            self.driver.delete(Kind(kind), force=parse_delete(body, self.release.wire))

        return self._answered(kind, None, delete, 204)

    def _get(self, kind):
        found = self.driver.find(Kind(kind))
        return 200, {"strategy": self.driver.document(found) if found is not None else None}

    def _advance(self, seconds):
        self.driver.advance(seconds)
        return 200, {"now": self.driver.clock.now()}

    def _restart(self):
        self.driver.restart()
        return 200, {"now": self.driver.clock.now(), "world": self.driver.world.name}

    def _inject(self, faults):
        self.driver.inject(parse_faults(faults, "faults"))
        return self._faults()

    def _calm(self):
        self.driver.clear_faults()
        return self._faults()

    def _faults(self):
        return 200, {"faults": [fault_document(fault) for fault in self.driver.faults]}

    def _fleet(self):
        return 200, self.driver.world_document()

    def _answered(self, kind, action, call, status=200):
        wire = self.release.wire
        try:
            strategy = call()
        except Refusal as refusal:
            return refusal.status, refusal.text
        except Missing:
            return 404, wire.text("no_strategy", kind=kind)
        except Conflict:
            return 409, wire.text("strategy_exists", kind=kind)
        except Refused as refused:
            reason = refused.reason.strip() or "no reason was recorded"
            if action is None:
                return 409, wire.text("refused_delete", reason=reason)
            return wire.refused_action, wire.text("refused_action", action=action, reason=reason)
        return status, {"strategy": self.driver.document(strategy)} if strategy is not None else None


class Far:
    """The same behind HTTP, by its public and its control routes."""

    def __init__(self, client):
        self._client = client

    def load(self, world):
        """Begin again with a world, at the next even moment."""
        now = self._client.send("GET", "/_control")[1]["now"]
        self._client.send("POST", "/_control/clock", {"advance": -now % GRID})
        status, value = self._client.send("PUT", "/_control/world", world)
        assert status == 200, value

    def ask(self, name, *rest):
        """Do one thing."""
        path = f"/api/orchestration/{rest[0]}/strategy" if rest else ""
        status, value = self._client.send(*{
            "create": lambda: ("POST", path, rest[1]),
            "act": lambda: ("POST", f"{path}/actions", rest[1]),
            "delete": lambda: ("DELETE", path, rest[1]),
            "get": lambda: ("GET", path),
            "advance": lambda: ("POST", "/_control/clock", {"advance": rest[0]}),
            "restart": lambda: ("POST", "/_control/restart"),
            "inject": lambda: ("POST", "/_control/faults", {"faults": rest[0]}),
            "calm": lambda: ("DELETE", "/_control/faults"),
            "faults": lambda: ("GET", "/_control/faults"),
            "fleet": lambda: ("GET", "/_control/world"),
        }[name]())  # fmt: skip
        return status, value["faultstring"] if value and "faultstring" in value else value


def play(near, far, world, requests):
    """Ask both the same, one request after the other, and require the same answers and the same documents after it."""
    near.load(world)
    far.load(world)
    for request in requests:
        _require_same(near, far, request)
        if request[0] not in ("create", "act", "get"):
            _require_same(near, far, ("get", "sw-patch"))
            _require_same(near, far, ("get", "sw-upgrade"))
    _require_same(near, far, ("fleet",))


def _require_same(near, far, request):
    status, value = near.ask(*request)
    plain = json.loads(json.dumps(value))
    answered = far.ask(*request)
    assert answered == (status, plain), f"after {request}: {_difference((status, plain), answered)}"


def _difference(near, far, place=""):
    """Where two values differ first, and how."""
    if isinstance(near, dict) and isinstance(far, dict) and near.keys() == far.keys():
        pairs = [(near[name], far[name], f"{place}/{name}") for name in near if near[name] != far[name]]
    elif isinstance(near, list | tuple) and isinstance(far, list | tuple) and len(near) == len(far):
        pairs = [(*both, f"{place}/{at}") for at, both in enumerate(zip(near, far, strict=True)) if both[0] != both[1]]
    else:
        pairs = []
    return _difference(*pairs[0]) if pairs else f"{place}: here {near!r}, there {far!r}"


# What is played -----------------------------------------------------------------------------------------------------

kinds = st.sampled_from(["sw-patch", "sw-patch", "sw-upgrade"])
apply_types = st.sampled_from(["serial", "serial", "parallel", "ignore"])


@st.composite
def worlds(draw):
    """A small deployment, its upgrade and patches, and what goes wrong in it."""
    combined = draw(st.booleans())
    workers = draw(st.integers(0, 3))
    hosts = [
        {"name": f"controller-{number}", "personality": "controller,worker" if combined else "controller"}
        for number in range(draw(st.integers(1, 2)))
    ]
    hosts += [
        {"name": f"storage-{number}", "personality": "storage"} for number in range(draw(st.sampled_from([0, 0, 2])))
    ]
    hosts += [
        {
            "name": f"compute-{number}",
            "personality": "worker",
            "admin_state": draw(st.sampled_from(["unlocked"] * 3 + ["locked"])),
        }
        for number in range(workers)
    ]
    homes = [host["name"] for host in hosts if "worker" in host["personality"] and host.get("admin_state") != "locked"]
    instances = [{"name": f"vm-{number}", "host": draw(st.sampled_from(homes))} for number in range(3)] if homes else []
    world = {"hosts": hosts, "instances": instances[: draw(st.integers(0, 3))]}
    world["single_controller"] = sum("controller" in host["name"] for host in hosts) == 1
    if draw(st.sampled_from([True, True, True, False])):
        world["patches"] = [{"name": "P1"}]
        world["patch_hosts"] = [{"name": host["name"], "requires_reboot": draw(st.booleans())} for host in hosts]
    if not combined and len(hosts) > 1 and draw(st.booleans()):
        hosts[1]["software_load"] = "2"
        state = draw(st.sampled_from(["upgrading-controllers", "upgrading-hosts", "started"]))
        world |= {
            "upgrade": {"state": state, "from_release": "1", "to_release": "2"},
            "local_host_name": hosts[1]["name"],
        }
    world["faults"] = draw(faults(world, 2))
    return world


@st.composite
def faults(draw, world, most):
    """What goes wrong in this world; at most so many things."""
    names = st.sampled_from([host["name"] for host in world["hosts"]])
    moments = st.one_of(
        st.fixed_dictionaries({"seconds": st.sampled_from([1, 70, 400, 3000])}),
        st.fixed_dictionaries(
            {
                "step": st.sampled_from(["lock-hosts", "system-stabilize", "sw-patch-hosts"]),
                "seconds": st.sampled_from([0, 5]),
            }
        ),
    )
    ends = st.fixed_dictionaries({
        "step": st.sampled_from(["lock-hosts", "unlock-hosts", "swact-hosts", "upgrade-hosts"]),
        "ends": st.sampled_from(["fails", "never"]),
        "times": st.integers(1, 2),
    })  # fmt: skip
    degraded, alarm = st.just({"avail_status": "degraded"}), st.just({"alarm_id": "300.001"})
    later = st.sampled_from([60, 880, 2000])
    one = st.one_of(
        ends,
        st.builds(lambda end, host: end | {"host": host}, ends, names),
        st.fixed_dictionaries({"step": st.just("sw-patch-hosts"), "host": names, "ends": st.just("fails")}),
        st.builds(lambda end: end | {"step": "query-alarms"}, ends),
        st.fixed_dictionaries({"step": st.just("lock-hosts"), "ends": st.just("late"), "seconds": later}),
        st.fixed_dictionaries({"change": st.just("host-changes"), "host": names, "to": degraded, "when": moments}),
        st.fixed_dictionaries({"change": st.just("alarm-raised"), "alarm": alarm, "when": moments}),
        st.fixed_dictionaries({"change": st.just("host-vanishes"), "host": names, "when": moments}),
    )  # fmt: skip
    return draw(st.lists(one, max_size=most))


@st.composite
def creations(draw, kind=None):
    """A create request, nearly always a good one."""
    chosen = kind or draw(kinds)
    body = {"storage-apply-type": draw(apply_types), "worker-apply-type": draw(apply_types)}
    if chosen == "sw-patch":
        body |= {
            "controller-apply-type": draw(st.sampled_from(["serial", "serial", "serial", "ignore"])),
            "swift-apply-type": "ignore",
            "default-instance-action": draw(st.sampled_from(["stop-start", "migrate"])),
        }
    body |= draw(
        st.sampled_from(
            [{}, {}, {}, {"max-parallel-worker-hosts": 4}, {"max-parallel-worker-hosts": 1}, {"colour": "red"}]
        )
    )
    return "create", chosen, body


actions = st.one_of(
    st.just({"action": "apply-all"}),
    st.just({"action": "abort"}),
    st.builds(
        lambda action, stage: {"action": action, "stage-id": stage},
        st.sampled_from(["apply-stage", "abort-stage"]),
        st.integers(-1, 3),
    ),
    st.just({"action": "apply-stage"}),
)
advances = st.tuples(st.just("advance"), st.sampled_from([0, 1, 29.5, 61, 200, 901, 2000, 6000, 20000]))


@st.composite
def plays(draw):
    """A world and what is asked in it; most plays have a strategy that is ready at their third request."""
    world = draw(worlds())
    kind = draw(kinds)
    some = st.one_of(
        st.tuples(st.just("act"), st.just(kind), actions),
        advances,
        advances,
        st.tuples(st.just("act"), kinds, actions),
        st.tuples(st.just("delete"), st.just(kind), st.builds(lambda force: {"force": force}, st.booleans())),
        creations(),
        st.tuples(st.just("restart")),
        st.tuples(st.just("inject"), faults(world, 1)),
        st.tuples(st.just("calm")),
    )
    opening = draw(st.sampled_from([True, True, True, False]))
    first = [draw(creations(kind)), ("advance", 200)] if opening else []
    begun = [("act", kind, {"action": "apply-all"})] if opening and draw(st.booleans()) else []
    return world, [*first, *begun, *draw(st.lists(some, min_size=1, max_size=6))]
