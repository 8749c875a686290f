"""Hooks of mitmproxy that never raise: what goes wrong in one is told to its addon, and befalls no client."""

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any, Protocol

type Hook = Callable[..., Any]


class Failing(Protocol):
    """An addon that is told of its own faults."""

    def fail(self, data: Any, error: Exception) -> None:
        """A hook has raised that on that."""
        ...


def never_raises(hook: Hook) -> Hook:
    """The hook, plain or async, whose faults go to `fail` of its addon."""

    @wraps(hook)
    async def guarded(addon: Failing, data: Any) -> None:
        try:
            done = hook(addon, data)
            if isinstance(done, Awaitable):
                await done
        except Exception as error:  # noqa: BLE001 - whatever goes wrong here befalls no client
            addon.fail(data, error)

    return guarded
