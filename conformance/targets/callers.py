"""The callers of a run, as it hands them to its processes: by the environment, which nobody else can read."""

import os
from types import MappingProxyType
from typing import Final

from conformance.caller import Caller
from conformance.targets.catalogue import READER_VARIABLE, VARIABLE, from_environment
from conformance.targets.catalogue import secrets as known_to_clouds
from conformance.targets.identity import Given, Identity

TOKENS: Final = MappingProxyType({
    Caller.OURS: "VIMGATE_TOKEN", Caller.EXPIRED: "VIMGATE_EXPIRED_TOKEN", Caller.READER: "VIMGATE_READER_TOKEN",
    Caller.CONFIGURATOR: "VIMGATE_CONFIGURATOR_TOKEN", Caller.OPERATOR: "VIMGATE_OPERATOR_TOKEN",
    Caller.OIDC: "VIMGATE_OIDC_TOKEN",
})  # fmt: skip
"""The variables that hold the token of a caller."""

CLOUDS: Final = MappingProxyType({Caller.OURS: VARIABLE, Caller.READER: READER_VARIABLE})
"""The variables that say by which cloud a caller logs in, which goes before a token."""


CONTROL: Final = "VIMGATE_CONTROL_TOKEN"
"""The variable that holds the token of the control of a simulated target."""

VARIABLES: Final = (*TOKENS.values(), CONTROL)
"""All that hold a secret."""


def identities() -> dict[Caller, Identity]:
    """Whoever the run was given a token or a log-in of. Raises CloudError."""
    found: dict[Caller, Identity] = {}
    for caller, variable in TOKENS.items():
        renewed = from_environment(CLOUDS[caller]) if caller in CLOUDS else None
        if renewed is not None:
            found[caller] = renewed
        elif token := os.environ.get(variable):
            found[caller] = Given(token)
    return found


def secrets() -> tuple[str, ...]:
    """The tokens and passwords of this run, as far as this process knows them."""
    return tuple(filter(None, (*(os.environ.get(name) for name in VARIABLES), *known_to_clouds())))
