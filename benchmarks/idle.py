"""`vimgate proxy` with a judge that looks at nothing: the way to the judge's process and back is what is left of it.

What this floor takes no judge can spare, however fast it is.
"""

from functools import partial
from unittest.mock import patch

from proxy.judging.settings import DeskSettings
from proxy.traffic import Noticed, Passage
from proxy.watch import Watch
from vimgate.commands import proxy


class Idle(Watch):
    """Finds fault with nothing, and gathers nothing."""

    def notice(self, passage: Passage) -> tuple[Noticed, ...]:  # noqa: ARG002 - as a Watch is asked
        """Nothing."""
        return ()


def watch_of(settings: DeskSettings) -> Watch:
    """The watch of the judge's process."""
    return Idle(settings.release)


def main() -> None:
    """The command `vimgate` with such a judge."""
    from vimgate.cli import main as command  # noqa: PLC0415 - after all that it imports

    with patch.object(proxy, "DeskSettings", partial(DeskSettings, watch=f"{__name__}:{watch_of.__name__}")):
        command()
