"""Who asks a target, for as long as a command runs: a token, or a log-in to a Keystone that also says where it is."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from conformance.caller import Caller
from conformance.targets import catalogue
from conformance.targets.callers import CLOUDS, TOKENS
from conformance.targets.catalogue import CloudError, Wanted
from conformance.targets.transport import Unreachable
from vimgate.asking.caller import OfCaller
from vimgate.asking.others import OfOthers
from vimgate.exits import Incomplete, WrongUse
from vimgate.surroundings import token_chosen, variable_set


class Found(NamedTuple):
    """A target: the one that was named, else that of the catalogue, else None; whom to trust there, None: the system's.

    A cloud that names its authorities means them for each of its services, as OpenStack clients take it.
    """

    target: str | None
    ca: Path | None


@contextmanager
def caller_chosen(asked: OfCaller, target: str | None, ca: Path | None) -> Iterator[Found]:
    """Hand to the workers who asks, and tell what is asked.

    Raises WrongUse for a token or a cloud that is none, Incomplete when Keystone refuses, is away or knows no such
    service.
    """
    if not asked.in_catalogue:
        with token_chosen(asked.token_file):
            yield Found(target, ca)
        return
    wanted = _wanted(asked, ca)
    authorities = _said("", lambda: catalogue.authorities(wanted))
    found = target or _said("", lambda: catalogue.endpoint(wanted))
    with variable_set(catalogue.VARIABLE, wanted.to_json()):
        yield Found(found, Path(authorities) if authorities else None)


@contextmanager
def others_chosen(asked: OfOthers, first: OfCaller, ca: Path | None, *, idle: bool = False) -> Iterator[None]:
    """Hand to the workers who asks besides the `first`, who was chosen already; nobody is made up for an `idle` run.

    Raises WrongUse for a token or a cloud that is none, Incomplete when Keystone refuses or is away.
    """
    with ExitStack() as chosen:
        chosen.enter_context(token_chosen(asked.expired_token_file, TOKENS[Caller.EXPIRED]))
        chosen.enter_context(token_chosen(asked.reader_token_file, TOKENS[Caller.READER]))
        chosen.enter_context(token_chosen(asked.configurator_token_file, TOKENS[Caller.CONFIGURATOR]))
        chosen.enter_context(token_chosen(asked.operator_token_file, TOKENS[Caller.OPERATOR]))
        chosen.enter_context(token_chosen(asked.oidc_token_file, TOKENS[Caller.OIDC]))
        if asked.reader_cloud is not None:
            chosen.enter_context(_reader_chosen(asked, first, ca))
        _check_that_they_differ(first)
        if first.in_catalogue and not idle and not os.environ.get(TOKENS[Caller.EXPIRED]):
            token = _said("", lambda: catalogue.revoked_token(_wanted(first, ca)))
            if token:
                chosen.enter_context(variable_set(TOKENS[Caller.EXPIRED], token))
        yield


@contextmanager
def _reader_chosen(asked: OfOthers, first: OfCaller, ca: Path | None) -> Iterator[None]:
    if asked.reader_token_file is not None:
        raise WrongUse("--reader-token-file and --reader-cloud each say who may only read; leave one of them out")
    name = asked.reader_cloud or ""
    if name == first.os_cloud:
        raise WrongUse(f"--reader-cloud {name}: that is who asks already; name a cloud with a user who may only read")
    wanted = _wanted(replace(first, os_cloud=name, os_env=False, token_file=None), ca)
    _said(f"--reader-cloud {name}: ", lambda: catalogue.identity(wanted).token())
    with variable_set(CLOUDS[Caller.READER], wanted.to_json()):
        yield


def _said[T](who: str, ask: Callable[[], T]) -> T:
    """What a Keystone gives. Raises WrongUse, Incomplete."""
    try:
        return ask()
    except CloudError as error:
        raise WrongUse(f"{who}{error}") from error
    except Unreachable as error:
        raise Incomplete(f"{who}{error}") from error


def _check_that_they_differ(first: OfCaller) -> None:
    """Raise WrongUse when further callers come without a first one, or with a token of another caller."""
    held = {caller: os.environ.get(name, "") for caller, name in TOKENS.items()}
    if first.in_catalogue:
        held[Caller.OURS] = ""  # a token in the environment is not asked for then
    others = {caller: token for caller, token in held.items() if token and caller is not Caller.OURS}
    further = [f"${TOKENS[caller]}" for caller in others] + [f"${name}" for name in _further_clouds()]
    if further and not (first.in_catalogue or held[Caller.OURS]):
        raise WrongUse(
            f"a further caller was given ({', '.join(further)}), and no first one; name a --token-file or an --os-cloud"
        )
    tokens = [token for token in held.values() if token]
    if len(set(tokens)) < len(tokens):
        raise WrongUse("the same token was given for two callers; give each a token of his own")


def _further_clouds() -> list[str]:
    return [name for caller, name in CLOUDS.items() if caller is not Caller.OURS and os.environ.get(name)]


def _wanted(asked: OfCaller, ca: Path | None) -> Wanted:
    if asked.os_cloud and asked.os_env:
        raise WrongUse("--os-cloud and --os-env each say who asks; leave one of them out")
    if asked.token_file is not None:
        raise WrongUse("--token-file and a log-in each say who asks; leave one of them out")
    if asked.os_env and not os.environ.get("OS_AUTH_URL"):
        raise WrongUse(
            "$OS_AUTH_URL is not set; with --os-env it says where Keystone is, such as http://keystone:5000/v3"
        )
    return Wanted(
        cloud=asked.os_cloud or catalogue.FROM_VARIABLES,
        service_type=asked.service_type,
        interface=asked.interface,
        region=asked.region or "",
        ca=str(ca.resolve()) if ca is not None else "",
    )
