"""Finds a target as the API reference advises: log in to Keystone, and read in its catalogue where the VIM is.

What is needed stands in clouds.yaml or in the variables OS_*, both read by openstacksdk; no password is an argument.
"""

import json
import os
import ssl
from dataclasses import asdict, dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from conformance.targets.identity import Renewed
from conformance.targets.transport import Unreachable

if TYPE_CHECKING:
    from keystoneauth1.session import Session
    from openstack.config.cloud_region import CloudRegion

VARIABLE: Final = "VIMGATE_CLOUD"
"""Hands a `Wanted` to the processes of a run; nothing secret is in it."""

READER_VARIABLE: Final = "VIMGATE_READER_CLOUD"
"""The same for the caller who may only read."""

FROM_VARIABLES: Final = "envvars"
"""The name under which openstacksdk knows the cloud that the variables OS_* tell of."""

SECONDS: Final = 30.0
"""How long Keystone may take to answer, where the cloud does not say it (`api_timeout`); else nothing ends a wait."""

# What a log-in by password needs; the library says so by an exception that is not of its own, or asks for it.
_BY_PASSWORD: Final = (None, "password", "v3password")
_NEEDED: Final = (("auth_url",), ("username", "user_id"), ("password",))


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which cloud, and which endpoint in its catalogue.

    `cloud` is a name in clouds.yaml, or `FROM_VARIABLES`; an empty `region` is the one that is set there, if any; `ca`
    is a file of certificates to trust instead of those that are set there.
    """

    cloud: str
    service_type: str = "nfv"
    service_name: str = "vim"
    interface: str = "public"
    region: str = ""
    ca: str = ""

    def to_json(self) -> str:
        """The text for `VARIABLE`."""
        return json.dumps(asdict(self))


class CloudError(Exception):
    """The cloud is unknown, or what is said of it is not enough. The text says what to write."""


class NoEntry(Unreachable):
    """Keystone refuses the log-in, or knows no such service. The text says which."""


def endpoint(wanted: Wanted) -> str:
    """The URL of the VIM. Raises CloudError, NoEntry, and Unreachable when Keystone gives no answer."""
    cloud = _cloud(wanted)
    region = wanted.region or cloud.region_name
    what: dict[str, Any] = {
        "service_type": wanted.service_type,
        "service_name": wanted.service_name,
        "interface": wanted.interface,
    }
    found = _asked(lambda: cloud.get_session().get_endpoint(**what, region_name=region or None), wanted)
    if not found:
        raise NoEntry(f"the catalogue of Keystone has no {_told(wanted, region)}")
    return str(found)


def authorities(wanted: Wanted) -> str:
    """The file (or folder) of certificates that the cloud is verified by; empty: the system's. Raises CloudError."""
    return _authorities(_cloud(wanted))


@cache
def identity(wanted: Wanted) -> Renewed:
    """Whoever the cloud says that we are; logs in when a token is first needed. Raises CloudError."""
    return Renewed(_Asked(_cloud(wanted).get_session(), wanted))


def from_environment(variable: str = VARIABLE) -> Renewed | None:
    """The identity that a run has handed to its processes; None when it was given no cloud. Raises CloudError."""
    given = _given(variable)
    return None if given is None else identity(given)


def revoked_token(wanted: Wanted) -> str:
    """A token of one more log-in, which is given back at once and so is worth nothing; empty where that cannot be had.

    Raises CloudError, and Unreachable when we cannot log in at all.
    """
    from keystoneauth1 import exceptions, plugin  # noqa: PLC0415

    ours, session = identity(wanted).token(), _cloud(wanted).get_session()
    asking: dict[str, Any] = {"endpoint_filter": {"interface": plugin.AUTH_INTERFACE, "version": "3"}}
    try:
        session.invalidate()  # a token out of a keyring is that of others too
        token = session.get_token()
        if not token or token == ours:
            return ""
        session.delete("/auth/tokens", headers={"X-Subject-Token": token}, **asking)
        names = {"X-Subject-Token": token, "X-Auth-Token": ours}
        looked = session.get("/auth/tokens", headers=names, authenticated=False, raise_exc=False, **asking)
    except exceptions.ClientException:
        return ""
    return "" if looked.ok else str(token)


