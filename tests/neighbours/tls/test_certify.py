"""A certification over TLS, of a VIM and by a Keystone that both have certificates of a private authority."""

import os
from pathlib import Path

import pytest
import yaml

from conformance.targets import catalogue
from conformance.targets.target import open_target
from conformance.targets.terms import Terms
from reference_server import create_app
from reference_server.auth import Auth
from reference_server.auth.keystone import Keystone, Place
from vimgate.cli import main

SMALL = ("--level", "wire", "--read-only", "--fuzz-examples", "0", "--clients", "0", "--sequences", "0", "-n", "1")


@pytest.fixture
def certify(tmp_path, monkeypatch, capfd):
    """Runs a small certification in an empty folder; exit code, output, errors."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith(("OS_", "REQUESTS_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("OS_CLIENT_CONFIG_FILE", str(tmp_path / "clouds.yaml"))

    def run(*arguments):
        catalogue.identity.cache_clear()
        with pytest.raises(SystemExit) as left:
            main(["certify", *map(str, arguments), *SMALL])
        return left.value.code, *capfd.readouterr()

    yield run
    catalogue.identity.cache_clear()


@pytest.mark.parametrize(
    ("which", "authority", "said"),
    [
        ("right", None, "its certificate is not trusted: unable to get local issuer certificate; name the file of its"),
        ("right", "another authority", "its certificate is not trusted: "),
        ("expired", "authority", "its certificate is not trusted: certificate has expired"),
        (
            "wrong host",
            "authority",
            "its certificate is not trusted: IP address mismatch, certificate is not valid for",
        ),
        ("half a chain", "authority", "its certificate is not trusted: unable to get local issuer certificate"),
        (None, "authority", "does the port speak plain HTTP? then write http://"),
    ],
)
def test_a_certificate_that_is_wrong_is_one_sentence(certify, secured, certificates, which, authority, said):
    """Nothing is judged, exit code 3, and the sentence says what is wrong and what to do."""
    url = secured(create_app(), which).replace("http://", "https://")
    code, output, errors = certify(url, *(("--ca", certificates[authority]) if authority else ()))
    assert (code, output.count("VERDICT incomplete")) == (3, 1), output + errors
    assert errors.count(said) == 1, errors
    assert "Traceback" not in output + errors


def test_a_chain_to_a_private_authority_is_trusted(certify, secured, certificates):
    """With --ca the server is judged as over plain HTTP."""
    code, output, errors = certify(secured(create_app(), "chain"), "--ca", certificates["authority"])
    assert code == 0, output + errors


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost"])
def test_a_server_is_known_by_each_of_its_names(secured, certificates, host):
    """Addresses of either kind are looked for in its certificate, and names."""
    with open_target(secured(create_app(), "right", host), terms=Terms(ca=str(certificates["authority"]))) as target:
        assert target.send("GET", "/api").status == 200


def cloud(keystone_url, region, **more):
    """Write a clouds.yaml of one cloud, `edge`."""
    auth = {"auth_url": keystone_url, "username": "admin", "password": "admin-pw", "project_name": "admin"}
    auth |= {"user_domain_name": "Default", "project_domain_name": "Default"}
    entry = {"auth": auth, "region_name": region, **{name: str(value) for name, value in more.items()}}
    Path("clouds.yaml").write_text(yaml.safe_dump({"clouds": {"edge": entry}}), encoding="utf-8")


@pytest.fixture
def vim(keystone, secured):
    """A VIM with TLS that asks the Keystone, and its region in the catalogue."""
    url = secured(create_app(auth=Auth(Keystone(Place(keystone.url)))))
    return url, keystone.register(url)


def test_a_cloud_names_the_authorities_of_all_its_services(certify, keystone_tls, vim, certificates):
    """Keystone and the VIM are both verified by the `cacert` of the cloud."""
    url, region = vim
    cloud(keystone_tls(), region, cacert=certificates["authority"])
    code, output, errors = certify("--os-cloud", "edge")
    assert (code, url in output) == (0, True), output + errors


def test_an_authority_that_is_asked_for_goes_before_that_of_the_cloud(certify, keystone_tls, vim, certificates):
    """With --ca the log-in succeeds whatever the cloud says, and the VIM is found."""
    url, region = vim
    cloud(keystone_tls(), region, cacert=certificates["another authority"])
    code, output, errors = certify("--os-cloud", "edge", "--ca", certificates["authority"], "--dry-run")
    assert (code, output.startswith(f"Dry run for {url}")) == (0, True), output + errors


@pytest.mark.parametrize(
    ("which", "cacert", "code", "said"),
    [
        ("right", None, 3, "Keystone gave no answer: its certificate is not trusted: unable to get local issuer"),
        ("right", "another authority", 3, "Keystone gave no answer: its certificate is not trusted"),
        ("expired", "authority", 3, "Keystone gave no answer: its certificate is not trusted: certificate has expired"),
        ("wrong host", "authority", 3, "Keystone gave no answer: its certificate is not trusted: IP address mismatch"),
        ("right", "nothing", 2, "nothing.pem holds no certificates that can be read; see clouds.yaml"),
    ],
)
def test_a_keystone_that_is_not_trusted_is_one_sentence(
    certify, keystone_tls, vim, certificates, which, cacert, code, said
):
    """No password is sent to it, and nothing is judged."""
    cloud(keystone_tls(which), vim[1], **({"cacert": certificates[cacert]} if cacert else {}))
    left, output, errors = certify("--os-cloud", "edge")
    assert (left, output) == (code, ""), errors
    assert said in errors
    assert ("Traceback" in errors, "admin-pw" in errors) == (False, False)
