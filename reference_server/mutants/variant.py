"""A server with another engine: what a mutant of the engine is made of, as one frozen value that makes it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from reference_server.app import create_app
from reference_server.driver import Driver
from reference_server.engine import machine
from reference_server.engine.building import planned
from reference_server.engine.course import Course
from reference_server.engine.fleet import Fleet
from reference_server.engine.messages import Message, Refused, Turn
from reference_server.engine.model import Strategy
from reference_server.engine.planning import Plan
from reference_server.engine.rulebook import Rulebook
from reference_server.mutants.layers import Behaviour, Wrapped
from reference_server.mutants.traffic import Members
from reference_server.rulebooks import load_release
from reference_server.worlds.file import load_world, parse_world

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

type Planner = Callable[[Strategy, Fleet, Rulebook], Plan]
type World = dict[str, Any] | str
"""A world: the name of one that is shipped, or a world document."""

_USUAL: Final = "default"


@dataclass(frozen=True, kw_only=True)
class Variant:
    """Makes a server that differs from the clean one in what is given here; a fresh one at each call.

    `course` is what turns are made in; `planner` computes the apply phase; `rules` edits the rulebook; `driver` is the
    class of the driver; `edit` changes every strategy document that is shown; `behaviour` stands in front of it all.
    `world` is the deployment that it begins with: one in which the defect can show.
    """

    course: type[Course] = Course
    planner: Planner | None = None
    rules: Callable[[Rulebook], Rulebook] | None = None
    driver: type[Driver] = Driver
    edit: Callable[[Members], None] | None = None
    behaviour: Behaviour | None = None
    world: World = _USUAL

    def __call__(self) -> "WSGIApplication":
        """The application."""
        release = load_release("published")
        if self.rules is not None:
            release = replace(release, rulebook=self.rules(release.rulebook))
        world = load_world(self.world) if isinstance(self.world, str) else parse_world(self.world, "deployment")
        app = create_app(world, release, driver=_with_course(self.driver, _planning(self.course, self.planner)))
        if self.behaviour is not None:
            return Wrapped(app, self.behaviour)
        edit = self.edit
        if edit is None:
            return app
        return Wrapped(app, lambda asked, clean: clean.send(asked).with_strategy(edit))


def _with_course(driver: type[Driver], course: type[Course]) -> type[Driver]:
    """A driver of that class whose engine makes its turns in that course."""
    if course is Course:
        return driver

    def handle(
        strategy: Strategy | None, message: Message, now: float, fleet: Fleet, rules: Rulebook
    ) -> Turn | Refused:
        return machine.handle(strategy, message, now, fleet, rules, course=course)

    return type(driver.__name__, (driver,), {"handle": staticmethod(handle)})


def _planning(course: type[Course], planner: Planner | None) -> type[Course]:
    """A course of that class whose apply phase comes from that planner."""
    if planner is None:
        return course

    def plan_apply(turn: Course) -> None:
        turn.strategy = planned(turn.strategy, turn.fleet, turn.rules, planner=planner)

    return type(course.__name__, (course,), {"plan_apply": plan_apply})
