"""The engine as one client at a time sees it, for a small fleet: a model of ENGINE.md 2.3 and 8.4, written from them.

Time is one of two kinds. It stands still, with queries that are answered at once: a build has ended when anybody asks
next, and nothing else ever ends. Or queries take their time, and the operation `advance` lets so much of it pass that
everything ends that runs. The fleet has three stages of in-service patches and two of an upgrade, in a fixed order.
"""

from typing import Any, NamedTuple

STAGES = {"sw-patch": 3, "sw-upgrade": 2}
DELETABLE = frozenset({"ready-to-apply", "build-failed", "applied", "aborted"})
CREATED, ACCEPTED, GONE, MISSING, CONFLICT, REFUSED = 200, 202, 204, 404, 409, 500


class World(NamedTuple):
    """The one strategy, if there is one, and how many hosts are done; `busy`: a stage that was given up still runs."""

    kind: str = ""
    uuid: str = ""
    state: str = ""
    phase: str = ""
    current: int = 0
    stop: int = 0
    total: int = 0
    busy: bool = False
    patched: int = 0
    upgraded: int = 0

    @property
    def view(self) -> tuple:
        """What a document shows of it."""
        return self.uuid, self.state, self.phase, self.current, self.stop

    @property
    def running(self) -> bool:
        """A stage is being applied."""
        return self.state == "applying" and self.current < self.stop

    @property
    def paused(self) -> bool:
        """The apply waits between two stages."""
        return self.state == "applying" and self.current == self.stop

    def without(self) -> "World":
        """The fleet alone."""
        return World(patched=self.patched, upgraded=self.upgraded)


def still(world: World, asked: tuple, answered: tuple) -> World | None:
    """The model of time that stands still."""
    return _step(_built(world), asked, answered)


def moving(world: World, asked: tuple, answered: tuple) -> World | None:
    """The model of time that moves when it is told to."""
    if asked[0] == "advance":
        return _ended(world) if answered == (CREATED, None) else None
    return _step(world, asked, answered)


def moving_still(world: World, asked: tuple, answered: tuple) -> World | None:
    """The model of queries that are answered at once, in time that moves when it is told to."""
    return moving(_built(world), asked, answered)


def quiet(asked: tuple, answered: tuple) -> bool:
    """A look or a refusal: after it the world is what it would have been without it."""
    return asked[0] == "get" or answered[0] >= MISSING


def _step(world: World, asked: tuple, answered: tuple) -> World | None:
    """The state after this operation; None when it is answered in another way."""
    name, kind, *rest = asked
    if name == "create":
        return _created(world, kind, answered)
    if name == "get":
        shown = world.view if world.kind == kind else None
        return world if answered == (CREATED, shown) else None
    if world.kind != kind:
        return world if answered == (MISSING, None) else None
    if name == "delete":
        gone = rest[0] or world.state in DELETABLE
        expected, after = (GONE, world.without()) if gone else (CONFLICT, world)
        return after if answered == (expected, None) else None
    after = _applied(world, *rest) if name == "apply" else _aborted(world, *rest)
    if after is None:
        return world if answered == (REFUSED, None) else None
    return after if answered == (ACCEPTED, after.view) else None


def _created(world: World, kind: str, answered: tuple) -> World | None:
    if world.kind:
        return world if answered == (CONFLICT, None) else None
    status, view = answered
    if status != CREATED or view is None:
        return None
    after = world._replace(kind=kind, uuid=view[0], state="building", phase="build")
    return after if view == after.view else None


def _applied(world: World, stage: int | None) -> World | None:
    """ENGINE.md 2.3, apply-all and apply-stage; None when it is refused."""
    if not (world.state == "ready-to-apply" or world.paused) or stage not in (None, world.current):
        return None
    stop = world.total if stage is None else stage + 1
    return world._replace(state="applying", phase="apply", stop=stop)


def _aborted(world: World, stage: int | None) -> World | None:
    """ENGINE.md 2.3, abort and abort-stage, with 2.5 and 2.6; None when it is refused."""
    if world.running and stage in (None, world.current):
        return world._replace(state="aborting", busy=True)
    if world.paused and stage is None:
        return world._replace(state="aborted")
    if world.state == "aborting" and stage in (None, world.current):
        return world._replace(state="aborted")
    if (
        world.state == "aborted"
        and world.phase == "apply"
        and (stage is None or (world.busy and stage == world.current))
    ):
        return world
    return None


def _built(world: World) -> World:
    """A build that runs has ended: well, when there is anything left to do (ENGINE.md 5.2 rule 4, 6.2 rule 7)."""
    if world.state != "building":
        return world
    done = world.patched if world.kind == "sw-patch" else world.upgraded
    total = STAGES[world.kind] - done
    return world._replace(state="ready-to-apply" if total else "build-failed", total=total)


def _ended(world: World) -> World:
    """Everything that runs has ended: a build, the stages of an apply, the step that an abort waits for."""
    if world.running:
        done = world.stop - world.current
        patched, upgraded = (done, 0) if world.kind == "sw-patch" else (0, done)
        state = "applied" if world.stop == world.total else "applying"
        return world._replace(
            state=state, current=world.stop, patched=world.patched + patched, upgraded=world.upgraded + upgraded
        )
    if world.state == "aborting":
        return world._replace(state="aborted", phase="abort", busy=False)
    return _built(world)._replace(busy=False)


def seen(status: int, document: Any) -> tuple:
    """What an answer says in the words of this model."""
    strategy = document.get("strategy") if status in (CREATED, ACCEPTED) and document else None
    if strategy is None:
        return status, None
    phase = strategy["apply-phase"]
    shown = strategy["uuid"], strategy["state"], strategy["current-phase"]
    return status, (*shown, phase["current-stage"], phase["stop-at-stage"])
