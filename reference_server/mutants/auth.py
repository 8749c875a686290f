"""Mutants that ask for a token, and let in whom they should not, or keep out whom they should let in."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from reference_server.auth import Auth, Identity
from reference_server.mutants.layers import Behaviour, Clean, Make, behaving
from reference_server.mutants.mutant import Mutant
from reference_server.mutants.traffic import Answer, Asked, refusal

TOKEN: Final = "token-of-the-mutants"  # noqa: S105 - it opens mutants alone, and is printed with them
READER: Final = "token-of-a-reader-of-mutants"
EXPIRED: Final = "token-that-mutants-knew-once"
_HEADER: Final = "x-auth-token"


@dataclass(frozen=True, slots=True)
class _Tokens:
    """The place that knows the tokens that hold."""

    def identify(self, token: str) -> Identity | None:
        """Whom it belongs to."""
        return {
            TOKEN: Identity("admin", frozenset({"admin"})),
            READER: Identity("reader", frozenset({"reader"})),
        }.get(token)


def _guarded(behaviour: Behaviour) -> Make:
    return behaving(behaviour, auth=Auth(_Tokens()))


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


def _reader_delete_denied_and_done(asked: Asked, clean: Clean) -> Answer:
    """A delete of a reader is carried out, and then denied."""
    if asked.role == "delete" and _token(asked) == READER:
        clean.send(_known(asked))
    return clean.send(asked)


def _reader_abort_denied_and_done(asked: Asked, clean: Clean) -> Answer:
    """An abort of a reader is carried out, and then denied."""
    if asked.action == "abort" and _token(asked) == READER:
        clean.send(_known(asked))
    return clean.send(asked)


def _reader_sees_no_upgrades(asked: Asked, clean: Clean) -> Answer:
    is_it = asked.role == "get" and asked.kind == "sw-upgrade" and _token(asked) == READER
    return refusal(403, "The caller has none of the roles admin.") if is_it else clean.send(asked)


def _reader_unknown_to_patches(asked: Asked, clean: Clean) -> Answer:
    is_it = asked.role == "get" and asked.kind == "sw-patch" and _token(asked) == READER
    return refusal(401, "The token is unknown.") if is_it else clean.send(asked)


def _by(token: str, role: str, kind: str = "", action: str = "") -> Callable[[Asked], bool]:
    """True of requests with that token for that role, of one kind or both, with one action or any."""

    def says(asked: Asked) -> bool:
        wanted = asked.role == role and kind in ("", asked.kind) and action in ("", asked.action)
        return wanted and _token(asked) == token

    return says


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
    Mutant(
        name="expired-token-taken-by-delete",
        area="auth",
        defect="A delete is done for a token that has expired.",
        breaks=("VIM-AUTH-006",),
        make=_letting_in(_by(EXPIRED, "delete")),
        token=TOKEN,
        expired=EXPIRED,
    ),
    Mutant(
        name="expired-token-reads-upgrades",
        area="auth",
        defect="An upgrade strategy is shown to a token that has expired.",
        breaks=("VIM-AUTH-006",),
        make=_letting_in(_by(EXPIRED, "get", "sw-upgrade")),
        token=TOKEN,
        expired=EXPIRED,
    ),
    Mutant(
        name="reader-may-create-patches",
        area="auth",
        defect="A caller who may only read can create patch strategies.",
        breaks=("VIM-AUTH-007",),
        make=_letting_in(_by(READER, "create", "sw-patch")),
        token=TOKEN,
        reader=READER,
    ),
    Mutant(
        name="reader-may-delete",
        area="auth",
        defect="A caller who may only read can delete strategies.",
        breaks=("VIM-AUTH-007",),
        make=_letting_in(_by(READER, "delete")),
        token=TOKEN,
        reader=READER,
    ),
    Mutant(
        name="reader-may-apply-upgrades",
        area="auth",
        defect="A caller who may only read can apply upgrade strategies.",
        breaks=("VIM-AUTH-007",),
        make=_letting_in(_by(READER, "act", "sw-upgrade", "apply-all")),
        token=TOKEN,
        reader=READER,
    ),
    Mutant(
        name="reader-may-abort",
        area="auth",
        defect="A caller who may only read can abort strategies.",
        breaks=("VIM-AUTH-007",),
        make=_letting_in(_by(READER, "act", "", "abort")),
        token=TOKEN,
        reader=READER,
    ),
    Mutant(
        name="reader-delete-denied-after-it-was-done",
        area="auth",
        defect="A delete of a caller who may only read is answered 403 after the strategy was deleted.",
        breaks=("VIM-AUTH-004",),
        make=_guarded(_reader_delete_denied_and_done),
        token=TOKEN,
        reader=READER,
    ),
    Mutant(
        name="reader-abort-denied-after-it-was-done",
        area="auth",
        defect="An abort of a caller who may only read is answered 403 after the strategy was aborted.",
        breaks=("VIM-AUTH-004",),
        make=_guarded(_reader_abort_denied_and_done),
        token=TOKEN,
        reader=READER,
    ),
    Mutant(
        name="reader-refused-upgrades",
        area="auth",
        defect="A caller who may read is answered 403 when he looks at upgrade strategies.",
        breaks=("VIM-AUTH-008",),
        make=_guarded(_reader_sees_no_upgrades),
        token=TOKEN,
        reader=READER,
    ),
    Mutant(
        name="reader-forgotten-by-patches",
        area="auth",
        defect="The token of a caller who may read is answered 401 when he looks at patch strategies.",
        breaks=("VIM-AUTH-008",),
        make=_guarded(_reader_unknown_to_patches),
        token=TOKEN,
        reader=READER,
    ),
)
