"""Targets over TLS: verified unless a file of certificates says otherwise, and what is wrong is named."""

import datetime as dt
import ipaddress
import ssl

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from conformance.targets.target import open_target
from conformance.targets.terms import Terms
from conformance.targets.transport import Unreachable


def answers(status):
    """Reads a request, answers with that status, and closes."""

    def behave(connection, _):
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 " + status + b"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")

    return behave


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    """Makes a self-signed certificate for a name or an address; gives the file of certificate and key."""

    def make(name):
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a test")])
        begun = dt.datetime.now(dt.UTC) - dt.timedelta(days=1)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(begun)
            .not_valid_after(begun + dt.timedelta(days=30))
            .add_extension(x509.SubjectAlternativeName([name]), critical=False)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .sign(key, hashes.SHA256())
        )
        path = tmp_path_factory.mktemp("tls") / "certificate.pem"
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM) + private)
        return path

    return {
        "right": make(x509.IPAddress(ipaddress.ip_address("127.0.0.1"))),
        "wrong": make(x509.DNSName("vim.example.com")),
    }


@pytest.fixture
def secured(hostile, certificates):
    """Starts a server with TLS that answers 404 to everything; gives its address."""

    def start(which):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificates[which])
        return f"https://127.0.0.1:{hostile(answers(b'404 Not Found'), context)}"

    return start


@pytest.mark.parametrize(
    ("which", "trusted", "said"),
    [
        ("right", None, "certificate is not trusted: self-signed certificate; name the file .* with --ca"),
        ("right", "wrong", "certificate is not trusted"),
        ("wrong", "wrong", "certificate is not trusted: IP address mismatch"),
    ],
    ids=["self-signed", "another authority", "another name"],
)
def test_a_certificate_that_cannot_be_trusted_is_said(which, trusted, said, secured, certificates):
    """TLS is verified unless a file of certificates says otherwise, and what is wrong is said."""
    ca = str(certificates[trusted]) if trusted else ""
    with pytest.raises(Unreachable, match=said):
        open_target(secured(which), terms=Terms(ca=ca))


def test_a_certificate_of_the_given_file_is_trusted(secured, certificates):
    """A server whose authority is in the file of --ca is spoken to."""
    with open_target(secured("right"), terms=Terms(ca=str(certificates["right"]))) as target:
        assert target.send("GET", "/").status == 404


def test_plain_http_at_an_https_address_is_said(hostile):
    """Who writes https:// for a port that speaks plain HTTP reads so."""
    port = hostile(answers(b"400 Bad Request"))
    with pytest.raises(Unreachable, match="does the port speak plain HTTP"):
        open_target(f"https://127.0.0.1:{port}")
