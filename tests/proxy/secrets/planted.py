"""Where secrets are planted: one row per secret, with the exchange that carries it. Each breaks a requirement."""

import base64
import gzip
import html
import json
import random
from copy import deepcopy
from dataclasses import dataclass, field
from urllib.parse import quote

from conformance.exchange import Exchange
from spec.load import load_contract

PATH = "/api/orchestration/sw-patch/strategy"
JSON = (("Content-Type", "application/json"),)
FAULT = b'{"faultcode": "Client", "faultstring": "no"}'

PLAIN = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
ODD = PLAIN + "/+=&\"'<> \\%;é"


@dataclass(frozen=True)
class Planted:
    """A secret, and the exchanges that carry it; `parts` are all texts by which it would be known again."""

    name: str
    secret: str
    exchanges: tuple[Exchange, ...]
    parts: tuple[bytes, ...] = field(default=())


def _exchange(**values):
    """An exchange that no contract allows: its status is not documented."""
    given = {"method": "GET", "path": PATH, "status": 418, "response_headers": JSON, "response_body": FAULT, **values}
    for body in ("request_body", "response_body"):
        if isinstance(given.get(body), str):
            given[body] = given[body].encode()
    return Exchange(**given)


def _sent(name, value, **values):
    return _exchange(request_headers=((name, value), ("Host", "192.0.2.1:4545")), **values)


def _answered(name, value, **values):
    return _exchange(response_headers=((name, value), *JSON), **values)


def _posted(body, kind="application/json", **values):
    return _exchange(method="POST", request_headers=(("Content-Type", kind),), request_body=body, **values)


def _told(text, **values):
    return _exchange(
        response_body=json.dumps({"faultcode": "Server", "faultstring": text, "debuginfo": None}), **values
    )


def _asked(query):
    return _exchange(query=query)


def _page(text, kind="text/plain", **values):
    return _exchange(response_headers=(("Content-Type", kind),), response_body=text, **values)


def _b64(text):
    return base64.b64encode(text.encode()).decode()


def _packed(value, secret):
    body = gzip.compress(json.dumps({value: secret}).encode())
    headers = (("Content-Encoding", "gzip"), *JSON)
    return _exchange(response_headers=headers, response_body=body)


def _token_of(secret, **values):
    """An exchange whose request carries the secret as its token."""
    return _sent("X-Auth-Token", secret, **values)


def _multipart(secret):
    part = '--xx\r\nContent-Disposition: form-data; name="{}"\r\n\r\n{}\r\n'
    return _posted(
        part.format("user", "admin") + part.format("password", secret) + "--xx--\r\n",
        "multipart/form-data; boundary=xx",
    )


def _keystone(identity):
    return json.dumps({"auth": {"identity": identity, "scope": {"project": {"name": "services"}}}})


def _strategy(**members):
    """A strategy that is being applied, with these members."""
    document = deepcopy(load_contract().example("10-sw-patch-strategy-action-response-applying"))
    document["strategy"] |= members
    return document["strategy"]


def _shows(strategy, secret):
    """An exchange that shows the strategy, and carries the secret as its token."""
    return _token_of(secret, status=200, response_body=json.dumps({"strategy": strategy}))


def _stage_named(secret):
    strategy = _strategy()
    strategy["apply-phase"]["stages"][0] |= {"stage-name": secret, "result": secret, "start-date-time": secret}
    return strategy


