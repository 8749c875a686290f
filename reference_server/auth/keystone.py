"""An identity service as a source: what a token is worth in the project of the VIM is asked of Keystone each time.

As a VIM does it (CLIENTS.md 1): the caller's token is exchanged for one of the VIM's own project, so that the project
of the caller does not matter but his role in that one does. Nothing is remembered: what is revoked is so at once.
"""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

import requests
from keystoneauth1 import exceptions, session
from keystoneauth1.identity import v3

from reference_server.auth.gate import Identity, NobodyToAskError

SECONDS: Final = 10.0
"""How long Keystone may take to answer."""

# What Keystone says of a token that is worth nothing: garbage is 400, 401, 404; no role in the project is 401, 403.
_WORTHLESS: Final = frozenset({
    HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND,
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Place:
    """A Keystone and the project of the VIM in it.

    `url` ends in /v3; `ca` is a file of certificates to trust instead of the system's, empty for those.
    """

    url: str
    project: str = "admin"
    domain: str = "Default"
    ca: str = ""


class Keystone:
    """A `Source` that asks a Keystone; from any thread."""

    def __init__(self, place: Place) -> None:
        self._place = place

    def identify(self, token: str) -> Identity | None:
        """Whom the token belongs to in the project of the VIM. Raises NobodyToAskError when Keystone does not say."""
        if not token.isascii() or not token.isprintable():
            return None  # no header that a client of HTTP sends: Keystone has given out none
        place = self._place
        auth = v3.Token(place.url, token, project_name=place.project, project_domain_name=place.domain)
        with requests.Session() as connections:
            asking = session.Session(
                session=connections, verify=place.ca or True, timeout=SECONDS, connect_retries=0, user_agent="vimgate"
            )
            try:
                access = auth.get_access(asking)
            except exceptions.HttpError as error:
                if error.http_status in _WORTHLESS:
                    return None
                raise NobodyToAskError(f"Keystone answered {error.http_status}") from None
            except exceptions.ClientException as error:
                raise NobodyToAskError(f"Keystone gave no answer: {type(error).__name__}") from None
        return Identity(str(access.username), frozenset(access.role_names or ()), place.project)