def secrets() -> tuple[str, ...]:
    """The passwords of the identities that the run was given, and every token that this process had of them."""
    return tuple(secret for variable in (VARIABLE, READER_VARIABLE) for secret in _secrets_of(_given(variable)))


def _secrets_of(given: Wanted | None) -> tuple[str, ...]:
    if given is None:
        return ()
    password = _cloud(given).config.get("auth", {}).get("password")
    return tuple(filter(None, (password, *identity(given).known)))


def _given(variable: str) -> Wanted | None:
    text = os.environ.get(variable)
    return Wanted(**json.loads(text)) if text else None


class _Asked:
    """A session whose refusals are told in our words."""

    def __init__(self, session: "Session", wanted: Wanted) -> None:
        self._session = session
        self._wanted = wanted

    def get_token(self) -> str | None:
        token: str | None = _asked(self._session.get_token, self._wanted)
        return token


def _cloud(wanted: Wanted) -> "CloudRegion":
    from openstack.config import OpenStackConfig  # noqa: PLC0415 - a run without a cloud does not wait for it
    from openstack.exceptions import ConfigException  # noqa: PLC0415

    try:
        cloud = OpenStackConfig(app_name="vimgate").get_one(cloud=wanted.cloud)
    except ConfigException as error:
        raise CloudError(_of_cloud(wanted, str(error).rstrip("."))) from None
    auth = cloud.config.get("auth") or {}
    if cloud.config.get("auth_type") in _BY_PASSWORD:
        missing = [" or ".join(names) for names in _NEEDED if not any(auth.get(name) for name in names)]
        if missing:
            raise CloudError(_of_cloud(wanted, f"it has no {', no '.join(missing)}"))
    if wanted.ca:
        cloud.config["cacert"] = wanted.ca
    if cloud.config.get("api_timeout") is None:
        cloud.config["api_timeout"] = SECONDS
    _check_authorities(wanted, _authorities(cloud))
    return cloud


def _authorities(cloud: "CloudRegion") -> str:
    verified_by = cloud.get_requests_verify_args()[0]
    return verified_by if isinstance(verified_by, str) else ""


def _check_authorities(wanted: Wanted, path: str) -> None:
    if not path or os.path.isdir(path):
        return
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(path)
    except OSError:
        why = f"its cacert {path} holds no certificates that can be read"
        raise CloudError(_of_cloud(wanted, why)) from None


def _of_cloud(wanted: Wanted, why: str) -> str:
    if wanted.cloud == FROM_VARIABLES:
        needed = "set OS_AUTH_URL, OS_USERNAME, OS_PASSWORD and their like"
        return f"the variables OS_* do not tell how to log in: {why}; {needed}"
    return f"the cloud {wanted.cloud!r} cannot be used: {why}; see clouds.yaml"


def _asked(ask: Any, wanted: Wanted) -> Any:
    """What Keystone answers; its refusals in our words, without any of its own, which may repeat what was sent."""
    from keystoneauth1 import exceptions  # noqa: PLC0415

    try:
        return ask()
    except exceptions.EndpointNotFound:
        return None
    except (exceptions.MissingRequiredOptions, exceptions.MissingAuthPlugin, exceptions.OptionError) as error:
        raise CloudError(_of_cloud(wanted, str(error).rstrip("."))) from None
    except exceptions.Unauthorized:
        raise NoEntry("Keystone refuses the log-in: the user, the password or the project is wrong") from None
    except exceptions.HttpError as error:
        raise Unreachable(f"Keystone answered the log-in with {error.http_status}", passing=True) from None
    except exceptions.SSLError as error:
        from conformance.targets.overhttp import tls_reason  # noqa: PLC0415 - as above

        why = tls_reason(error) or "TLS could not be agreed on"
        raise Unreachable(f"Keystone gave no answer: {why}") from None
    except exceptions.ClientException as error:
        raise Unreachable(f"Keystone gave no answer ({type(error).__name__})", passing=True) from None


def _told(wanted: Wanted, region: str) -> str:
    where = f" in the region {region}" if region else ""
    return f"{wanted.interface} endpoint of the service {wanted.service_name} of type {wanted.service_type}{where}"
