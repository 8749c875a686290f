"""Who asks a target, for as long as a command runs: a token, or a log-in to a Keystone that also says where it is."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from conformance.targets import catalogue
from conformance.targets.catalogue import CloudError, Wanted
from conformance.targets.transport import Unreachable
from vimgate.asking.caller import OfCaller
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
    try:
        authorities = catalogue.authorities(wanted)
        found = Found(target or catalogue.endpoint(wanted), Path(authorities) if authorities else None)
    except CloudError as error:
        raise WrongUse(str(error)) from error
    except Unreachable as error:
        raise Incomplete(str(error)) from error
    with variable_set(catalogue.VARIABLE, wanted.to_json()):
        yield found


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
