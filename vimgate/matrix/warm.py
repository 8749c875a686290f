"""What a process of the pool has ready before it begins. Importing this is its work: the fork server does nothing else.

All that is heavy is imported, read and made once, by a short run of the suite; a process is a fork of that, and starts
in milliseconds.
"""

import gc
import os

import schemathesis.engine  # noqa: F401

import reference_server.mutants  # noqa: F401
from conformance.runs.options import Options
from conformance.runs.run import run_suite

# Where nothing can be kept, nothing is left behind: what Hypothesis knows of characters is in the memory of the forks.
os.environ["HYPOTHESIS_STORAGE_DIRECTORY"] = f"{os.devnull}/hypothesis"
_ENOUGH = ("reads/documents", "inputs/methods", "fuzz/getRoot")

run_suite(Options(tests=_ENOUGH, examples=1))
gc.collect()
gc.freeze()
