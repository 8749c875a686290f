from dataclasses import dataclass

import pytest

from reference_server import create_app
from reference_server.engine.model import Phase, Stage, Step, Strategy, StrategyRequest
from reference_server.engine.words import EntityType, Kind, PhaseName, Result, StageName, State, StepName

BEGIN = 1_000_000.0  # seconds; the apply begins then
EACH = 60.0  # seconds of a stage
STEPS = (StepName.QUERY_ALARMS, StepName.LOCK_HOSTS, StepName.SW_PATCH_HOSTS)


@dataclass(frozen=True)
class Course:
    """A strategy of `count` stages, stage `current` of which runs (or broke), with names that people might choose."""

    count: int = 5
    current: int = 2
    result: Result = Result.INPROGRESS
    host: str = "compute"
    hosts: int = 1
    reason: str = ""

    def strategy(self):
        """The strategy, applying since BEGIN."""
        stages = tuple(self._stage(index) for index in range(self.count))
        ended = None if self._runs else stages[self.current].ended
        apply = Phase(
            PhaseName.APPLY, stages, 100, self.current, self.count, self._runs, self.result, self.reason, BEGIN, ended
        )
        return Strategy("some-uuid", StrategyRequest(Kind.SW_PATCH), State.APPLYING, PhaseName.APPLY, apply=apply)

    @property
    def _runs(self):
        return self.result is Result.INPROGRESS

    def _stage(self, index):
        begun, runs = index <= self.current, index == self.current and self._runs
        result = self.result if index == self.current else Result.SUCCESS if begun else Result.INITIAL
        result = Result.SUCCESS if runs else result  # the oddity of ENGINE.md 1.6
        started = BEGIN + index * EACH
        names = tuple(f"{self.host}-{index}-{number}" for number in range(self.hosts))
        steps = tuple(self._step(number, index, names) for number in range(len(STEPS)))
        ended = started + EACH if begun and not runs else None
        reason = self.reason if index == self.current else ""
        return Stage(StageName.PATCH_WORKERS, steps, 1, runs, result, reason, started if begun else None, ended)

    def _step(self, number, index, names):
        waits = index == self.current and number == 1
        over = index < self.current or (index == self.current and number == 0)
        broken = Result.WAIT if self._runs else self.result
        result = broken if waits else Result.SUCCESS if over else Result.INITIAL
        started = BEGIN + index * EACH + number * EACH / 3
        return Step(
            STEPS[number],
            60,
            EntityType.HOSTS,
            names,
            names,
            names,
            result=result,
            reason=self.reason if waits else "",
            started=started if over or waits else None,
            ended=started + EACH / 3 if over or (waits and not self._runs) else None,
        )


@pytest.fixture
def course():
    """Makes a strategy on its way."""
    return lambda **options: Course(**options).strategy()


@pytest.fixture
def page_of(monkeypatch):
    """The page with a strategy that is put in the place of the server's own."""

    def show(strategy, world=None):
        app = create_app(world, status_page=True)
        monkeypatch.setattr("reference_server.driver.Driver.current", lambda _: strategy)
        return app.test_client().get("/_status").text

    return show
