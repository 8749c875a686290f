"""What Dask has a worker of this machine do first: leave the terminal, whose Ctrl-C is for the command alone."""

import os
from typing import Any


def dask_setup(_worker: Any) -> None:
    """Begin a session of its own, in which all processes that the worker starts are, too."""
    os.setsid()
