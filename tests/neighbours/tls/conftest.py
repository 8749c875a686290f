"""Certificates of a private authority, and what is served with them: a VIM, and the Keystone behind a proxy."""

import datetime as dt
import ipaddress
import ssl

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from werkzeug.middleware.http_proxy import ProxyMiddleware

HERE = [x509.DNSName("localhost"), *(x509.IPAddress(ipaddress.ip_address(each)) for each in ("127.0.0.1", "::1"))]
ELSEWHERE = [x509.DNSName("vim.example.com")]
PEM, PKCS8 = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
DAY = dt.timedelta(days=1)


class Signed:
    """A certificate and its key, signed by another one, or by itself."""

    def __init__(self, name, by=None, *, names=(), authority=False, ends=30 * DAY):
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        signer, now = by or self, dt.datetime.now(dt.UTC)
        signing = {"key_cert_sign": authority, "crl_sign": authority, "digital_signature": True}
        others = ("key_encipherment", "content_commitment", "data_encipherment", "key_agreement")
        usage = x509.KeyUsage(**signing, **dict.fromkeys((*others, "encipher_only", "decipher_only"), False))
        issued = x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.key.public_key())
        builder = (
            x509.CertificateBuilder(signer.subject, self.subject, self.key.public_key(), x509.random_serial_number())
            .not_valid_before(now - 9 * DAY)
            .not_valid_after(now + ends)
            .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
            .add_extension(usage, critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(self.key.public_key()), critical=False)
            .add_extension(issued, critical=False)
        )
        if names:
            builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        self.pem = builder.sign(signer.key, hashes.SHA256()).public_bytes(PEM)

    @property
    def pair(self):
        """The certificate and its key, as servers read them."""
        return self.pem + self.key.private_bytes(PEM, PKCS8, serialization.NoEncryption())


@pytest.fixture(scope="session")
def certificates(tmp_path_factory):
    """PEM files by name: two authorities, and certificates of servers for this machine, right and wrong."""
    ours, theirs = Signed("our authority", authority=True), Signed("another authority", authority=True)
    between = Signed("between", ours, authority=True)
    contents = {
        "authority": ours.pem,
        "another authority": theirs.pem,
        "right": Signed("right", ours, names=HERE).pair,
        "expired": Signed("expired", ours, names=HERE, ends=-DAY).pair,
        "wrong host": Signed("wrong host", ours, names=ELSEWHERE).pair,
        "chain": (leaf := Signed("chain", between, names=HERE)).pair + between.pem,
        "half a chain": leaf.pair,
        "nothing": b"no certificate",
    }
    folder, found = tmp_path_factory.mktemp("certificates"), {}
    for name, content in contents.items():
        found[name] = folder / f"{name.replace(' ', '-')}.pem"
        found[name].write_bytes(content)
    return found


@pytest.fixture
def secured(serving, certificates):
    """Serves a WSGI application with one of the certificates, None for plain HTTP; gives the URL."""

    def start(application, which="right", host="127.0.0.1"):
        if which is None:
            return serving(application, None, host)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificates[which])
        return serving(application, context, host)

    return start


@pytest.fixture
def keystone_tls(keystone, secured):
    """Puts the Keystone behind a proxy with TLS, as deployments do; gives its URL, which ends in /v3."""
    hop = ProxyMiddleware(None, {})
    way = {"target": keystone.url, "host": None, "remove_prefix": False, "ssl_context": None}
    way |= {"headers": {"X-Forwarded-Proto": "https"}}

    def passed(environ, start_response):
        return hop.proxy_to(way, environ["PATH_INFO"], "")(environ, start_response)

    return lambda which="right": f"{secured(passed, which)}/v3"
