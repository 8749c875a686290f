"""A statement in a DSSE envelope: signed with a private key, and opened with the public one. Pure."""

import base64
import json
from binascii import Error
from collections.abc import Mapping
from typing import Any, Final

from securesystemslib.dsse import Envelope
from securesystemslib.exceptions import UnverifiedSignatureError
from securesystemslib.signer import Signature, Signer, SSlibKey

from reports.signing import document
from reports.signing.statement import PAYLOAD_TYPE, encode

FILE_NAME: Final = "statement.dsse.json"
# No envelope is larger, in bytes.
LARGEST: Final = 10_000_000


class SignatureError(Exception):
    """A signature does not hold for what it is given for. The text has every complaint, a line each."""


def sign(statement: Mapping[str, Any], signer: Signer) -> str:
    """The text of the envelope's file. Any signer of securesystemslib will do; an ed25519 key signs the same alike."""
    envelope = Envelope(encode(statement), PAYLOAD_TYPE, {})
    envelope.sign(signer)
    return json.dumps(envelope.to_dict(), ensure_ascii=True, separators=(",", ":")) + "\n"


def opened(data: bytes, key: SSlibKey) -> dict[str, Any]:
    """The statement in an envelope that this key has signed; other signatures beside its own do no harm.

    Nothing of the payload is looked at before the signature holds. Raises SignatureError.
    """
    try:
        read = document.read(data, "envelope")
        payload = _decoded(read["payload"], "/payload")
        signatures = [
            (each.get("keyid") or "", _decoded(each["sig"], f"/signatures/{number}/sig"))
            for number, each in enumerate(read["signatures"])
        ]
    except document.Malformed as error:
        raise SignatureError(f"this is no DSSE envelope, or a damaged one: {error}") from error
    if read["payloadType"] != PAYLOAD_TYPE:
        raise SignatureError(f"the envelope has a payload of type {read['payloadType']!r:.100}, not {PAYLOAD_TYPE!r}")
    _check(Envelope(payload, PAYLOAD_TYPE, {}).pae(), signatures, key)
    try:
        return document.read(payload, "statement")
    except document.Malformed as error:
        raise SignatureError(f"what was signed is no statement about a report of vimgate: {error}") from error


def _check(signed: bytes, signatures: list[tuple[str, bytes]], key: SSlibKey) -> None:
    """Raise SignatureError unless one of the signatures is the key's. The ids in the envelope only choose the words."""
    if any(_holds(signature, signed, key) for _, signature in signatures):
        return
    if not signatures:
        raise SignatureError("the envelope has no signature")
    names = [name for name, _ in signatures]
    if key.keyid in names:
        raise SignatureError(
            f"the signature by {key.keyid} does not fit: the statement or its signature was changed after it was signed"
        )
    told = ", ".join(f"{name:.64}" if name else "a key without a name" for name in names[:3])
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""  # noqa: PLR2004 - those that were told
    raise SignatureError(f"it was signed by {told}{more}, not by the key given, {key.keyid}")


def _holds(signature: bytes, signed: bytes, key: SSlibKey) -> bool:
    try:
        key.verify_signature(Signature(key.keyid, signature.hex()), signed)
    except UnverifiedSignatureError:  # or that it could not be verified at all
        return False
    return True


def _decoded(text: str, where: str) -> bytes:
    """The bytes of a text in base64, of either alphabet, as nobody could write them otherwise. Raises Malformed."""
    for altchars in (b"+/", b"-_"):
        try:
            data = base64.b64decode(text, altchars, validate=True)
        except (Error, ValueError):
            continue
        if base64.b64encode(data, altchars).decode() == text:
            return data
    raise document.Malformed(f"{where}: not base64")
