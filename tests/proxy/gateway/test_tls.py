"""TLS on both sides: whom the gateway trusts, as whom it comes, and who may speak to it."""

import contextlib
import datetime as dt
import ipaddress
import json
import socket
import ssl
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from proxy.gateway.certificates import CertificateError, Files, check_files

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi"
GET = b"GET /api HTTP/1.1\r\nHost: h\r\n\r\n"
PEM, PKCS8 = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8


def signed(name, key, *, issuer=None, issuer_key=None, authority=False, age=1):
    """A certificate for that address or name that holds for thirty days, and is some days old."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"a test {name}")])
    begun = dt.datetime.now(dt.UTC) - dt.timedelta(days=age)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.subject if issuer is not None else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begun)
        .not_valid_after(begun + dt.timedelta(days=30))
        .add_extension(x509.SubjectAlternativeName([name]), critical=False)
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .add_extension(
            x509.KeyUsage(
                digital_signature=True,
                key_cert_sign=authority,
                crl_sign=authority,
                key_encipherment=False,
                content_commitment=False,
                data_encipherment=False,
                key_agreement=False,
                encipher_only=False,
                decipher_only=False,
            ),
            critical=True,
        )
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key((issuer_key or key).public_key()), critical=False
        )
        .sign(issuer_key or key, hashes.SHA256())
    )


def pem(certificate, key=None, password=None):
    """The text of a PEM file."""
    hidden = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
    return certificate.public_bytes(PEM) + (key.private_bytes(PEM, PKCS8, hidden) if key else b"")


@pytest.fixture(scope="module")
def paths(tmp_path_factory):
    """PEM files by name: an authority, pairs that it signed, and some that are of no use."""
    folder = tmp_path_factory.mktemp("tls")
    keys = [ec.generate_private_key(ec.SECP256R1()) for _ in range(3)]
    address, name = x509.IPAddress(ipaddress.ip_address("127.0.0.1")), x509.DNSName("gateway.example.com")
    authority = signed(x509.DNSName("authority"), keys[0], authority=True)
    by = {"issuer": authority, "issuer_key": keys[0]}
    between = signed(x509.DNSName("between"), keys[2], authority=True, **by)
    leaf = signed(address, keys[1], issuer=between, issuer_key=keys[2])
    contents = {
        "authority": pem(authority),
        "chain": pem(leaf, keys[1]) + pem(between),
        "half a chain": pem(leaf, keys[1]),
        "expired": pem(signed(address, keys[1], age=31, **by), keys[1]),
        "server": pem(signed(address, keys[1], **by), keys[1]),
        "gateway": pem(signed(name, keys[2], **by), keys[2]),
        "other": pem(signed(address, keys[1]), keys[1]),
        "keyless": pem(signed(address, keys[1], **by)),
        "mismatched": pem(signed(address, keys[1], **by), keys[2]),
        "locked": pem(signed(address, keys[1], **by), keys[1], b"secret"),
        "empty": b"",
        "garbage": b"\xff\x00 no PEM",
    }
    found = {}
    for each, content in contents.items():
        found[each] = folder / f"{each}.pem"
        found[each].write_bytes(content)
    return found


def serving(path, authority=None):
    """What a server with that certificate speaks; with an authority it wants a certificate of its client."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    if authority is not None:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(authority)
    return context


@pytest.fixture
def secured(server, paths):
    """Starts a server with TLS that answers `ANSWER`."""

    def start(which="server", authority=None):
        answers = lambda wire: wire.message() and wire.send(ANSWER)  # noqa: E731 - as short as that
        return server(answers, serving(paths[which], authority and paths[authority]))

    return start


@pytest.mark.parametrize("which", ["server", "chain"])
def test_a_server_that_is_trusted(which, secured, gateway, ask, paths):
    """With its authority in --ca it is asked, also where another one stands between them."""
    running = gateway(secured(which), scheme="https", files={"authorities": paths["authority"]})
    assert ask(running.port) == ANSWER


TRUSTED = {"authorities": "authority"}


@pytest.mark.parametrize(
    ("which", "files", "why"),
    [
        pytest.param("server", {}, "unable to get local issuer certificate", id="no --ca"),
        pytest.param("other", TRUSTED, "self-signed certificate", id="another authority"),
        pytest.param("expired", TRUSTED, "certificate has expired", id="expired"),
        pytest.param("gateway", TRUSTED, "IP address mismatch", id="another host"),
        pytest.param("half a chain", TRUSTED, "unable to get local issuer certificate", id="half a chain"),
    ],
)
def test_a_server_that_is_not_trusted(which, files, why, secured, gateway, ask, judge, paths):
    """502 that says why, once to the operator too; and the server never hears of the request."""
    files = {option: paths[name] for option, name in files.items()}
    running = gateway(secured(which), scheme="https", files=files)
    answers = [ask(running.port), ask(running.port)]
    running.stop()
    head, _, body = answers[0].partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 502 Bad Gateway\r\nContent-Type: application/problem+json\r\n")
    assert f"certificate of the server is not trusted ({why}" in json.loads(body)["detail"]
    assert (len(running.told), "name the file" in running.told[0].lower()) == (1, True)
    assert (judge.told, judge.skipped) == ([], ["not forwarded"] * 2)


