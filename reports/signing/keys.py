"""Keys that sign and verify: ed25519 alone, in PEM (PKCS8, SubjectPublicKeyInfo) or as OpenSSH writes them. Pure.

No text of this module ever has a part of a key in it.
"""

from dataclasses import dataclass, field
from typing import Any, Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization as forms
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from securesystemslib.signer import CryptoSigner, SSlibKey

# No file of a key is larger, in bytes.
LARGEST: Final = 20_000

_OPENSSH: Final = b"-----BEGIN OPENSSH PRIVATE KEY-----"
_SSH_LINE: Final = (b"ssh-", b"ecdsa-", b"sk-")
_ADVICE: Final = "make one with: vimgate report keygen --out KEY"


class KeyProblem(Exception):  # noqa: N818 - the name says what it is
    """A key cannot be used. The text says why and what to do, without the name of its file."""


class Locked(KeyProblem):
    """The private key is protected, and no password was given or a wrong one."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A new key: `private` and `public` are the texts of its two files (PEM), `key_id` its name in signatures."""

    private: str = field(repr=False)
    public: str
    key_id: str


def make(password: str = "") -> Pair:
    """A new key, protected by the password unless that is empty."""
    private = Ed25519PrivateKey.generate()
    protection = forms.BestAvailableEncryption(_bytes(password)) if password else forms.NoEncryption()
    public = private.public_key()
    return Pair(
        private.private_bytes(forms.Encoding.PEM, forms.PrivateFormat.PKCS8, protection).decode(),
        public.public_bytes(forms.Encoding.PEM, forms.PublicFormat.SubjectPublicKeyInfo).decode(),
        SSlibKey.from_crypto(public).keyid,
    )


def read_private(data: bytes, password: str | None = None) -> CryptoSigner:
    """The signer of a private key's file. Raises Locked when it needs a (or another) password, KeyProblem."""
    key = _private(data, None if password is None else _bytes(password))
    if not isinstance(key, Ed25519PrivateKey):
        raise KeyProblem(f"a key of another kind than ed25519, which is the only one that signs here; {_ADVICE}")
    return CryptoSigner(key)


def read_public(data: bytes) -> SSlibKey:
    """The public key of a file. Raises KeyProblem, also for a private key, which has no business at a verifier."""
    key = _public(data)
    if not isinstance(key, Ed25519PublicKey):
        raise KeyProblem("a public key of another kind than ed25519, which is the only one that signs here")
    return SSlibKey.from_crypto(key)


def _bytes(password: str) -> bytes:
    """The password as it was typed, or as it stands in the environment, in whatever encoding."""
    return password.encode(errors="surrogateescape")


def _private(data: bytes, password: bytes | None) -> Any:
    text = data.strip()
    if b"PUBLIC KEY-----" in text or text.startswith(_SSH_LINE):
        raise KeyProblem("a public key; sign with the private one")
    read = forms.load_ssh_private_key if text.startswith(_OPENSSH) else forms.load_pem_private_key
    try:
        return _unlocked(read, text, password)
    except UnsupportedAlgorithm as error:
        raise KeyProblem(f"a key that cannot be read here, by its form or its protection; {_ADVICE}") from error
    except ValueError as error:
        if password is not None:
            raise Locked("the password is wrong, or the file of the key is damaged") from error
        raise KeyProblem(f"no private key (PEM or OpenSSH), or a damaged one; {_ADVICE}") from error


def _unlocked(read: Any, text: bytes, password: bytes | None) -> Any:
    """The private key of the text; a password is ignored where none is needed."""
    try:
        return read(text, password)
    except TypeError as error:  # how the library says that a password is missing, or is one too many
        if password is None:
            raise Locked("the key is protected by a password") from error
        return read(text, None)


def _public(data: bytes) -> Any:
    text = data.strip()
    if b"PRIVATE KEY-----" in text:
        raise KeyProblem("a private key; verify with the public one (KEY.pub), and keep this one to whoever signs")
    read = forms.load_ssh_public_key if text.startswith(_SSH_LINE) else forms.load_pem_public_key
    try:
        return read(text)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise KeyProblem("no public key (PEM or a line of OpenSSH), or a damaged one") from error
