"""Mutants that mix up the two kinds of strategy."""

from typing import Final

from reference_server.driver import Conflict, Driver
from reference_server.engine.lifecycle import Request, rule
from reference_server.engine.model import Strategy, StrategyRequest
from reference_server.engine.words import Kind
from reference_server.mutants.mutant import Mutant
from reference_server.mutants.variant import Variant


class _OnePerKind(Driver):
    """Looks only for a strategy of the same kind: one of the other kind gives way."""

    def create(self, request: StrategyRequest) -> Strategy:
        with self._lock:
            self._catch_up()
            other = self._strategy
            if other is not None and other.kind is not request.kind:
                self._strategy = None
            return super().create(request)


class _UpgradeReadAsPatch(Driver):
    """Has one place for both kinds, and one of the two reads does not look which it is."""

    def find(self, kind: Kind) -> Strategy | None:
        return super().find(kind) or (super().find(Kind.SW_UPGRADE) if kind is Kind.SW_PATCH else None)


class _ActsOnAnyKind(Driver):
    def apply(self, kind: Kind, stage_id: int | None = None) -> Strategy:
        return super().apply(self._there(kind), stage_id)

    def abort(self, kind: Kind, stage_id: int | None = None) -> Strategy:
        return super().abort(self._there(kind), stage_id)

    def _there(self, kind: Kind) -> Kind:
        with self._lock:
            self._catch_up()
            return self._strategy.kind if self._strategy is not None else kind


class _RefusedCreateDeletes(Driver):
    """Makes room for a strategy of the other kind before it refuses it."""

    def create(self, request: StrategyRequest) -> Strategy:
        try:
            return super().create(request)
        except Conflict:
            with self._lock:
                other = self._strategy
                if other is not None and other.kind is not request.kind and rule(other, Request.DELETE).act:
                    super().delete(other.kind)
            raise


KINDS: Final = (
    Mutant(
        name="one-strategy-per-kind",
        area="cross-kind",
        defect="A create is accepted while a strategy of the other kind exists.",
        breaks=("VIM-LIFE-082",),
        make=Variant(driver=_OnePerKind),
    ),
    Mutant(
        name="upgrade-read-as-patch",
        area="cross-kind",
        defect="GET of the patch strategy shows the upgrade strategy while there is only that.",
        breaks=("VIM-LIFE-083", "VIM-PGET-012"),
        make=Variant(driver=_UpgradeReadAsPatch),
    ),
    Mutant(
        name="acts-on-any-kind",
        area="cross-kind",
        defect="An action on one kind acts on the strategy of the other.",
        breaks=("VIM-LIFE-083", "VIM-PACT-025", "VIM-UACT-025"),
        make=Variant(driver=_ActsOnAnyKind),
    ),
    Mutant(
        name="refused-create-deletes",
        area="cross-kind",
        defect="A create of the other kind is refused, and deletes the strategy that rests.",
        breaks=("VIM-LIFE-085",),
        make=Variant(driver=_RefusedCreateDeletes),
    ),
)
