"""Deployments of every release as far as a reader sees them, written down apart from the table of signs."""

import json

import pytest

from conformance.caller import Caller
from conformance.exchange import Exchange
from conformance.fingerprint.table import load_table
from conformance.fingerprint.weighing import Observations, Seen, fingerprint_of
from conformance.targets.identity import Given
from conformance.targets.target import Target
from conformance.targets.transport import WsgiTransport
from vimgate.fingerprinting.asking import ask

OLD = ("sw-patch", "sw-upgrade")
MIDDLE = (*OLD, "kube-rootca-update", "kube-upgrade", "fw-update")
NEW = ("sw-upgrade", "system-config-update", "kube-rootca-update", "kube-upgrade", "fw-update", "current-strategy")
LINKS = {
    "stx-2018.10": OLD,
    "stx-2.0": OLD,
    "stx-3.0": OLD,
    "stx-4.0": (*OLD, "fw-update"),
    "stx-5.0": (*OLD, "kube-upgrade", "fw-update"),
    **dict.fromkeys(["stx-6.0", "stx-7.0", "stx-8.0"], MIDDLE),
    "stx-9.0": (*OLD, "system-config-update", "kube-rootca-update", "kube-upgrade", "fw-update"),
    **dict.fromkeys(["stx-10.0", "stx-11.0", "stx-12.0", "stx-master"], NEW),
}
ON_PYTHON_2 = [*LINKS][:5]
WITHOUT_READERS = [*LINKS][:7]
PAGES = {404: "Not Found", 403: "Forbidden", 405: "Method Not Allowed", 406: "Not Acceptable"}


def answered(release, method, path, query, accept, token):
    """Status and JSON value of an answer; None: no body."""
    if token not in ("admin", "reader") or (token == "reader" and release in WITHOUT_READERS):
        return 403, None
    segments = [segment for segment in path.split("/") if segment][1:]
    kind, below = (segments[1:] or [""])[0], segments[2:]
    is_there = segments in ([], ["orchestration"]) or (
        segments[0] == "orchestration"
        and kind in LINKS[release]
        and below in ([], ["strategy"], ["strategy", "no-uuid"])
    )
    if not is_there or (method != "GET" and path.endswith("/")):
        return 404, page(404)
    if token == "reader" and (not below or kind == "current-strategy"):
        return 403, page(403)
    if accept == "text/html":
        return 406, page(406)
    if query or below[1:]:
        return 400, {"debuginfo": None, "faultcode": "Client", "faultstring": "no"}
    return 200, {"strategy": None} if below else document(release, segments, kind)


def page(status):
    """A page of the web framework, for whoever takes JSON."""
    return {"code": status, "title": PAGES[status], "description": ""}


def document(release, segments, kind):
    """A document of links."""
    if not segments:
        rels = ["self", "openstack", "orchestration", "virtualised_resources"]
        return {"versions": [{"id": "v1", "status": "stable", "links": links(rels)}]}
    member = "Plinks" if (release, kind) == ("stx-master", "kube-rootca-update") else "links"
    return {"id": segments[-1], member: links(["self", *(LINKS[release] if not kind else ["strategy"])])}


def links(rels):
    """Links whose addresses nobody looks at."""
    return [{"href": f"http://there/{rel}/", "rel": rel} for rel in rels]


@pytest.fixture(scope="session")
def table():
    """The table that is shipped."""
    return load_table()


@pytest.fixture(scope="session")
def deployment():
    """A WSGI application that answers as a release; `wrong` takes (method, path) to an answer of its own."""

    def make(release, wrong=None):
        python = "0.1 Python/2.7.18" if release in ON_PYTHON_2 else "0.2 CPython/3.9.2"

        def application(environ, start_response):
            asked = environ["REQUEST_METHOD"], environ["PATH_INFO"], environ.get("QUERY_STRING", "")
            headers = environ.get("HTTP_ACCEPT", ""), environ.get("HTTP_X_AUTH_TOKEN", "")
            status, value = (wrong or {}).get(asked[:2]) or answered(release, *asked, *headers)
            body = json.dumps(value).encode() if value is not None else b""
            kind = [("Content-Type", "application/json")] if body else []
            start_response(f"{status} x", [("Server", f"WSGIServer/{python}"), *kind])
            return [body]

        return application

    return make


@pytest.fixture(scope="session")
def look(table):
    """The fingerprint of a WSGI application, as its administrator and, where one is wanted, as a reader sees it."""

    def ask_all(application, *, reader=True):
        others = {Caller.READER: Given("reader")} if reader else {}
        asked = Target(WsgiTransport(application), "it", in_process=True, identity=Given("admin"), others=others)
        into = Observations(table)
        assert ask(asked, into) == ()
        return fingerprint_of(into)

    return ask_all


@pytest.fixture(scope="session")
def shown(table):
    """What is seen of a release that shows everything, or the signs with certain needs; `wrong` is seen instead."""

    def all_of(release, needs=None, **wrong):
        signs = [sign for sign in table.signs if release in sign.shows and (needs is None or sign.needs in needs)]
        seen = {sign.id: wrong.get(sign.id, sign.shows[release][0]) for sign in signs}
        return [Seen(sign, seen[sign.id], "there") for sign in signs if seen[sign.id] != "never there"]

    return all_of


@pytest.fixture
def exchange():
    """Makes an exchange; values become JSON."""

    def make(method, path, status, value=None, sent=None, **more):
        headers = [("Accept", "application/json"), ("Content-Type", "application/json")]
        return Exchange(
            method=method,
            path=path,
            status=status,
            request_headers=more.pop("asked", tuple(headers if sent is not None else headers[:1])),
            request_body=b"" if sent is None else json.dumps(sent).encode(),
            response_headers=more.pop("headers", (("Content-Type", "application/json"),)),
            response_body=b"" if value is None else json.dumps(value).encode(),
            **more,
        )

    return make
