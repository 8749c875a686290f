"""How signs are read off single exchanges: what shows them, and what only looks as if it did."""

import pytest

from conformance.caller import OUR_TOKEN, RECORDED, Caller
from conformance.fingerprint.readings import read

API = "/api/orchestration"
PATCH, UPGRADE, KUBE = (f"{API}/{kind}/strategy" for kind in ("sw-patch", "sw-upgrade", "kube-upgrade"))
PAGE = {"code": 404, "title": "Not Found", "description": ""}
FAULT = {"faultcode": "Client", "faultstring": "no", "debuginfo": None}
READER = (("X-Auth-Token", RECORDED[Caller.READER]),)
OURS = (("X-Auth-Token", OUR_TOKEN),)
HTML = (("Accept", "text/html"),)
NOBODY = ()


def links(*rels, member="links"):
    """A document of links."""
    return {"id": "it", member: [{"rel": rel, "href": "x"} for rel in rels]}


def strategy(*stages, build=(), **members):
    """An answer with a strategy; a stage is a name and its steps, a step a name or a name and its timeout."""
    phases = {
        f"{name}-phase": {"stages": [stage(*each) for each in inside]}
        for name, inside in (("build", build), ("apply", stages))
    }
    return {"strategy": {"uuid": "u", **phases, **members}}


def stage(name, *steps):
    """A stage."""
    made = [(each, 60) if isinstance(each, str) else each for each in steps]
    return {"stage-name": name, "steps": [{"step-name": step, "timeout": timeout} for step, timeout in made]}


