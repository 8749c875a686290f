"""Targets: what their texts may be, and that whatever a server does becomes an exchange."""

import socket
import sys
from http import HTTPStatus

import pytest

from conformance.caller import NOBODYS_TOKEN, Caller, caller_of
from conformance.targets.control import ControlError
from conformance.targets.identity import Given
from conformance.targets.target import REDACTED, TargetError, Unreachable, check_text, open_target, shown
from conformance.targets.terms import Terms
from conformance.targets.transport import Unsendable

MODULE = """
calls = []
not_callable = 7
def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [environ["PATH_INFO"].encode("latin-1"), b" ", environ["QUERY_STRING"].encode()]
def factory():
    calls.append(1)
    return app
def raising():
    raise RuntimeError("no database")
def leaving():
    raise SystemExit("bye")
def nothing():
    return None
"""


@pytest.fixture
def module(tmp_path, monkeypatch):
    """A module in the current directory, which is on nobody's path."""
    name = f"server_{tmp_path.name.replace('-', '_')}"
    (tmp_path / f"{name}.py").write_text(MODULE)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    yield name
    sys.modules.pop(name, None)


def test_a_factory_of_the_current_directory_is_called_once(module):
    """A WSGI target is imported from the current directory, and its factory is called once, without arguments."""
    with open_target(f"wsgi:{module}:factory") as target:
        exchange = target.send("GET", "/a%20b", query="x=1")
    assert sys.modules[module].calls == [1]
    assert (exchange.status, exchange.response_body) == (200, b"/a b x=1")


def test_looking_at_a_text_calls_no_factory(module):
    """To find out whether a text names a target, the factory is not called."""
    check_text(f"wsgi:{module}:factory")
    assert sys.modules[module].calls == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("ftp://host", "is no target"),
        ("", "is no target"),
        ("wsgi:json", "write wsgi:module:factory"),
        ("wsgi::factory", "write wsgi:module:factory"),
        ("wsgi:no_such_module_here:factory", "no module 'no_such_module_here'"),
        ("wsgi:json:no_such_factory", "has no 'no_such_factory'"),
        ("wsgi:{module}:not_callable", "cannot be called"),
        ("wsgi:{module}:raising", "RuntimeError: no database"),
        ("wsgi:{module}:leaving", "SystemExit: bye"),
        ("wsgi:{module}:nothing", "NoneType, which is no WSGI application"),
        ("http://", "names no host"),
        ("http://host:port", "is no URL"),
        ("http://host:0", "port 0"),
        ("http://host/?a=b", "query or a fragment"),
        ("http://me:secret@host/", "$VIMGATE_TOKEN"),
        ("http://me:secret@[host", "host cannot be read"),
        ("http://me:secret/secret@host", "port cannot be read"),
        ("http://me:secret#secret@host", "port cannot be read"),
        ("http://host:99999/?token=secret", "port cannot be read"),
        ("http://host/?token=secret", "'http://host/?…' has a query"),
        ("http://host/#secret", "'http://host/#…' has a query or a fragment"),
        ("me:secret@host:4545", "'host:4545' is no target"),
        ("ftp://host?token=secret", "is no target"),
        ("http://host/a b", "a space or a sign that is not ASCII"),
        ("http://h\u00f6st", "a space or a sign that is not ASCII"),
    ],
)
def test_a_wrong_text_is_refused_with_a_reason(module, text, said):
    """A text, module or factory that is wrong is a TargetError that says what is wrong, and no secret."""
    with pytest.raises(TargetError) as caught:
        open_target(text.format(module=module))
    assert said in str(caught.value)
    assert "secret" not in str(caught.value)


def test_an_exception_of_the_application_is_its_answer(target_of):
    """A WSGI application that raises is recorded as a 500 whose origin names the exception."""

    def application(environ, start_response):
        raise KeyError("stage-id")

    exchange = target_of(application).send("GET", "/", origin="fuzz/1")
    assert exchange.status == HTTPStatus.INTERNAL_SERVER_ERROR
    assert exchange.origin == "fuzz/1; the application raised KeyError: 'stage-id'"


def test_a_path_is_carried_as_it_is(target_of):
    """Percent-encoded bytes of a path reach a WSGI application decoded once, as HTTP servers hand them over."""
    seen = []

    def application(environ, start_response):
        seen.append((environ["PATH_INFO"], environ["REQUEST_URI"]))
        start_response("200 OK", [])
        return []

    target_of(application).send("GET", "/%C3%A9%252F", query="q=%20")
    assert seen == [("/\u00c3\u00a9%2F", "/%C3%A9%252F?q=%20")]


def test_the_token_is_sent_and_never_recorded(served):
    """The token reaches the server, but no exchange carries it."""
    seen = []

    def application(environ, start_response):
        seen.append(environ.get("HTTP_X_AUTH_TOKEN"))
        start_response("200 OK", [])
        return []

    with open_target(served(application), token="s3cret-token") as target:
        exchange = target.send("GET", "/")
    assert seen == [None, "s3cret-token"]  # the look for control goes without
    assert exchange.request_header("X-Auth-Token") == REDACTED
    assert "s3cret" not in repr(exchange)