# name, letters of the secret, the exchanges that carry it
ROWS = [
    # request headers, in odd spellings
    ("token header", PLAIN, lambda s: [_sent("X-Auth-Token", s)]),
    ("token header in small letters", PLAIN, lambda s: [_sent("x-auth-token", s)]),
    ("token header with underscores", PLAIN, lambda s: [_sent("X_AUTH_TOKEN", s)]),
    ("token header with a blank", PLAIN, lambda s: [_sent("X-Auth-Token ", f"  {s}\t")]),
    ("token of a service", PLAIN, lambda s: [_sent("X-Service-Token", s)]),
    ("OIDC token", PLAIN, lambda s: [_sent("OIDC-Token", s)]),
    ("oidc token", ODD, lambda s: [_sent("oidc_token", s)]),
    ("basic password", ODD, lambda s: [_sent("Authorization", f"Basic {_b64('admin:' + s)}")]),
    ("bearer", PLAIN, lambda s: [_sent("AUTHORIZATION", f"bearer {s}")]),
    ("proxy password", PLAIN, lambda s: [_sent("Proxy-Authorization", f"Basic {_b64('proxy:' + s)}")]),
    ("digest", PLAIN, lambda s: [_sent("Authorization", f'Digest username="admin", realm="r", response="{s}"')]),
    ("credentials without a scheme", PLAIN, lambda s: [_sent("Authorization", s)]),
    ("cookie", PLAIN, lambda s: [_sent("Cookie", f"lang=en; sid={s}; theme=dark")]),
    ("quoted cookie", PLAIN, lambda s: [_sent("cookie", f'sid="{s}"')]),
    ("api key", PLAIN, lambda s: [_sent("X-Api-Key", s)]),
    ("session header", PLAIN, lambda s: [_sent("X-Session-Id", s)]),
    ("argument in a header", PLAIN, lambda s: [_sent("X-Trace", f"id=7; token={s}; hop=2")]),
    ("password in Referer", PLAIN, lambda s: [_sent("Referer", f"https://admin:{s}@192.0.2.1/horizon")]),
    ("argument of Referer", PLAIN, lambda s: [_sent("Referer", f"https://192.0.2.1/?page=2&sig={s}")]),
    # answer headers
    ("set-cookie", PLAIN, lambda s: [_answered("Set-Cookie", f"sid={s}; Path=/; HttpOnly")]),
    ("token of the answer", PLAIN, lambda s: [_answered("X-Subject-Token", s)]),
    ("argument of Location", PLAIN, lambda s: [_answered("Location", f"{PATH}?access_token={s}")]),
    ("path of Location", PLAIN, lambda s: [_answered("Location", f"http://192.0.2.1:5000/v3/auth/tokens/{s}")]),
    ("Location in a Location", PLAIN, lambda s: [_answered("Location", f"/login?next=%2Fapi%3Ftoken%3D{s}")]),
    ("challenge", PLAIN, lambda s: [_answered("WWW-Authenticate", f'Keystone uri="http://k", token="{s}"')]),
    ("link", PLAIN, lambda s: [_answered("Link", f'<http://192.0.2.1/?key={s}>; rel="next"')]),
    # the URL
    ("argument", PLAIN, lambda s: [_asked(f"verbose=1&token={s}")]),
    ("encoded argument", ODD, lambda s: [_asked(f"password={quote(s, safe='')}&verbose=1")]),
    ("argument with its name encoded", PLAIN, lambda s: [_asked(f"pass%77ord={s}")]),
    ("argument of a form", PLAIN, lambda s: [_asked(f"user[password]={s}")]),
    ("signature", PLAIN, lambda s: [_asked(f"expires=1&sig={s}")]),
    ("session in the path", PLAIN, lambda s: [_exchange(path=f"{PATH};jsessionid={s}")]),
    ("token in the path", PLAIN, lambda s: [_exchange(path=f"/v2.0/tokens/{s}")]),
    # request bodies
    ("nested password", ODD, lambda s: [_posted(json.dumps({"a": [{"b": {"admin_password": s}}]}))]),
    (
        "keystone password",
        PLAIN,
        lambda s: [
            _posted(_keystone({"methods": ["password"], "password": {"user": {"name": "admin", "password": s}}}))
        ],
    ),
    ("keystone token", PLAIN, lambda s: [_posted(_keystone({"methods": ["token"], "token": {"id": s}}))]),
    (
        "application credential",
        PLAIN,
        lambda s: [
            _posted(
                _keystone({"methods": ["application_credential"], "application_credential": {"id": "c1", "secret": s}})
            )
        ],
    ),
    ("names and values", PLAIN, lambda s: [_posted(json.dumps([{"name": "X-Auth-Token", "value": s}]))]),
    (
        "form",
        ODD.replace("é", ""),
        lambda s: [_posted(f"user=admin&password={quote(s, safe=chr(39) + ';')}", "application/x-www-form-urlencoded")],
    ),
    ("multipart", PLAIN, lambda s: [_multipart(s)]),
    ("element", PLAIN, lambda s: [_posted(f"<auth><k:password type='x'>{s}</k:password></auth>", "application/xml")]),
    ("name in escapes", PLAIN, lambda s: [_posted(f'{{"pass\\u0077ord": "{s}"}}')]),
    (
        "letters in escapes",
        PLAIN,
        lambda s: [_posted('{"password": "' + "".join(f"\\u{ord(c):04x}" for c in s) + '"}')],
    ),
    ("JSON that is cut off", PLAIN, lambda s: [_posted(f'{{"force": true, "token": "{s}')]),
    ("UTF-16", PLAIN, lambda s: [_posted(json.dumps({"password": s}).encode("utf-16-le"))]),
    # answer bodies
    ("packed", PLAIN, lambda s: [_packed("token", s)]),
    ("packed and unnamed", PLAIN, lambda s: [_exchange(response_body=gzip.compress(f"password={s}".encode()))]),
    ("echo in an error text", PLAIN, lambda s: [_token_of(s, response_body=f'{{"faultstring": "who is {s}?"}}')]),
    (
        "echo in base64",
        PLAIN,
        lambda s: [_token_of(s, response_body=f'{{"faultstring": "{_b64("at 7 " + s + " of x")}"}}')],
    ),
    ("echo in hex", PLAIN, lambda s: [_token_of(s, response_body=f'{{"debuginfo": "{s.encode().hex()}"}}')]),
    (
        "echo of a cookie",
        ODD.replace(";", "").replace('"', ""),
        lambda s: [_sent("Cookie", f"sid={s}", response_body=f'{{"at": "{quote(s, safe="")}"}}')],
    ),
    (
        "echo of a basic password",
        ODD,
        lambda s: [
            _sent("Authorization", f"Basic {_b64('u:' + s)}", response_body=json.dumps({"faultstring": f"bad {s}"}))
        ],
    ),
    (
        "echo in HTML",
        ODD,
        lambda s: [
            _sent(
                "OIDC-Token",
                s.strip(),
                response_headers=(("Content-Type", "text/html"),),
                response_body=f"<h1>{html.escape(s)}</h1>",
            )
        ],
    ),
    ("echo in later traffic", PLAIN, lambda s: [_token_of(s), _told(f"the caller {s} was seen")]),
    (
        "echo of a form",
        PLAIN,
        lambda s: [_posted(f"passwd={s}", "application/x-www-form-urlencoded", response_body=f'"{s}"')],
    ),
    ("echo as a state", PLAIN, lambda s: [_shows(_strategy(state=s), s)]),
    ("echo as a uuid", PLAIN, lambda s: [_shows(_strategy(uuid=s), s)]),
    ("echo as a phase", PLAIN, lambda s: [_shows(_strategy(**{"current-phase": s}), s)]),
    ("echo as a stage", PLAIN, lambda s: [_shows(_stage_named(s), s)]),
    ("told in words", PLAIN, lambda s: [_told(f"could not validate token {s}9a of admin")]),
    ("told as an argument", PLAIN, lambda s: [_told(f'login(user="admin", password="{s}") failed')]),
    (
        "told in a traceback",
        ODD.replace("\\", "").replace("'", ""),
        lambda s: [_page(f"Traceback:\n  kwargs = {{'user': 'admin', 'password': '{s}'}}\nKeyError")],
    ),
    (
        "folded header in a text",
        PLAIN,
        lambda s: [_page(f"GET / HTTP/1.1\r\nX-Auth-Token:\r\n {s}\r\nAccept: */*\r\n")],
    ),
    ("JSON in JSON", ODD, lambda s: [_told(json.dumps({"headers": {"X-Auth-Token": s}}))]),
    ("JSON in base64", PLAIN, lambda s: [_told(_b64(json.dumps({"user": "admin", "password": s})))]),
    ("Keystone token", PLAIN, lambda s: [_told(f"gAAAAAB{s}{s} is no more")]),
    ("web token", PLAIN, lambda s: [_told(f"eyJhbGciOiJub25lIn0.{s}.{s} is no more")]),
    (
        "private key",
        PLAIN,
        lambda s: [_page(f"-----BEGIN RSA PRIVATE KEY-----\n{s}\n{s}\n-----END RSA PRIVATE KEY-----")],
    ),
    ("hidden input", PLAIN, lambda s: [_page(f'<input type="hidden" name="csrf_token" value="{s}">', "text/html")]),
]


def planted():
    """All rows with their secrets; the same in every run."""
    draw = random.Random(50)  # noqa: S311 - made up, and the same in every run
    return [_planted(name, "".join(draw.choices(letters, k=20)).strip(), make) for name, letters, make in ROWS]


def _planted(name, secret, make):
    secret = f"Z{secret}q"
    halves = (secret[:10], secret[-10:])
    return Planted(name, secret, tuple(make(secret)), tuple(half.encode() for half in halves))
