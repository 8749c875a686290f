"""Mutants that look first and act later: one client alone never notices.

The pause between looking and acting is what a real server spends on a database, a queue, a remote call.
"""

import time
from dataclasses import replace
from typing import Final

from reference_server.document import Page
from reference_server.driver import Conflict, Driver, Refused
from reference_server.engine.lifecycle import Request, rule
from reference_server.engine.model import Strategy, StrategyRequest
from reference_server.engine.words import Kind
from reference_server.mutants.mutant import Mutant
from reference_server.mutants.variant import Variant

_PAUSE: Final = 0.12  # seconds between looking and acting
_WAY: Final = 0.04  # seconds until a request is looked at
_GLANCE: Final = 0.002  # seconds between two parts of a read


class _TwoCreates(Driver):
    """Looks whether there is a strategy, and creates one later, whatever there is then."""

    def create(self, request: StrategyRequest) -> Strategy:
        with self._lock:
            self._catch_up()
            if self._strategy is not None:
                raise Conflict(self._strategy.kind)
        time.sleep(_PAUSE)
        with self._lock:
            self._strategy = None
            return super().create(request)


class _TwoApplies(Driver):
    """Looks whether an apply is lawful, and carries it out later; answers an unlawful one too."""

    def apply(self, kind: Kind, stage_id: int | None = None) -> Strategy:
        with self._lock:
            self._catch_up()
            strategy = self._existing(kind)
            asked = Request.APPLY_ALL if stage_id is None else Request.APPLY_STAGE
            ruling = rule(strategy, asked, stage_id)
        if ruling.act is None:
            raise Refused(ruling.reason)
        time.sleep(_PAUSE)
        try:
            return super().apply(kind, stage_id)
        except Refused:
            return self.find(kind) or strategy


class _ApplyBesideDelete(Driver):
    """Reads the strategy, and applies what it has read later, also when it was deleted meanwhile."""

    def apply(self, kind: Kind, stage_id: int | None = None) -> Strategy:
        with self._lock:
            self._catch_up()
            read = self._existing(kind)
            ruling = rule(read, Request.APPLY_ALL if stage_id is None else Request.APPLY_STAGE, stage_id)
        if ruling.act is None:
            raise Refused(ruling.reason)
        time.sleep(_PAUSE)
        with self._lock:
            self._strategy = self._strategy or read
            return super().apply(kind, stage_id)

    def delete(self, kind: Kind, *, force: bool = False) -> None:
        time.sleep(_WAY)
        super().delete(kind, force=force)


class _TornRead(Driver):
    """Reads the state first and the phases later."""

    def page(self, strategy: Strategy) -> Page:
        time.sleep(_GLANCE)
        with self._lock:
            now = self._strategy
        if now is None or now.uuid != strategy.uuid:
            return super().page(strategy)
        return super().page(replace(now, state=strategy.state, current_phase=strategy.current_phase))


class _LostAbort(Driver):
    """Writes the strategy that an apply has made back later, over what others have made of it meanwhile."""

    def apply(self, kind: Kind, stage_id: int | None = None) -> Strategy:
        after = super().apply(kind, stage_id)
        time.sleep(_PAUSE)
        with self._lock:
            if self._strategy is not None and self._strategy.uuid == after.uuid:
                self._strategy = after
        return after

    def abort(self, kind: Kind, stage_id: int | None = None) -> Strategy:
        time.sleep(_WAY)
        return super().abort(kind, stage_id)


RACES: Final = (
    Mutant(
        name="two-creates-at-once",
        area="concurrency",
        defect="Of two creates that come at the same time both are accepted.",
        breaks=("VIM-LIFE-140", "VIM-LIFE-141"),
        make=Variant(driver=_TwoCreates),
    ),
    Mutant(
        name="two-applies-at-once",
        area="concurrency",
        defect="Of two applies that come at the same time both are accepted.",
        breaks=("VIM-LIFE-141",),
        make=Variant(driver=_TwoApplies),
    ),
    Mutant(
        name="apply-beside-a-delete",
        area="concurrency",
        defect="A delete and an apply that come at the same time are both accepted, and the strategy is there again.",
        breaks=("VIM-LIFE-141",),
        make=Variant(driver=_ApplyBesideDelete),
    ),
    Mutant(
        name="torn-read",
        area="concurrency",
        defect="A read shows the state of one moment and the phases of a later one.",
        breaks=("VIM-LIFE-045", "VIM-LIFE-141", "VIM-LIFE-142"),
        make=Variant(driver=_TornRead),
    ),
    Mutant(
        name="lost-abort",
        area="concurrency",
        defect="An abort that comes while an apply is being written down is accepted and lost.",
        breaks=("VIM-LIFE-141", "VIM-LIFE-142", "VIM-LIFE-047"),
        make=Variant(driver=_LostAbort),
    ),
)
