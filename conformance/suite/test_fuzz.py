"""What Schemathesis thinks of: examples, coverage and fuzzing for each operation, and chains along the links."""

import pytest
import schemathesis

from conformance.drivers.changes import EVERY, needs
from conformance.drivers.conversation import Conversation
from conformance.drivers.fuzz import Case, Fuzzer, explore
from conformance.runs.options import Options
from spec.ledger import Ledger

# The fixture `generated_operation` gives the contract cut down to one operation, once per operation.
schema = schemathesis.pytest.from_fixture("generated_operation")


@pytest.mark.level("protocol")
@schema.parametrize()
def test_operation(case: Case, fuzzer: Fuzzer) -> None:
    """Every generated request for one operation is sent."""
    fuzzer.send(case)


@pytest.mark.level("lifecycle")
def test_chains(changing: Conversation, options: Options, ledger: Ledger, chain_seed: int) -> None:
    """Generated chains of requests are followed, each from an empty target."""
    if not changing.may(EVERY):
        pytest.skip(needs(EVERY - changing.leave.permitted))
    reason = explore(changing, ledger, seed=chain_seed, scenarios=options.chains, steps=options.steps)
    if reason is not None:
        pytest.skip(reason)