@pytest.mark.parametrize(
    ("options", "expected"),
    [({"headers": (("x-auth-token", "other"),)}, "other"), ({"caller": Caller.NAMELESS}, None), ({}, "mine")],
    ids=["own header", "nameless", "default"],
)
def test_a_request_may_bring_its_own_token_or_none(options, expected, target_of):
    """The token is added unless the request has one of its own or the caller has none."""
    seen = []

    def application(environ, start_response):
        seen.append(environ.get("HTTP_X_AUTH_TOKEN"))
        start_response("200 OK", [])
        return []

    target_of(application, identity=Given("mine")).send("GET", "/", **options)
    assert seen == [expected]


def test_each_caller_sends_his_own_token_and_leaves_his_own_mark(target_of):
    """Which caller sent a request is recorded, and no token; also where one token holds another, or is sent back."""

    def application(environ, start_response):
        start_response("200 OK", [("X-Seen", "mine mine-expired mine-read")])
        return [environ["HTTP_X_AUTH_TOKEN"].encode()]

    others = {Caller.EXPIRED: Given("mine-expired"), Caller.READER: Given("mine-read")}
    target = target_of(application, identity=Given("mine"), others=others)
    sent = {caller: target.send("GET", "/", caller=caller) for caller in (Caller.OURS, *others)}
    assert {caller: caller_of(exchange) for caller, exchange in sent.items()} == {caller: caller for caller in sent}
    assert {exchange.response_header("X-Seen") for exchange in sent.values()} == {"*** ***expired*** ***reader***"}
    assert [exchange.response_body for exchange in sent.values()] == [b"***", b"***expired***", b"***reader***"]
    assert "mine" not in repr(sent)


def test_further_callers_come_out_of_the_environment(monkeypatch):
    """What a run was given for somebody else is sent for nobody but him."""
    monkeypatch.setenv("VIMGATE_TOKEN", "mine")
    monkeypatch.setenv("VIMGATE_READER_TOKEN", "his")
    with open_target("wsgi:reference_server:create_app") as target:
        assert [target.knows(each) for each in (Caller.OURS, Caller.READER, Caller.EXPIRED)] == [True, True, False]
        assert target.beside().knows(Caller.READER)


