"""Mutants that lose a strategy, keep one that was deleted, or show one that nobody asked for."""

from dataclasses import replace
from typing import Final

from reference_server.driver import Conflict, Driver, Refused
from reference_server.engine import messages
from reference_server.engine.model import Strategy, StrategyRequest
from reference_server.engine.words import Kind, State
from reference_server.mutants.layers import Clean, answering, behaving, driving
from reference_server.mutants.mutant import Mutant
from reference_server.mutants.traffic import Answer, Asked, Members, refusal, steps_of

_GONE: Final = Answer(204, (), b"")
_UUID: Final = "00000000-0000-4000-8000-000000000001"


class _OneUuid(Driver):
    """Every strategy of a kind has the uuid of the first one."""

    def create(self, request: StrategyRequest) -> Strategy:
        self._creates = 0
        return super().create(request)


class _ReplacesWhenRefusing(Driver):
    """A second create is refused, and replaces the strategy that is ready."""

    def create(self, request: StrategyRequest) -> Strategy:
        found = self.find(request.kind)
        if found is None or found.state is not State.READY_TO_APPLY:
            return super().create(request)
        self.delete(request.kind)
        super().create(request)
        raise Conflict(request.kind)


class _DeletesWhilePaused(Driver):
    """A strategy that is paused between stages can be deleted."""

    def delete(self, kind: Kind, *, force: bool = False) -> None:
        found = self.find(kind)
        paused = found is not None and found.state is State.APPLYING and not _runs(found)
        super().delete(kind, force=force or paused)


class _DeletesWhileBuilding(Driver):
    """A strategy that is being built can be deleted."""

    def delete(self, kind: Kind, *, force: bool = False) -> None:
        found = self.find(kind)
        super().delete(kind, force=force or (found is not None and found.state is State.BUILDING))


class _DeletesWhileAborting(Driver):
    """A strategy that is being aborted can be deleted."""

    def delete(self, kind: Kind, *, force: bool = False) -> None:
        found = self.find(kind)
        super().delete(kind, force=force or (found is not None and found.state is State.ABORTING))


class _KeepsApplied(Driver):
    """A strategy that has been applied cannot be deleted."""

    def delete(self, kind: Kind, *, force: bool = False) -> None:
        found = self.find(kind)
        if found is not None and found.state is State.APPLIED and not force:
            raise Refused("the strategy has been applied")
        super().delete(kind, force=force)


class _ForgetsFailedBuilds(Driver):
    """A strategy whose build has failed is gone."""

    def find(self, kind: Kind) -> Strategy | None:
        found = super().find(kind)
        if found is not None and found.state in (State.BUILD_FAILED, State.BUILD_TIMEOUT):
            self._command(messages.Delete(force=True))
            return None
        return found


def _runs(strategy: Strategy) -> bool:
    return any(stage.inprogress for stage in strategy.apply.stages)


def _hidden_while_building(asked: Asked, clean: Clean) -> Answer:
    strategy = clean.strategy(asked.kind)
    is_it = asked.role == "get" and strategy is not None and strategy.state is State.BUILDING
    return refusal(404, f"There is no {asked.kind} strategy.") if is_it else clean.send(asked)


def _hidden_while_undoing(asked: Asked, clean: Clean) -> Answer:
    strategy = clean.strategy(asked.kind)
    is_it = asked.role == "get" and strategy is not None and strategy.current_phase == "abort"
    return refusal(404, f"There is no {asked.kind} strategy.") if is_it else clean.send(asked)


def _shown_after_delete(asked: Asked, clean: Clean) -> Answer:
    """The last document of an upgrade strategy is shown once more after the delete."""
    if asked.role == "delete" and asked.kind == "sw-upgrade":
        last = clean.shown(asked.kind)
        answer = clean.send(asked)
        if answer.succeeded and last.succeeded:
            clean.memory["last"] = last
        return answer
    if asked.role == "get" and asked.kind == "sw-upgrade" and "last" in clean.memory:
        return clean.memory.pop("last") if clean.strategy(asked.kind) is None else clean.send(asked)
    return clean.send(asked)


def _delete_does_nothing(asked: Asked, clean: Clean) -> Answer:
    strategy = clean.strategy(asked.kind)
    is_it = asked.role == "delete" and strategy is not None and strategy.state is State.ABORTED
    return _GONE if is_it else clean.send(asked)


def _delete_of_nothing(asked: Asked, answer: Answer) -> Answer:
    return _GONE if asked.role == "delete" and answer.status == 404 else answer  # noqa: PLR2004 - the status itself


def _other_kind_shown(asked: Asked, clean: Clean) -> Answer:
    is_it = asked.role == "get" and asked.kind == "sw-upgrade" and clean.strategy("sw-upgrade") is None
    return clean.shown("sw-patch") if is_it else clean.send(asked)


def _other_kind_deleted(asked: Asked, clean: Clean) -> Answer:
    other = "sw-upgrade" if asked.kind == "sw-patch" else "sw-patch"
    is_it = asked.role == "delete" and clean.strategy(asked.kind) is None and clean.strategy(other) is not None
    return clean.send(replace(asked, path=asked.path.replace(asked.kind, other)) if is_it else asked)


def _other_order(strategy: Members) -> None:
    for step in steps_of(strategy):
        step["entity-uuids"].reverse()
        step["entity-names"].reverse()


def _reads_alternate(asked: Asked, clean: Clean) -> Answer:
    answer = clean.send(asked)
    if asked.role != "get" or answer.strategy is None:
        return answer
    clean.memory["odd"] = not clean.memory.get("odd", False)
    return answer if clean.memory["odd"] else answer.with_strategy(_other_order)


