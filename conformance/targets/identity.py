"""As whom a target is asked: with a token that was given, or with those that a Keystone gives out as long as we run."""

import threading
from typing import Protocol


class Identity(Protocol):
    """Somebody with a token."""

    @property
    def known(self) -> tuple[str, ...]:
        """Every token that was sent so far; none of them may be recorded."""
        ...

    def token(self) -> str:
        """The token to send now; empty: none. Raises Unreachable when nobody gives one out."""
        ...


class Given:
    """One token for the whole run, or none."""

    def __init__(self, token: str = "") -> None:
        self._token = token

    @property
    def known(self) -> tuple[str, ...]:
        """The token."""
        return (self._token,) if self._token else ()

    def token(self) -> str:
        """The token."""
        return self._token


class Renewing(Protocol):
    """What gives out tokens and knows when one ends, such as a session of keystoneauth1."""

    def get_token(self) -> str | None:
        """A token that is good for a while."""
        ...


class Renewed:
    """Tokens of a session, which fetches the next one before the last one ends. Used by several threads at once."""

    def __init__(self, session: Renewing) -> None:
        self._session = session
        self._known: list[str] = []
        self._lock = threading.Lock()

    @property
    def known(self) -> tuple[str, ...]:
        """Every token that was sent so far."""
        return tuple(self._known)

    def token(self) -> str:
        """The token to send now. Raises Unreachable."""
        with self._lock:
            token = self._session.get_token() or ""
            if token and token not in self._known:
                self._known.append(token)
        return token