def test_a_server_that_nobody_has_to_trust(secured, gateway, ask):
    """With --insecure it is asked whatever its certificate is."""
    assert ask(gateway(secured("other"), scheme="https", insecure=True).port) == ANSWER


def test_a_server_that_speaks_no_tls(server, gateway, ask):
    """The client is cut off."""
    plain = server(lambda wire: wire.connection.recv(10) and wire.send(ANSWER))
    assert ask(gateway(plain, scheme="https", insecure=True).port) == b""


def test_a_server_that_wants_a_certificate(secured, gateway, ask, paths):
    """With --client-cert it gets one."""
    files = {"authorities": paths["authority"], "client": paths["gateway"]}
    running = gateway(secured(authority="authority"), scheme="https", files=files)
    assert ask(running.port) == ANSWER


def alarmed(context):
    """Speaks TLS as far as its client lets it, says why no further, and reads on: a reset would overtake the alert."""

    def behave(wire):
        came, goes = ssl.MemoryBIO(), ssl.MemoryBIO()
        tls = context.wrap_bio(came, goes, server_side=True)
        with contextlib.suppress(ssl.SSLError):
            while True:
                with contextlib.suppress(ssl.SSLWantReadError):
                    tls.do_handshake()
                wire.send(goes.read())
                came.write(wire.connection.recv(65536))
        wire.send(goes.read())
        wire.connection.shutdown(socket.SHUT_WR)
        wire.rest()

    return behave


@pytest.mark.parametrize(
    ("client", "alert"),
    [
        pytest.param({}, "certificate required", id="none"),
        pytest.param({"client": "other"}, "alert unknown ca", id="one of nobody"),
    ],
)
def test_a_server_that_takes_no_certificate_of_ours(client, alert, server, gateway, ask, judge, paths):
    """It says so after the handshake: the client is cut off and does not wait; the operator is told once what to do."""
    files = {each: paths[name] for each, name in ({"authorities": "authority"} | client).items()}
    running = gateway(server(alarmed(serving(paths["server"], paths["authority"]))), scheme="https", files=files)
    assert [ask(running.port), ask(running.port)] == [b"", b""]
    running.stop()
    (told,) = running.told
    assert ("another certificate of us" in told, alert in told, "--client-cert" in told) == (True, True, True), told
    assert [each.lost for each in judge.told] == [True, True]


def test_clients_are_shown_a_whole_chain(secured, gateway, connect, paths):
    """What stands between the certificate of the gateway and its authority is sent along."""
    files = {"authorities": paths["authority"], "listening": paths["chain"]}
    running = gateway(secured(), scheme="https", files=files)
    wire = connect(running.port, context=ssl.create_default_context(cafile=paths["authority"]))
    wire.send(GET)
    assert wire.rest() == ANSWER


def test_clients_over_tls(secured, gateway, connect, paths):
    """The gateway shows its own certificate, and asks the server by the server's name, not by ours."""
    files = {"authorities": paths["authority"], "listening": paths["gateway"]}
    running = gateway(secured(), scheme="https", files=files)
    context = ssl.create_default_context(cafile=paths["authority"])
    wire = connect(running.port, context=context, name="gateway.example.com")
    wire.send(GET)
    assert wire.rest() == ANSWER


def test_clients_without_tls_are_refused(secured, gateway, ask, paths, judge):
    """Where a certificate was given for listening, plain HTTP is not forwarded."""
    target = secured()
    running = gateway(target, scheme="https", insecure=True, files={"listening": paths["gateway"]})
    assert ask(running.port) == b""
    running.stop()
    assert (target.connections, judge.told) == (0, [])


def test_clients_with_tls_are_refused_where_there_is_no_certificate(secured, gateway, connect):
    """Nobody is shown a certificate that was made up."""
    running = gateway(secured(), scheme="https", insecure=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with pytest.raises(OSError, match=r"EOF|reset"):
        connect(running.port, context=context)


@pytest.mark.parametrize(
    ("option", "name", "said"),
    [
        ("authorities", "empty", "--ca .*empty.pem: no certificate in it"),
        ("authorities", "garbage", "--ca .*garbage.pem: no certificate in it"),
        ("authorities", "missing", "--ca .*missing.pem: cannot be read: No such file"),
        ("client", "keyless", "--client-cert .*keyless.pem: .*give a PEM file with a certificate and its key"),
        ("client", "mismatched", "the key does not belong to the certificate"),
        ("client", "locked", "the key has a password; give one without"),
        ("listening", "garbage", "--tls-cert .*garbage.pem: it cannot be used"),
        ("listening", "missing", "--tls-cert .*missing.pem: cannot be read"),
    ],
)
def test_files_that_cannot_be_used(option, name, said, paths):
    """The error names the option and the file, and says what it should hold."""
    path = paths.get(name, Path("missing.pem"))
    with pytest.raises(CertificateError, match=said):
        check_files(Files(**{option: path}))


def test_files_that_can(paths):
    """Nothing is said."""
    check_files(Files(paths["authority"], paths["gateway"], paths["server"]))
