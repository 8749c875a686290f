"""What planning ends in: stages, and a reason when a rule was broken."""

from dataclasses import dataclass

from reference_server.engine.model import Stage
from reference_server.engine.reasons import Reason


@dataclass(frozen=True, slots=True)
class Plan:
    """The stages of the apply phase; `reason` is None for a good build, else why it failed after these stages."""

    stages: tuple[Stage, ...]
    reason: str | None = None


class RuleBrokenError(Exception):
    """A build rule does not hold; `names` is what the text of the reason may name. Never leaves `engine.planning`."""

    def __init__(self, reason: Reason, **names: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.names = names
