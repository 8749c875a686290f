"""A certification finds its target in the catalogue of a real Keystone, logs in, and prints no token or password."""

import json
import os
import socket
import zipfile

import pytest
import yaml
from keystoneauth1.access import AccessInfo

from conformance.targets import catalogue
from conformance.targets.target import open_target
from reference_server import create_app
from reference_server.auth import Auth
from reference_server.auth.keystone import Keystone, Place
from reports import stream
from vimgate.cli import main

SMALL = ("--level", "wire", "--read-only", "--fuzz-examples", "0", "--clients", "0", "--sequences", "0")
STRATEGY = "/api/orchestration/sw-patch/strategy"


@pytest.fixture
def vim(keystone, serving):
    """A reference server at a URL that asks the Keystone; its tokens by request, and its region in the catalogue."""
    app = create_app(auth=Auth(Keystone(Place(keystone.url))))
    seen = []

    def asked(environ, start_response):
        seen.append(environ.get("HTTP_X_AUTH_TOKEN"))
        return app(environ, start_response)

    url = serving(asked)
    return url, seen, keystone.register(url)


def entry(keystone, region, **more):
    """What clouds.yaml says of that Keystone."""
    auth = {
        "auth_url": keystone.url,
        "username": "admin",
        "password": "admin-pw",
        "project_name": "admin",
        "user_domain_name": "Default",
        "project_domain_name": "Default",
    } | more
    return {"auth": {name: value for name, value in auth.items() if value is not None}, "region_name": region}


@pytest.fixture
def clouds(keystone, vim, tmp_path, monkeypatch):
    """A clouds.yaml in the current directory, and nothing of the same kind in the environment."""
    for name in [name for name in os.environ if name.startswith("OS_")]:
        monkeypatch.delenv(name)
    nobody = socket.socket()  # has the port, and does not listen
    nobody.bind(("127.0.0.1", 0))
    away = f"http://127.0.0.1:{nobody.getsockname()[1]}/v3"
    known = {
        "edge": entry(keystone, vim[2]),
        "wrong-password": entry(keystone, vim[2], password="not-this-one"),
        "no-password": entry(keystone, vim[2], password=None, username=None),
        "away": entry(keystone, vim[2], auth_url=away),
        "elsewhere": entry(keystone, "RegionOne"),
    }
    (tmp_path / "clouds.yaml").write_text(yaml.safe_dump({"clouds": known}), encoding="utf-8")
    monkeypatch.setenv("OS_CLIENT_CONFIG_FILE", str(tmp_path / "clouds.yaml"))  # else it looks where it was loaded
    monkeypatch.chdir(tmp_path)
    catalogue.identity.cache_clear()
    yield known
    catalogue.identity.cache_clear()
    nobody.close()


def run(capfd, *arguments):
    """Exit code, output and errors of the command."""
    with pytest.raises(SystemExit) as left:
        main(list(arguments))
    return left.value.code, *capfd.readouterr()


def variables(monkeypatch, auth, region):
    """The variables OS_* of an entry."""
    for name, value in (*auth.items(), ("region_name", region)):
        monkeypatch.setenv(f"OS_{name.upper()}", value)


@pytest.mark.parametrize("way", ["cloud", "variables"])
def test_the_target_of_the_catalogue_is_judged(clouds, vim, monkeypatch, capfd, tmp_path, way):
    """By the name of a cloud or by variables: the endpoint of the region is asked, with a token of Keystone."""
    url, seen, region = vim
    if way == "variables":
        variables(monkeypatch, clouds["edge"]["auth"], region)
    words = ["--os-cloud", "edge"] if way == "cloud" else ["--os-env"]
    code, out, errors = run(capfd, "certify", *words, *SMALL)
    assert (code, stream.read("vimgate-report").run.target) == (0, url), out + errors
    tokens = {token for token in seen if token and token.startswith("gAAAA")}
    assert tokens
    told = out + errors + "".join(path.read_text("utf-8", "replace") for path in tmp_path.rglob("vimgate-report/*.*"))
    with zipfile.ZipFile("vimgate-report/evidence.zip") as evidence:
        told += "".join(evidence.read(name).decode() for name in evidence.namelist())
    assert [each for each in (*tokens, "admin-pw") if each in told] == []


