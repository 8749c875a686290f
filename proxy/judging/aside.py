"""How a process of the gateway stands aside: signals are the gateway's business, and where memory is short it goes.

When the gateway has gone it goes as well, at once or, whatever it is doing then, a little later.
"""

import os
import select
import signal
import socket
import time
from contextlib import suppress
from pathlib import Path
from threading import Thread
from typing import Final

_FIRST_VICTIM: Final = "500"
OUTLIVES: Final = 60.0
"""Seconds in which what there is may be stored when the gateway has gone."""
_LEFT_ALONE: Final = 72


def stand_aside(line: socket.socket) -> None:
    """What is typed or sent to stop the gateway stops the gateway alone; where memory is short, this one goes first.

    `line` leads to the gateway, which may be killed while this process does something that has no end.
    """
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, signal.SIG_IGN)
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text(_FIRST_VICTIM)
    Thread(target=_go_after, args=(line.fileno(),), daemon=True).start()


def _go_after(line: int) -> None:
    """End this process when nobody has been at the other end of the line for a while."""
    poll = select.poll()
    poll.register(line, 0)  # it tells of an end that has hung up all the same
    poll.poll()
    time.sleep(OUTLIVES)
    os._exit(_LEFT_ALONE)
