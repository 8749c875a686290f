"""Keys: which are taken, which are refused and how that is said, and that nothing of them is told."""

import random

import pytest
from cryptography.hazmat.primitives import serialization as forms
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from reports.signing import keys

PEM, SSH = forms.Encoding.PEM, forms.Encoding.OpenSSH
PLAIN = forms.NoEncryption()
LOCK = forms.BestAvailableEncryption(b"open sesame")


def private(key, form=forms.PrivateFormat.PKCS8, lock=PLAIN):
    """The file of a private key."""
    return key.private_bytes(PEM, form, lock)


def public(key, encoding=PEM, form=forms.PublicFormat.SubjectPublicKeyInfo):
    """The file of its public key."""
    return key.public_key().public_bytes(encoding, form)


@pytest.fixture(scope="module")
def key():
    """An ed25519 key."""
    return Ed25519PrivateKey.generate()


@pytest.fixture(scope="module")
def others():
    """Keys of other kinds, small ones, by name."""
    return {
        "rsa": rsa.generate_private_key(65537, 1024),  # noqa: S505 - it signs nothing
        "ecdsa": ec.generate_private_key(ec.SECP256R1()),
    }


@pytest.mark.parametrize("form", [forms.PrivateFormat.PKCS8, forms.PrivateFormat.OpenSSH])
@pytest.mark.parametrize("lock", [PLAIN, LOCK], ids=["open", "locked"])
def test_a_key_is_read_in_each_form(key, form, lock):
    """A key that openssl or ssh-keygen made, with a password or without, does not sign, or under another name."""
    signer = keys.read_private(private(key, form, lock), "open sesame")
    assert signer.public_key.keyid == keys.read_public(public(key)).keyid
    assert signer.public_key.keyid == keys.read_public(public(key, SSH, forms.PublicFormat.OpenSSH)).keyid


@pytest.mark.parametrize("form", [forms.PrivateFormat.PKCS8, forms.PrivateFormat.OpenSSH])
@pytest.mark.parametrize(
    ("password", "says"), [(None, "is protected by a password"), ("guess", "wrong"), ("gu\udce9ss", "wrong")]
)
def test_a_locked_key_needs_its_password(key, form, password, says):
    """A password is not asked for, or another one opens the key."""
    with pytest.raises(keys.Locked, match=says):
        keys.read_private(private(key, form, LOCK), password)


@pytest.mark.parametrize("password", ["", "open sesame"])
def test_a_key_of_ours_can_be_read(password):
    """A key that was made cannot sign, its public part is another's, or its password is not needed."""
    made = keys.make(password)
    signer = keys.read_private(made.private.encode(), password or None)
    assert (signer.public_key.keyid, keys.read_public(made.public.encode()).keyid) == (made.key_id, made.key_id)
    assert ("ENCRYPTED" in made.private) is bool(password)
    assert made.private.splitlines()[1] not in repr(made)


@pytest.mark.parametrize("kind", ["rsa", "ecdsa"])
def test_a_key_of_another_kind_is_refused(others, kind):
    """A second algorithm is taken, and so is its weakest key."""
    with pytest.raises(keys.KeyProblem, match="another kind than ed25519"):
        keys.read_private(private(others[kind]))
    with pytest.raises(keys.KeyProblem, match="another kind than ed25519"):
        keys.read_public(public(others[kind]))


def test_the_two_halves_are_not_mixed_up(key):
    """Whoever gives the wrong half is not told so, or a private key is taken from a verifier."""
    with pytest.raises(keys.KeyProblem, match="a public key; sign with the private one"):
        keys.read_private(public(key))
    with pytest.raises(keys.KeyProblem, match="a public key; sign with the private one"):
        keys.read_private(public(key, SSH, forms.PublicFormat.OpenSSH))
    with pytest.raises(keys.KeyProblem, match="a private key; verify with the public one"):
        keys.read_public(private(key))


@pytest.mark.parametrize(
    "data",
    [b"", b"hello", b"\x00" * 40, b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----", b"ssh-ed25519 AAAA"],
)
def test_what_is_no_key_is_refused(data):
    """A file that is no key ends in another error."""
    with pytest.raises(keys.KeyProblem):
        keys.read_private(data)
    with pytest.raises(keys.KeyProblem):
        keys.read_public(data)


def damaged(data, source):
    """The data with one byte changed, taken out or cut off after."""
    at = source.randrange(len(data))
    return source.choice(
        [data[:at] + bytes([source.randrange(256)]) + data[at + 1 :], data[:at] + data[at + 1 :], data[:at]]
    )


@pytest.mark.parametrize("form", [forms.PrivateFormat.PKCS8, forms.PrivateFormat.OpenSSH])
def test_no_damage_ends_in_another_error(key, form):
    """A damaged key file ends in an error of the library, or its error tells of the key."""
    source, data, told = random.Random(7), private(key, form), set()  # noqa: S311 - the same damage each time
    for _ in range(150):
        try:
            keys.read_private(damaged(data, source))
        except keys.KeyProblem as error:
            told.add(str(error))
    assert told
    assert [line for line in data.decode().splitlines()[1:-1] if line in "".join(told)] == []
