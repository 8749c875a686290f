"""The PEM files of TLS, looked at before they are used: every error names the file and what it should hold."""

import ssl
from pathlib import Path
from typing import NamedTuple


class CertificateError(ValueError):
    """A file cannot be used; the text says which, why, and what it should hold."""


class Files(NamedTuple):
    """What was given: authorities of the server, our certificate towards it, our certificate towards clients."""

    authorities: Path | None = None
    client: Path | None = None
    listening: Path | None = None


def check_files(given: Files) -> None:
    """Raise CertificateError for the first file that cannot be used."""
    if given.authorities is not None:
        _check_authorities(given.authorities)
    if given.client is not None:
        _check_pair("--client-cert", given.client)
    if given.listening is not None:
        _check_pair("--tls-cert", given.listening)


def _check_authorities(path: Path) -> None:
    _check_readable("--ca", path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        context.load_verify_locations(cafile=path)
    except (ssl.SSLError, ValueError):
        raise CertificateError(
            f"--ca {path}: no certificate in it can be read; give a PEM file of authorities"
        ) from None


def _check_pair(option: str, path: Path) -> None:
    _check_readable(option, path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        context.load_cert_chain(path, password=_no_password)
    except _Locked:
        raise CertificateError(f"{option} {path}: the key has a password; give one without") from None
    except (ssl.SSLError, ValueError) as error:
        why = "the key does not belong to the certificate" if "MISMATCH" in str(error) else "it cannot be used"
        raise CertificateError(f"{option} {path}: {why}; give a PEM file with a certificate and its key") from None


class _Locked(Exception):  # noqa: N818 - a signal to the caller
    """A key asks for a password."""


def _no_password() -> str:
    raise _Locked


def _check_readable(option: str, path: Path) -> None:
    try:
        with path.open("rb"):
            pass
    except OSError as error:
        raise CertificateError(f"{option} {path}: cannot be read: {error.strerror or error}") from None
