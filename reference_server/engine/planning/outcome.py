"""What planning ends in: stages, and a reason when a rule was broken."""

from dataclasses import dataclass

from reference_server.engine.model import Stage


@dataclass(frozen=True, slots=True)
class Plan:
    """The stages of the apply phase; `reason` is None for a good build, else why it failed after these stages."""

    stages: tuple[Stage, ...]
    reason: str | None = None


class RuleBrokenError(Exception):
    """A build rule does not hold; the text is the reason on the wire. Never leaves `engine.planning`."""

    @property
    def reason(self) -> str:
        """The reason as it appears in the document."""
        return str(self.args[0])
