"""What pytest finds by an entry point, in every session of an environment that has vimgate: as little as can be.

Options have to be known before pytest reads its command line, and a conftest of a package that is named with `--pyargs`
is read after that.
"""

from collections.abc import Iterator, Sequence
from typing import Final

import pytest

SUITE: Final = "conformance.suite"
_PLUGINS: Final = ("conformance.plugin", "vimgate.session.hooks")


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config, args: Sequence[str]) -> Iterator[None]:
    """Load the suite's plugin and its options, when the suite is what is to be run."""
    if any(map(is_of_suite, args)):
        for plugin in _PLUGINS:
            early_config.pluginmanager.import_plugin(plugin)
    return (yield)


def is_of_suite(argument: str) -> bool:
    """The argument names the suite, a module of it, or a test of that."""
    module = argument.partition("::")[0]
    return module == SUITE or module.startswith(f"{SUITE}.")
