"""Mutants that ask for a token, and let in whom they should not, or keep out whom they should let in."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from reference_server.auth import Auth, Identity
from reference_server.mutants.layers import Behaviour, Clean, Make, behaving
from reference_server.mutants.mutant import Mutant
from reference_server.mutants.traffic import Answer, Asked, refusal

TOKEN: Final = "token-of-the-mutants"  # noqa: S105 - it opens mutants alone, and is printed with them
_HEADER: Final = "x-auth-token"


@dataclass(frozen=True, slots=True)
class _OneToken:
    """The place that knows the one token there is."""

    def identify(self, token: str) -> Identity | None:
        """Whom it belongs to."""
        return Identity("admin", frozenset({"admin"})) if token == TOKEN else None


def _guarded(behaviour: Behaviour) -> Make:
    return behaving(behaviour, auth=Auth(_OneToken()))


def _letting_in(says: Callable[[Asked], bool]) -> Make:
    """A server that takes requests of which `says` is true for those of somebody who has the token."""
    return _guarded(lambda asked, clean: clean.send(_known(asked) if says(asked) else asked))


def _known(asked: Asked) -> Asked:
    return replace(asked, headers={**asked.headers, _HEADER: TOKEN})


def _token(asked: Asked) -> str | None:
    return asked.headers.get(_HEADER)


def _denied_and_done(asked: Asked, clean: Clean) -> Answer:
    """A create of a stranger is carried out, and then denied."""
    if asked.role == "create" and _token(asked) != TOKEN:
        clean.send(_known(asked))
    return clean.send(asked)


def _delete_denied_and_done(asked: Asked, clean: Clean) -> Answer:
    """A delete with an unknown token is carried out, and then denied."""
    if asked.role == "delete" and _token(asked) not in (None, "", TOKEN):
        clean.send(_known(asked))
    return clean.send(asked)


def _unknown_token_500(asked: Asked, clean: Clean) -> Answer:
    known = _token(asked) in (None, "", TOKEN)
    return clean.send(asked) if known else refusal(500, "'NoneType' object has no attribute 'roles'")


def _upgrade_actions_forget(asked: Asked, clean: Clean) -> Answer:
    is_it = asked.role == "act" and asked.kind == "sw-upgrade"
    return refusal(401, "The token is unknown.") if is_it else clean.send(asked)


def _hidden(asked: Asked, clean: Clean) -> Answer:
    is_it = asked.role == "get" and not _token(asked)
    return refusal(404, f"There is no {asked.kind} strategy.") if is_it else clean.send(asked)


AUTH: Final = (
    Mutant(
        name="any-token-taken",
        area="auth",
        defect="Any token is taken, and only a request without one is refused.",
        breaks=("VIM-AUTH-002",),
        make=_letting_in(lambda asked: bool(_token(asked))),
        token=TOKEN,
    ),
    Mutant(
        name="empty-token-taken",
        area="auth",
        defect="An empty token is taken.",
        breaks=("VIM-AUTH-001",),
        make=_letting_in(lambda asked: _token(asked) == ""),
        token=TOKEN,
    ),
    Mutant(
        name="strategies-readable-by-all",
        area="auth",
        defect="A strategy can be read without a token.",
        breaks=("VIM-AUTH-001",),
        make=_letting_in(lambda asked: asked.role == "get" and not _token(asked)),
        token=TOKEN,
    ),
    Mutant(
        name="delete-unguarded",
        area="auth",
        defect="A delete needs no token.",
        breaks=("VIM-AUTH-001", "VIM-AUTH-002"),
        make=_letting_in(lambda asked: asked.role == "delete"),
        token=TOKEN,
    ),
    Mutant(
        name="upgrade-actions-take-any-token",
        area="auth",
        defect="Actions on upgrade strategies take any token.",
        breaks=("VIM-AUTH-002",),
        make=_letting_in(lambda asked: asked.role == "act" and asked.kind == "sw-upgrade" and bool(_token(asked))),
        token=TOKEN,
    ),
    Mutant(
        name="create-denied-after-it-was-done",
        area="auth",
        defect="A create without a token is answered 401 after the strategy was created.",
        breaks=("VIM-AUTH-004",),
        make=_guarded(_denied_and_done),
        token=TOKEN,
    ),
    Mutant(
        name="delete-denied-after-it-was-done",
        area="auth",
        defect="A delete with an unknown token is answered 401 after the strategy was deleted.",
        breaks=("VIM-AUTH-004",),
        make=_guarded(_delete_denied_and_done),
        token=TOKEN,
    ),
    Mutant(
        name="unknown-token-500",
        area="auth",
        defect="A request with an unknown token is answered 500.",
        breaks=("VIM-AUTH-002", "VIM-PGET-011"),
        make=_guarded(_unknown_token_500),
        token=TOKEN,
    ),
    Mutant(
        name="strangers-see-nothing",
        area="auth",
        defect="A strategy that is read without a token is answered 404 instead of 401.",
        breaks=("VIM-AUTH-001",),
        make=_guarded(_hidden),
        token=TOKEN,
    ),
    Mutant(
        name="token-forgotten-by-upgrade-actions",
        area="auth",
        defect="Actions on upgrade strategies are answered 401 whatever the token.",
        breaks=("VIM-AUTH-005",),
        make=_guarded(_upgrade_actions_forget),
        token=TOKEN,
    ),
)
