"""How a process of the gateway stands aside: signals are the gateway's business, and where memory is short it goes."""

import signal
from contextlib import suppress
from pathlib import Path
from typing import Final

_FIRST_VICTIM: Final = "500"


def stand_aside() -> None:
    """What is typed or sent to stop the gateway stops the gateway alone; where memory is short, this one goes first."""
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, signal.SIG_IGN)
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text(_FIRST_VICTIM)
