"""What a mutant is: a reference server with one defect, and what that defect breaks."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

AREAS: Final = (
    "shape", "input", "status", "links", "errors", "presence", "actions", "auth", "persistence",
    "state", "progress", "dates", "timing", "results", "grouping", "ordering", "plan", "abort",
    "concurrency", "cross-kind", "historic",
)  # fmt: skip
"""What a defect is about, one word each."""

_NAME: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """One faulty reference server. ValueError for a name that is not kebab-case, or an area that is no area.

    `defect` is one sentence: what this server does wrong. `breaks` are requirement ids of the ledger, of which at least
    one has to be charged; none when the defect breaks no MUST. `make` gives a fresh WSGI application at each call, with
    control routes as those of `create_app()`. `token` is what a run has to present to be let in, `reader` is that of a
    caller who may only read, `expired` one whose time is over. `source` says where a real release was seen to do this.
    `equivalent` argues why nobody can tell it from the clean server.
    """

    name: str
    area: str
    defect: str
    breaks: tuple[str, ...]
    make: "Callable[[], WSGIApplication]"
    token: str = ""
    reader: str = ""
    expired: str = ""
    source: str = ""
    equivalent: str = ""

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise ValueError(f"{self.name!r} is no name of a mutant: write small letters and digits, joined by hyphens")
        if self.area not in AREAS:
            raise ValueError(f"{self.name}: {self.area!r} is no area: write one of {', '.join(AREAS)}")

    @property
    def environment(self) -> dict[str, str]:
        """The tokens by the variables from which a run takes them; empty: none."""
        return {
            "VIMGATE_TOKEN": self.token, "VIMGATE_READER_TOKEN": self.reader, "VIMGATE_EXPIRED_TOKEN": self.expired,
        }  # fmt: skip

    @property
    def given(self) -> str:
        """What stands before the command of such a run in a shell."""
        return "".join(f"{name}={token} " for name, token in self.environment.items() if token)

    @property
    def factory(self) -> str:
        """The name of the factory: what stands behind `wsgi:reference_server.mutants:`."""
        return self.name.replace("-", "_")

    @property
    def target(self) -> str:
        """The text that names this mutant as a target."""
        return f"wsgi:reference_server.mutants:{self.factory}"