ABORT = {"action": "abort-stage"}
PYTHON_2 = {"faultstring": "'unicode' object has no attribute 'keys'"}
PYTHON_3 = {"faultstring": "it must be a string, a bytes-like object or a real number"}
SOME = {"strategy": {"build-phase": {"response": ""}, "apply-phase": {}}}
OF_2, OF_3, OF_NONE = (
    {"headers": (("server", name),)}
    for name in ("WSGIServer/0.1 Python/2.7.18", "WSGIServer/0.2 CPython/3.9.2", "haproxy/3.1")
)
REBOOT = (
    "sw-patch-controllers",
    "lock-hosts",
    "sw-patch-hosts",
    "system-stabilize",
    ("unlock-hosts", 1800),
    "wait-alarms-clear",
)
CASES = [
    ("links", "orchestration", ("GET", API, 200, links("self", "b", "a")), "b a"),
    ("links", "orchestration", ("GET", f"/vim{API}/", 200, links("self", "a")), "a"),
    ("links", "orchestration", ("GET", "/api", 200, links("self", "a")), None),
    ("links", "orchestration", ("GET", API, 200, ["no object"]), None),
    ("links", "api", ("GET", "/api", 200, {"versions": [links("self", "b", "a")]}), "a b self"),
    ("links", "api", ("GET", "/api", 200, links("self", "a")), "a self"),
    ("links", "api", ("GET", "/api", 200, {"versions": []}), None),
    ("document", "fw-update", ("GET", f"{API}/fw-update", 200, links()), "there"),
    ("document", "fw-update", ("GET", f"{API}/fw-update/", 403, PAGE), "there"),
    ("document", "fw-update", ("GET", f"{API}/fw-update", 403), None),
    ("document", "fw-update", ("GET", f"{API}/fw-update", 404, PAGE), "absent"),
    ("document", "fw-update", ("GET", f"{API}/fw-update/strategy", 404, PAGE), None),
    ("document", "fw-update", ("PUT", f"{API}/fw-update", 404, PAGE), None),
    ("routed", "sw-patch", ("GET", PATCH, 200, {"strategy": None}), "there"),
    ("routed", "sw-patch", ("GET", PATCH, 500, FAULT), None),
    ("member", "kube-rootca-update", ("GET", f"{API}/kube-rootca-update", 200, links(member="Plinks")), "Plinks"),
    ("member", "kube-rootca-update", ("GET", f"{API}/kube-rootca-update", 404, PAGE), None),
    ("none", "sw-upgrade", ("GET", UPGRADE, 404, FAULT), "404"),
    ("none", "sw-upgrade", ("GET", PATCH, 404, FAULT), None),
    ("none", "sw-upgrade", ("GET", PATCH, 200, {"strategy": None}), "200 with null"),
    ("none", "sw-upgrade", ("GET", PATCH, 200, strategy()), None),
    ("argument", "", ("GET", "/api", 400, FAULT, None, {"query": "x=1"}), "refused with 400"),
    ("argument", "", ("GET", API, 200, links(), None, {"query": "x=1"}), "ignored"),
    ("argument", "", ("GET", API, 405, PAGE, None, {"query": "_method=PUT"}), None),
    ("argument", "", ("GET", API, 200, links()), None),
    ("argument", "", ("GET", API, 299, links(), None, {"query": "x=1"}), None),
    ("uuid", "sw-upgrade", ("GET", f"{UPGRADE}/no", 400, FAULT), "400"),
    ("uuid", "sw-upgrade", ("GET", f"{UPGRADE}/0aaa408f24234f2a4bdafb3dbee648d7", 404, FAULT), None),
    ("uuid", "sw-upgrade", ("GET", f"{UPGRADE}/actions", 405, PAGE), None),
    ("accept", "text/html", ("GET", "/api", 406, PAGE, None, {"asked": HTML}), "406"),
    ("accept", "text/html", ("GET", "/api", 200, links()), None),
    ("unrouted", "", ("GET", "/api/nothing", 404, PAGE), "code description title"),
    ("unrouted", "", ("GET", "/api/nothing", 404), "no JSON"),
    ("unrouted", "", ("GET", "/api/nothing", 404, PAGE, None, {"asked": HTML}), None),
    ("unrouted", "", ("GET", PATCH, 404, FAULT), None),
    ("slashed", "", ("OPTIONS", f"{API}/", 405), "405"),
    ("slashed", "", ("OPTIONS", API, 405), None),
    ("python", "", ("GET", "/", 200, None, None, OF_2), "Python 2"),
    ("python", "", ("GET", "/", 200, None, None, OF_3), "Python 3"),
    ("python", "", ("GET", "/", 200, None, None, OF_NONE), None),
    ("unaccepting", "", ("GET", "/api", 500, None, None, {"asked": NOBODY}), "500"),
    ("unaccepting", "", ("GET", "/api", 500), None),
    ("stranger", "", ("GET", "/api", 401, FAULT), "401"),
    ("stranger", "", ("GET", "/api", 403), "403 without a body"),
    ("stranger", "", ("GET", "/api", 403, PAGE), None),
    ("lesser", "", ("GET", "/api", 403, PAGE, None, {"asked": OURS}), "403 with a page"),
    ("lesser", "", ("GET", "/api", 403, FAULT, None, {"asked": OURS}), "403 with a fault"),
    ("lesser", "", ("GET", "/api", 403, None, None, {"asked": READER}), "403 without a body"),
    ("lesser", "", ("GET", "/api", 403, None, None, {"asked": OURS}), None),
    ("reader", "", ("GET", PATCH, 200, {"strategy": None}, None, {"asked": READER}), "let in"),
    ("reader", "", ("GET", PATCH, 403, None, None, {"asked": READER}), "turned away"),
    ("reader", "", ("GET", PATCH, 200, {"strategy": None}, None, {"asked": OURS}), None),
    ("members", "a b", ("GET", PATCH, 200, strategy(b=1)), "b"),
    ("members", "a b", ("GET", PATCH, 404, strategy(b=1)), None),
    ("members", "a b", ("POST", f"{PATCH}/actions", 202, strategy(a=1), {"action": "apply-all"}), "a"),
    ("has", "sw-patch name", ("GET", PATCH, 200, strategy(name="x")), "there"),
    ("has", "sw-patch name", ("GET", PATCH, 200, strategy()), "absent"),
    ("has", "sw-patch name", ("GET", UPGRADE, 200, strategy()), None),
    ("type", "sw-upgrade release", ("GET", UPGRADE, 200, strategy(release=[])), "list"),
    ("type", "sw-upgrade release", ("GET", UPGRADE, 200, strategy(release=None)), "null"),
    ("type", "sw-upgrade release", ("GET", UPGRADE, 200, strategy(release=7)), "something else"),
    ("phase-has", "stages", ("GET", PATCH, 200, strategy()), "there"),
    ("phase-has", "response", ("GET", PATCH, 200, strategy()), "absent"),
    ("phase-has", "response", ("GET", PATCH, 200, SOME), "in some phases"),
    ("stages-end", "-worker-hosts -compute-hosts", ("GET", PATCH, 200, strategy(("x-worker-hosts",))), "-worker-hosts"),
    ("last-step", "sw-patch-controllers unlock-hosts", ("GET", PATCH, 200, strategy(REBOOT)), "wait-alarms-clear"),
    ("last-step", "sw-patch-controllers swact-hosts", ("GET", PATCH, 200, strategy(REBOOT)), None),
    ("step-like", "sw-patch migrate", ("GET", PATCH, 200, strategy(("s", "migrate-instances"))), "migrate-instances"),
    ("step-like", "sw-patch migrate", ("GET", UPGRADE, 200, strategy(("s", "migrate-instances"))), None),
    ("step-after", "sw-patch-hosts unlock-hosts", ("GET", PATCH, 200, strategy(REBOOT)), "system-stabilize"),
    ("step-after", "sw-patch-hosts reboot-hosts", ("GET", PATCH, 200, strategy(REBOOT)), None),
    ("timeout", "unlock-hosts", ("GET", PATCH, 200, strategy(REBOOT)), "1800"),
    ("timeout", "unlock-hosts", ("GET", PATCH, 200, strategy()), None),
    ("builds-by", "kube-upgrade query", ("GET", KUBE, 200, strategy(build=[("b", "query")])), "there"),
    ("builds-by", "kube-upgrade query", ("GET", KUBE, 200, strategy(build=[("b", "other")])), "absent"),
    ("builds-by", "kube-upgrade query", ("GET", KUBE, 200, strategy()), None),
    ("some-step", "unlock-hosts", ("GET", PATCH, 200, strategy(REBOOT)), "there"),
    ("some-step", "unlock", ("GET", PATCH, 200, strategy(REBOOT)), None),
    ("some-stage", "kube-upgrade-kubelet", ("GET", KUBE, 200, strategy(("kube-upgrade-kubelet v1.29.2",))), "there"),
    ("some-stage", "kube-upgrade-kubelet", ("GET", KUBE, 200, strategy(("kube-upgrade-kubelets",))), None),
    ("conflict", "of type", ("POST", PATCH, 409, {"faultstring": "one of type:sw-patch"}, {}), "names the kind"),
    ("conflict", "of type", ("POST", PATCH, 409, FAULT, {}), "generic"),
    ("conflict", "of type", ("DELETE", PATCH, 409, FAULT), None),
    ("refused", "abort abort-stage", ("POST", f"{PATCH}/actions", 500, FAULT, {"action": "abort"}), "500"),
    ("refused", "abort abort-stage", ("POST", f"{PATCH}/actions", 400, FAULT, ABORT), None),
    ("refused", "abort abort-stage", ("POST", f"{PATCH}/actions", 400, FAULT, {"action": "abort", "x": 1}), None),
    ("refused", "abort abort-stage", ("POST", f"{PATCH}/actions", 404, FAULT, {"action": "abort"}), None),
    ("refused", "abort abort-stage", ("POST", f"{PATCH}/actions", 400, FAULT, {"action": []}), None),
    ("refused", "abort abort-stage", ("POST", f"{PATCH}/actions", 400, FAULT, ABORT | {"stage-id": None}), "400"),
    ("refused", "abort abort-stage", ("POST", f"{PATCH}/actions", 500, FAULT, ABORT | {"stage-id": 1}), "500"),
    ("refused", "abort abort-stage", ("POST", f"{PATCH}/actions", 400, FAULT, ABORT | {"stage-id": "x"}), None),
    ("refused", "abort abort-stage", ("POST", f"{PATCH}/actions", 400, FAULT, ABORT | {"stage-id": True}), None),
    ("bare-delete", "", ("DELETE", PATCH, 400, FAULT), "refused with 400"),
    ("bare-delete", "", ("DELETE", PATCH, 204), "not refused for it"),
    ("bare-delete", "", ("DELETE", PATCH, 204, None, {}), None),
    ("words", "", ("POST", PATCH, 500, PYTHON_2, {}), "Python 2"),
    ("words", "", ("POST", PATCH, 500, PYTHON_3, {}), "Python 3"),
    ("words", "", ("POST", PATCH, 500, FAULT, {}), None),
]  # fmt: skip


