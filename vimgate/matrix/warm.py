"""What a process of the pool has ready before it begins. Importing this is its work: the fork server does nothing else.

All that is heavy is imported and read once; a process is a fork of that, and starts in milliseconds.
"""

import gc
import os

import hypothesis.strategies
import pytest  # noqa: F401
import schemathesis.engine  # noqa: F401

import conformance.plugin
import conformance.run  # noqa: F401
import reference_server.app
import reference_server.mutants  # noqa: F401
from conformance.judge import Judge
from conformance.lifecycle import read_scenarios
from conformance.target import EMBEDDED, open_target
from spec.load import load_contract, load_law, load_ledger

# Where nothing can be kept, nothing is left behind: what Hypothesis knows of characters is in the memory of the forks.
os.environ["HYPOTHESIS_STORAGE_DIRECTORY"] = f"{os.devnull}/hypothesis"
Judge(load_contract(), load_ledger(), load_law())
read_scenarios()
with open_target(EMBEDDED) as _target:
    _target.send("GET", "/api")
hypothesis.strategies.text(alphabet=hypothesis.strategies.characters(codec="utf-8")).validate()
gc.collect()
gc.freeze()