def test_nobody_listening_is_unreachable_in_one_sentence():
    """A port on which nobody listens is Unreachable, said in one line."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{bound.getsockname()[1]}"
        with pytest.raises(Unreachable, match="gave no answer") as caught:
            open_target(address)
    assert "\n" not in str(caught.value)


def test_a_server_that_is_silent_is_unreachable():
    """A server that accepts and never answers is Unreachable once the time is up."""
    with socket.create_server(("127.0.0.1", 0)) as listener, pytest.raises(Unreachable, match="did not come in time"):
        open_target(f"http://127.0.0.1:{listener.getsockname()[1]}", terms=Terms(request_timeout=0.2))


def test_a_redirect_is_an_answer(answering, served):
    """Redirects are recorded, not followed."""
    with open_target(served(answering("302 Found", headers=[("Location", "/elsewhere")]))) as target:
        exchange = target.send("GET", "/")
    assert (exchange.status, exchange.response_header("Location")) == (302, "/elsewhere")


def test_a_prefix_is_part_of_the_address_and_not_of_the_path(served):
    """Under a base address with a prefix the server sees the prefix, and the exchange has the path of the contract."""
    seen = []

    def application(environ, start_response):
        seen.append(environ["PATH_INFO"])
        start_response("200 OK", [])
        return []

    with open_target(f"{served(application)}/vim/") as target:
        exchange = target.send("GET", "/api", query="a=b")
    assert seen[-1] == "/vim/api"
    assert (exchange.path, exchange.query) == ("/api", "a=b")


def test_a_body_goes_with_any_method(served):
    """A DELETE carries its body, and repeated headers of the answer are all kept."""
    seen = []

    def application(environ, start_response):
        seen.append((environ["REQUEST_METHOD"], environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))))
        start_response("200 OK", [("X-Note", "a"), ("X-Note", "b")])
        return []

    with open_target(served(application)) as target:
        exchange = target.send("DELETE", "/x", body=b'{"force": false}')
    assert seen[-1] == ("DELETE", b'{"force": false}')
    assert [value for name, value in exchange.response_headers if name == "X-Note"] == ["a", "b"]


@pytest.mark.parametrize(
    ("headers", "host"), [((), None), ((("Host", "vim.example.com"),), "vim.example.com")], ids=["own", "given"]
)
def test_the_host_that_went_out_is_recorded(headers, host, answering, served, target_of):
    """Every exchange carries the Host header of its request, in process and over HTTP."""
    address = served(answering("200 OK"))
    with open_target(address) as target:
        over_http = target.send("GET", "/", headers=headers)
    in_process = target_of(answering("200 OK")).send("GET", "/", headers=headers)
    assert over_http.request_header("Host") == (host or address.removeprefix("http://"))
    assert in_process.request_header("Host") == (host or "localhost")


def test_what_http_cannot_carry_is_unsendable(answering, served):
    """A header with a line break cannot be sent, and nobody is judged by it."""
    with open_target(served(answering("200 OK"))) as target, pytest.raises(Unsendable):
        target.send("GET", "/", headers=(("X-Broken", "a\nb"),))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://me:secret@host:1/x", "https://host:1/x"),
        ("wsgi:a:b", "wsgi:a:b"),
        ("http://[broken", "http://[broken"),
    ],
)
def test_a_target_is_shown_without_credentials(text, expected):
    """What is printed of a target has no user name and no password."""
    assert shown(text) == expected


def test_the_embedded_target_can_be_controlled(embedded):
    """The reference server offers a clock, worlds and a reset; its time is the time of the exchanges."""
    before = embedded.now()
    embedded.control.advance(90)
    assert embedded.control.offers >= {"clock", "world", "reset"}
    assert embedded.send("GET", "/").at == before + 90


@pytest.mark.parametrize(
    ("status", "body"),
    [
        ("404 Not Found", {"control": 1, "offers": ["clock"]}),
        ("200 OK", {"control": 2, "offers": ["clock"]}),
        ("200 OK", {"control": 1}),
        ("200 OK", ["control"]),
        ("200 OK", None),
    ],
    ids=["404", "another version", "no offers", "a list", "no body"],
)
def test_what_does_not_offer_control_is_not_controlled(status, body, answering, served):
    """Only an answer of the known form is taken as an offer of control."""
    with open_target(served(answering(status, body))) as target:
        assert target.control is None


def test_control_that_is_offered_and_then_refused_is_said(answering, served):
    """A target that offers control and refuses to carry it out is a ControlError, charged to nobody."""
    offer = answering("200 OK", {"control": 1, "offers": ["clock", "reset"], "now": 5})
    refusal = answering("403 Forbidden")

    def application(environ, start_response):
        return (offer if environ["REQUEST_METHOD"] == "GET" else refusal)(environ, start_response)

    with open_target(served(application)) as target, pytest.raises(ControlError, match="answered 403"):
        target.control.reset()


def test_the_control_token_goes_with_control_requests_alone(answering, served):
    """The control token is sent to the control routes and nowhere else."""
    seen = []

    def application(environ, start_response):
        seen.append((environ["PATH_INFO"], environ.get("HTTP_X_CONTROL_TOKEN")))
        return answering("200 OK", {"control": 1, "offers": ["reset"], "now": 5})(environ, start_response)

    with open_target(served(application), control_token="ticket") as target:
        target.control.reset()
        target.send("GET", "/api")
    assert seen == [("/_control", "ticket"), ("/_control/reset", "ticket"), ("/api", None)]


def test_a_token_that_the_target_sends_back_is_not_recorded(tmp_path, monkeypatch):
    """An answer that holds the token, in a header, a member or the text of a crash, is recorded without it."""
    (tmp_path / "echoing.py").write_text(
        "def factory():\n"
        "    def app(environ, start_response):\n"
        "        token = environ['HTTP_X_AUTH_TOKEN']\n"
        "        if environ['PATH_INFO'] == '/crash':\n"
        "            raise RuntimeError(token)\n"
        "        start_response('200 OK', [('X-Echo', token)])\n"
        '        return [(\'{"you sent": "%s"}\' % token).encode()]\n'
        "    return app\n"
    )
    monkeypatch.chdir(tmp_path)
    with open_target("wsgi:echoing:factory", token="SECRET123") as target:
        recorded = [target.send("GET", "/"), target.send("GET", "/crash")]
    assert [exchange.status for exchange in recorded] == [200, 500]
    assert "SECRET123" not in repr(recorded)


def test_a_token_of_openid_connect_goes_in_its_own_header(target_of):
    """It is sent as OIDC-Token, beside an X-Auth-Token that the request brings, and is recorded as what it is."""
    seen = []

    def application(environ, start_response):
        seen.append((environ.get("HTTP_X_AUTH_TOKEN"), environ.get("HTTP_OIDC_TOKEN")))
        start_response("200 OK", [])
        return []

    target = target_of(application, identity=Given("mine"), others={Caller.OIDC: Given("claims")})
    alone = target.send("GET", "/", caller=Caller.OIDC)
    beside = target.send("GET", "/", headers=(("X-Auth-Token", NOBODYS_TOKEN),), caller=Caller.OIDC)
    assert seen == [(None, "claims"), (NOBODYS_TOKEN, "claims")]
    assert (caller_of(alone), caller_of(beside), "claims" in repr((alone, beside))) == (
        Caller.OIDC, Caller.UNKNOWN, False,
    )  # fmt: skip
