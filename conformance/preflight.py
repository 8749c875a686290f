"""Looks at a target before the run: whether its text is right, whether it answers, is free, and shows its world."""

from conformance.conversation import Conversation
from conformance.judge import Judge
from conformance.options import Options
from conformance.target import check_text, open_target
from reports.model import Level
from spec.load import load_contract, load_law, load_ledger


class Occupied(Exception):  # noqa: N818 - a fact about the target, not an error of ours
    """There is a strategy on the target that is not ours; it is never touched."""


def check_target(options: Options) -> None:
    """Make sure that the run can begin. Raises TargetError, Unreachable, Occupied.

    A WSGI target is only looked up, so that its factory is called once per test and no more: it lives in this
    process, and nobody else has a strategy there. One at a URL may be somebody's, whether it can be reset or not.
    """
    check_text(options.target)
    if options.target.startswith("wsgi:"):
        return
    with open_target(options.target) as target:
        contract = load_contract()
        talk = Conversation(target, Judge(contract, load_ledger(), load_law()), contract, "preflight", changes=False)
        strategies = [(kind, talk.strategy(kind)) for kind in talk.kinds]
        for kind, strategy in strategies:
            if strategy is not None and options.may_change:
                raise Occupied(
                    f"{target.name} has a {kind} strategy already (state {strategy.get('state')}); it is left alone: "
                    "delete it and run again, or run with --read-only"
                )


def deepest_level(options: Options) -> Level:
    """How deep a run can look: strategies are compared with predictions only where the world is known.

    It is when the run was given one, or when the control of the target loads worlds. Raises TargetError, Unreachable.
    """
    if options.world:
        return Level.ORACLE
    with open_target(options.target) as target:
        known = target.control is not None and "world" in target.control.offers
    return Level.ORACLE if known else Level.ORCHESTRATION
