"""Lines and histories played on fresh deployments -> outcomes. What they come to is told elsewhere."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby
from typing import Any, Final

from reference_server.exchanges.comparison import Aspect, Mismatch, mismatches
from reference_server.exchanges.deployment import Deployment
from reference_server.exchanges.lines import Answer, Exchange
from reference_server.exchanges.moments import Moment, moment_of
from reference_server.exchanges.setups import Setup, Setups, body_of
from reference_server.rulebooks import Release

MOST_EVENTS: Final = 5_000
"""How many things may happen by themselves before a strategy counts as never getting where it should."""

MASK: Final = "[redacted]"
TOKEN_HEADER: Final = "x-auth-token"  # noqa: S105 - the name of a header
_BELOW: Final = "/api/orchestration/"
_USUAL: Final = "sw-patch/strategy"  # what is looked at where no step names a path
_REFUSED: Final = 400


class Verdict(StrEnum):
    """What a line came to."""

    EQUAL = "equal"
    KNOWN = "known"  # differs as the table says
    DIFFERENT = "different"  # and the table does not say so
    GONE = "gone"  # equal, but the table says that it differs
    EXCLUDED = "excluded"


@dataclass(frozen=True, slots=True)
class Outcome:
    """One line, how it was set up, our answer (None for an excluded one), and what it differs in."""

    exchange: Exchange
    setup: Setup
    given: Answer | None
    mismatches: tuple[Mismatch, ...] = ()

    @property
    def verdict(self) -> Verdict:
        """The line against the table."""
        if self.setup.excluded is not None:
            return Verdict.EXCLUDED
        differs = {mismatch.aspect for mismatch in self.mismatches}
        if self.setup.known is None:
            return Verdict.DIFFERENT if differs else Verdict.EQUAL
        if not differs:
            return Verdict.GONE
        return Verdict.KNOWN if differs == self.setup.known.aspects else Verdict.DIFFERENT


def play(exchanges: Iterable[Exchange], setups: Setups, release: Release) -> Iterator[Outcome]:
    """Send every line again: one fresh server for each history and for each line that stands alone.

    The lines of a history follow one another. Raises DocumentError for a line that the table does not cover.
    """
    for history, lines in groupby(exchanges, key=lambda line: line.session if line.history else ""):
        if history:
            yield from _History(setups, release).play(lines)
        else:
            for line in lines:
                yield _alone(line, setups, release)


def _alone(line: Exchange, setups: Setups, release: Release) -> Outcome:
    setup = setups.setup_of(line)
    if setup.excluded is not None:
        return Outcome(line, setup, None)
    deployment = _deployed(setup, setups, release)
    headers = _headers(line, setup)
    if failure := _prepared(deployment, setup.steps, headers):
        return Outcome(line, setup, None, (failure,))
    given = _sent(deployment, line, setup)
    return Outcome(line, setup, given, (*mismatches(line.answer, given), *_standing(line.answer, given)))


class _History:
    """The lines of one history on one deployment; between two, time goes on until both strategies stand alike."""

    def __init__(self, setups: Setups, release: Release) -> None:
        self._setups = setups
        self._release = release
        self._deployment: Deployment | None = None
        self._last: Moment | None = None

    def play(self, lines: Iterable[Exchange]) -> Iterator[Outcome]:
        """The outcomes of the lines in order."""
        for line in lines:
            setup = self._setups.setup_of(line)
            if setup.excluded is not None:
                yield Outcome(line, setup, None)
                continue
            if self._deployment is None:
                self._deployment = _deployed(setup, self._setups, self._release)
            yield self._outcome(self._deployment, line, setup)

    def _outcome(self, deployment: Deployment, line: Exchange, setup: Setup) -> Outcome:
        if failure := _prepared(deployment, setup.steps, _headers(line, setup)):
            return Outcome(line, setup, None, (failure,))
        wanted = moment_of(line.answer.body)
        passed: list[Moment] = []
        if line.request.method == "GET" and wanted is not None:
            given, passed = self._reach(deployment, wanted, line, setup)
        else:
            given = _sent(deployment, line, setup)
        self._last = moment_of(given.body)
        return Outcome(
            line, setup, given, (*mismatches(line.answer, given), *_standing(line.answer, given), *_passed(passed))
        )

    def _reach(
        self, deployment: Deployment, wanted: Moment, line: Exchange, setup: Setup
    ) -> tuple[Answer, list[Moment]]:
        """Let things happen until the strategy stands where it should; also where else it stood on the way.

        When it never stands there, nothing has happened, so that the lines after it can still be compared.
        """
        passed: list[Moment] = []
        first = given = _sent(deployment, line, setup)
        mark = deployment.mark()
        for _ in range(MOST_EVENTS):
            moment = moment_of(given.body)
            if moment == wanted:
                return given, passed
            if moment is not None and moment not in (self._last, *passed[-1:]):
                passed.append(moment)
            if moment is None or not deployment.go_on():
                break
            given = _sent(deployment, line, setup)
        deployment.back_to(mark)
        return first, []


def _standing(recorded: Answer, given: Answer) -> tuple[Mismatch, ...]:
    sides = moment_of(recorded.body), moment_of(given.body)
    return (Mismatch(Aspect.SEQUENCE, str(sides[0]), str(sides[1])),) if sides[0] != sides[1] else ()


def _passed(moments: Iterable[Moment]) -> tuple[Mismatch, ...]:
    """Where our strategy stood and the recorded one did not, less what a poll may miss."""
    strange = [str(moment) for moment in moments if not moment.is_passing]
    return (Mismatch(Aspect.SEQUENCE, "not recorded", "; ".join(strange)),) if strange else ()


def _deployed(setup: Setup, setups: Setups, release: Release) -> Deployment:
    return Deployment(setup.world, release, setups.auth if setup.token is not None else None)


def _sent(deployment: Deployment, line: Exchange, setup: Setup) -> Answer:
    request = line.request
    body = body_of(request.body, setup.body, line.place)
    return deployment.ask(request.method, request.path, _headers(line, setup), body)


def _headers(line: Exchange, setup: Setup) -> Mapping[str, str]:
    """The recorded headers, with the token that stands for a masked one."""
    return {
        name: setup.token if name.lower() == TOKEN_HEADER and content == MASK and setup.token is not None else content
        for name, content in line.request.headers.items()
    }


# Preparations -------------------------------------------------------------------------------------------------------


def _prepared(
    deployment: Deployment, steps: Iterable[Mapping[str, Any]], headers: Mapping[str, str]
) -> Mismatch | None:
    """Do the steps; a Mismatch when the deployment does not get there."""
    path = f"{_BELOW}{_USUAL}"
    token = {name: content for name, content in headers.items() if name.lower() == TOKEN_HEADER}
    for step in steps:
        if method := next((name for name in ("post", "delete") if name in step), None):
            path = f"{_BELOW}{step[method]}"
            answer = deployment.ask_json(method.upper(), path, step.get("body"), token)
            if answer.status >= _REFUSED and "may-be-refused" not in step:
                return Mismatch(Aspect.PREPARATION, f"{method.upper()} {path}", f"{answer.status} {answer.body}")
        elif "until" in step:
            if not _reached(deployment, step["until"], path.removesuffix("/actions"), token):
                return Mismatch(Aspect.PREPARATION, str(step["until"]), "never came")
        elif "advance" in step:
            deployment.advance(step["advance"])
        else:
            deployment.restart()
    return None


def _reached(deployment: Deployment, wanted: Mapping[str, Any], path: str, headers: Mapping[str, str]) -> bool:
    for _ in range(MOST_EVENTS):
        moment = deployment.look(path, headers)
        if moment is not None and wanted.items() <= moment._asdict().items():
            return True
        if not deployment.go_on():
            return False
    return False