def _read_counts(asked: Asked, clean: Clean) -> Answer:
    answer = clean.send(asked)
    if asked.role != "get" or answer.strategy is None or answer.strategy["state"] != "ready-to-apply":
        return answer
    clean.memory["reads"] = clean.memory.get("reads", 0) + 1
    stale = clean.memory["reads"] > 2  # noqa: PLR2004 - the third read
    return answer.with_strategy(lambda strategy: {**strategy, "uuid": _UUID}) if stale else answer


def _create_after_delete(asked: Asked, clean: Clean) -> Answer:
    if asked.role == "create" and clean.memory.pop("deleted", False):
        return refusal(409, "There is a strategy already; delete it before creating another.")
    answer = clean.send(asked)
    if asked.role == "delete" and answer.succeeded:
        clean.memory["deleted"] = True
    return answer


def _bad_delete_deletes(asked: Asked, clean: Clean) -> Answer:
    answer = clean.send(asked)
    if asked.role == "delete" and answer.status == 409:  # noqa: PLR2004 - the status itself
        clean.driver.delete(Kind(asked.kind), force=True)
    return answer


PRESENCE: Final = (
    Mutant(
        name="hidden-while-building",
        area="presence",
        defect="GET is answered 404 while the strategy is being built.",
        breaks=("VIM-PGET-013", "VIM-UGET-013"),
        make=behaving(_hidden_while_building),
    ),
    Mutant(
        name="hidden-while-undoing",
        area="presence",
        defect="GET is answered 404 from the beginning of the abort phase on.",
        breaks=("VIM-PGET-013", "VIM-UGET-013"),
        make=behaving(_hidden_while_undoing),
    ),
    Mutant(
        name="failed-build-forgotten",
        area="presence",
        defect="A strategy whose build has failed is gone.",
        breaks=("VIM-PGET-013", "VIM-UGET-013", "VIM-LIFE-077", "VIM-LIFE-081"),
        make=driving(_ForgetsFailedBuilds),
    ),
    Mutant(
        name="shown-once-more",
        area="presence",
        defect="The first GET after the delete of an upgrade strategy shows it once more.",
        breaks=("VIM-LIFE-080", "VIM-UGET-012"),
        make=behaving(_shown_after_delete),
    ),
    Mutant(
        name="delete-of-aborted-does-nothing",
        area="presence",
        defect="The delete of an aborted strategy is answered 204, and the strategy stays.",
        breaks=("VIM-LIFE-080", "VIM-PGET-012", "VIM-UGET-012"),
        make=behaving(_delete_does_nothing),
    ),
    Mutant(
        name="delete-of-nothing-204",
        area="presence",
        defect="A delete is answered 204 while there is no strategy.",
        breaks=("VIM-PDEL-007", "VIM-UDEL-007"),
        make=answering(_delete_of_nothing),
    ),
    Mutant(
        name="one-uuid-for-all",
        area="presence",
        defect="Every strategy has the uuid of the first one.",
        breaks=("VIM-LIFE-002",),
        make=driving(_OneUuid),
    ),
    Mutant(
        name="patch-shown-as-upgrade",
        area="presence",
        defect="GET of the upgrade strategy shows the patch strategy while there is only that.",
        breaks=("VIM-LIFE-083", "VIM-UGET-012"),
        make=behaving(_other_kind_shown),
    ),
    Mutant(
        name="delete-of-either-kind",
        area="presence",
        defect="A delete of the other kind deletes the strategy that there is.",
        breaks=("VIM-LIFE-083", "VIM-PDEL-007", "VIM-UDEL-007"),
        make=behaving(_other_kind_deleted),
    ),
    Mutant(
        name="refused-create-replaces",
        area="presence",
        defect="A create beside a strategy that is ready is refused, and replaces it.",
        breaks=("VIM-LIFE-085",),
        make=driving(_ReplacesWhenRefusing),
    ),
    Mutant(
        name="refused-delete-deletes",
        area="presence",
        defect="A delete that is refused because the strategy is at work deletes it.",
        breaks=("VIM-LIFE-085", "VIM-PGET-013", "VIM-UGET-013"),
        make=behaving(_bad_delete_deletes),
    ),
    Mutant(
        name="reads-alternate",
        area="presence",
        defect="Every second GET lists the entities of the steps the other way round.",
        breaks=("VIM-LIFE-086", "VIM-LIFE-050"),
        make=behaving(_reads_alternate),
    ),
    Mutant(
        name="third-read-stale",
        area="presence",
        defect="From the third GET of a ready strategy on its uuid is another one.",
        breaks=("VIM-LIFE-001", "VIM-LIFE-086"),
        make=behaving(_read_counts),
    ),
    Mutant(
        name="applied-strategy-stays",
        area="presence",
        defect="A strategy that has been applied cannot be deleted without force.",
        breaks=("VIM-LIFE-077",),
        make=driving(_KeepsApplied),
    ),
    Mutant(
        name="delete-while-paused",
        area="presence",
        defect="A strategy that is paused between stages is deleted without force.",
        breaks=("VIM-LIFE-078",),
        make=driving(_DeletesWhilePaused),
    ),
    Mutant(
        name="delete-while-building",
        area="presence",
        defect="A strategy that is being built is deleted without force.",
        breaks=("VIM-LIFE-078",),
        make=driving(_DeletesWhileBuilding),
    ),
    Mutant(
        name="delete-while-aborting",
        area="presence",
        defect="A strategy that is being aborted is deleted without force.",
        breaks=("VIM-LIFE-078",),
        make=driving(_DeletesWhileAborting),
    ),
    Mutant(
        name="create-after-delete-refused",
        area="presence",
        defect="The first create after a delete is refused, as if the strategy were still there.",
        breaks=("VIM-LIFE-084",),
        make=behaving(_create_after_delete),
    ),
)