@pytest.mark.parametrize("reading", sorted({case[0] for case in CASES}))
def test_a_sign_is_read_where_it_is_shown_and_nowhere_else(exchange, reading):
    """An answer that shows a sign is passed over, or one that does not is taken for it."""
    wrong = []
    for _, of, (method, path, status, *rest), value in (case for case in CASES if case[0] == reading):
        body, sent, more = [*rest, None, None, None][:3]
        found = read(reading, exchange(method, path, status, body, sent, **(more or {})), of)
        if found != value:
            wrong.append((method, path, status, rest, found))
    assert wrong == []


@pytest.mark.parametrize(
    "body",
    [
        {"strategy": "text"},
        {"strategy": {"apply-phase": [], "build-phase": {"stages": {}}}},
        {"strategy": {"apply-phase": {"stages": [None, {"steps": 7}, {"steps": [3, {"timeout": "x"}]}]}}},
        {"versions": [7], "links": "x"},
        {"links": [7, None]},
    ],
)
def test_no_document_is_too_odd(exchange, table, body):
    """A strange answer breaks the reading of it."""
    for path in (PATCH, UPGRADE, "/api", API, f"{API}/kube-rootca-update"):
        for sign in table.signs:
            value = read(sign.reading, exchange("GET", path, 200, body), sign.of)
            assert value is None or isinstance(value, str)