def test_the_release_of_the_target_of_the_catalogue_is_told(clouds, vim, capfd):
    """A deployment behind a Keystone is not found, or is not let show what a caller with a token sees."""
    url, seen, _ = vim
    code, out, errors = run(capfd, "fingerprint", "--os-cloud", "edge")
    assert (code, errors, out.startswith(f"{url} behaves like published (confidence over 99 %")) == (0, "", True)
    assert "a caller without a good token" in out
    assert [token for token in seen if token and token in out] == []
    assert {token is None for token in seen} == {True, False}


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("--os-cloud", "nowhere"), 2, "nowhere"),
        (("--os-env",), 2, "$OS_AUTH_URL is not set"),
        (("--os-cloud", "no-password"), 2, "it has no username or user_id, no password; see clouds.yaml"),
        (("--os-cloud", "wrong-password"), 3, "refuses the log-in"),
        (("--os-cloud", "away"), 3, "Keystone gave no answer"),
        (("--os-cloud", "elsewhere"), 3, "no public endpoint of the service vim of type nfv in the region RegionOne"),
        (("--os-cloud", "edge", "--service-type", "smtp"), 3, "of type smtp"),
        (("--os-cloud", "edge", "--region", "Atlantis"), 3, "in the region Atlantis"),
        (("--os-cloud", "edge", "--os-env"), 2, "leave one of them out"),
        (("--os-cloud", "edge", "--token-file", "x"), 2, "leave one of them out"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else None,
)
def test_what_stands_in_the_way_is_one_sentence(clouds, capfd, words, code, said):
    """Nothing was judged; the sentence says what is wrong, and holds no password."""
    left, out, errors = run(capfd, "certify", *words, *SMALL)
    assert (left, out) == (code, ""), errors
    assert said in errors
    assert "Traceback" not in errors
    assert "-pw" not in errors
    assert "not-this-one" not in errors


def test_a_keystone_that_never_answers_ends_the_run(clouds, capfd, tmp_path, monkeypatch):
    """Somebody takes the connection and says nothing: exit code 3 when the time is up, and no wait without an end."""
    monkeypatch.setattr(catalogue, "SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        known = yaml.safe_load((tmp_path / "clouds.yaml").read_text(encoding="utf-8"))
        known["clouds"]["edge"]["auth"]["auth_url"] = f"http://127.0.0.1:{silent.getsockname()[1]}/v3"
        (tmp_path / "clouds.yaml").write_text(yaml.safe_dump(known), encoding="utf-8")
        code, out, errors = run(capfd, "certify", "--os-cloud", "edge", *SMALL)
    assert (code, out) == (3, "")
    assert "Keystone gave no answer" in errors


def test_a_missing_variable_is_named(clouds, vim, monkeypatch, capfd):
    """A log-in without a user says so."""
    auth = clouds["edge"]["auth"] | {"username": ""}
    variables(monkeypatch, auth, vim[2])
    code, _, errors = run(capfd, "certify", "--os-env", *SMALL)
    assert code == 2
    assert "it has no username or user_id; set OS_AUTH_URL" in errors


def test_a_token_is_renewed_before_it_ends(clouds, vim, monkeypatch):
    """A run that takes longer than a token asks for the next one; none of them is recorded."""
    url, seen, _ = vim
    monkeypatch.setenv(catalogue.VARIABLE, catalogue.Wanted("edge").to_json())
    with open_target(url) as target:
        first = target.send("GET", STRATEGY)
        monkeypatch.setattr(AccessInfo, "will_expire_soon", lambda *_: True)
        second = target.send("GET", STRATEGY)
    assert [first.status, second.status] == [404, 404]
    assert len(set(filter(None, seen))) == 2
    assert [token for token in catalogue.secrets() if token in json.dumps([repr(first), repr(second)])] == []
