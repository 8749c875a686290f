"""RELEASES.md 2: which kinds a release links to and routes, and what current-strategy answers."""

import pytest

from reference_server import create_app

OLD = ["sw-patch", "sw-upgrade"]
SIX = [*OLD, "kube-rootca-update", "kube-upgrade", "fw-update"]
TEN = ["sw-upgrade", "system-config-update", "kube-rootca-update", "kube-upgrade", "fw-update", "current-strategy"]
RELS = {
    "stx-2018.10": OLD,
    "stx-2.0": OLD,
    "stx-3.0": OLD,
    "stx-4.0": [*OLD, "fw-update"],
    "stx-5.0": [*OLD, "kube-upgrade", "fw-update"],
    "stx-6.0": SIX,
    "stx-7.0": SIX,
    "stx-8.0": SIX,
    "stx-9.0": [*OLD, "system-config-update", "kube-rootca-update", "kube-upgrade", "fw-update"],
    "stx-10.0": TEN,
    "stx-11.0": TEN,
    "stx-12.0": TEN,
    "stx-master": TEN,
}
EVERY = sorted({rel for rels in RELS.values() for rel in rels})
UUID = "c1971c42-b494-4ff0-8abf-dbde17929972"


@pytest.mark.parametrize("release", RELS)
def test_the_kinds_are_linked_in_their_order_and_routed(server, release):
    """A release links to other kinds, in another order, or routes one that it does not link to."""
    vim = server(release)
    found = vim.client.get("/api/orchestration").json["links"]
    expected = [("self", "http://localhost/orchestration/")]
    expected += [(rel, f"http://localhost/orchestration/{rel}/") for rel in RELS[release]]
    assert [(link["rel"], link["href"]) for link in found] == expected
    routed = {kind: vim.send("GET", kind).status_code for kind in EVERY}
    assert routed == {kind: 200 if kind in RELS[release] else 404 for kind in EVERY}
    looked = {kind: vim.send("GET", f"{kind}/strategy").status_code for kind in EVERY}
    assert looked == routed


@pytest.mark.parametrize("release", RELS)
def test_the_document_of_a_kind_links_to_its_strategy(server, release):
    """A document of a kind has other links, or has them under another name than its release does."""
    vim = server(release)
    for kind in RELS[release]:
        name = "Plinks" if (release, kind) == ("stx-master", "kube-rootca-update") else "links"
        base = f"http://localhost/orchestration/{kind}/"
        links = [{"href": base, "rel": "self"}, {"href": f"{base}strategy/", "rel": "strategy"}]
        assert vim.send("GET", kind).json == {"id": kind, name: links}


@pytest.mark.parametrize("release", ["stx-6.0", "stx-master"])
def test_accidental_routes_are_there_for_every_kind(server, release):
    """RELEASES.md 2: slashes, suffixes and names after `strategy`, for the kinds of later releases too."""
    vim = server(release)
    for kind in ("fw-update", "kube-rootca-update"):
        asked = {
            "get": vim.send("GET", f"{kind}/strategy/{UUID}").status_code,
            "no uuid": vim.send("GET", f"{kind}/strategy/x").status_code,
            "slash": vim.send("GET", f"{kind}/strategy/").status_code,
            "doubled": vim.send("GET", f"/{kind}//strategy").status_code,
            "suffix": vim.send("GET", f"{kind}/strategy.json").status_code,
            "delete": vim.send("DELETE", f"{kind}/strategy/{UUID}", {}).status_code,
            "delete without body": vim.send("DELETE", f"{kind}/strategy/{UUID}").status_code,
            "act": vim.send("POST", f"{kind}/strategy/actions/{UUID}", {"action": "apply-all"}).status_code,
            "act, too": vim.send("POST", f"{kind}/strategy/{UUID}/actions", {"action": "apply-all"}).status_code,
            "put": vim.send("PUT", f"{kind}/strategy", {}).status_code,
        }
        assert asked == {
            "get": 404, "no uuid": 400, "slash": 200, "doubled": 200, "suffix": 200, "delete": 404,
            "delete without body": 500, "act": 404, "act, too": 404, "put": 405,
        }  # fmt: skip
    text = vim.send("DELETE", f"fw-update/strategy/{UUID}").json["faultstring"]
    assert text == "'str' object has no attribute 'force'"


@pytest.mark.parametrize("release", ["stx-10.0", "stx-12.0", "stx-master"])
def test_the_current_strategy_is_name_and_state(server, release):
    """RELEASES.md 2: null or two members; everything but a look is not found, and a create is not routed."""
    vim = server(release)
    current = "current-strategy/strategy"
    assert vim.send("GET", current).json == {"strategy": None}
    vim.create("fw-update")
    assert vim.send("GET", current).json == {"strategy": {"name": "fw-update", "state": "building"}}
    created = vim.send("POST", current, vim.body("fw-update"))
    assert (created.status_code, created.headers["Allow"]) == (405, "DELETE, GET")
    asked = [
        vim.send("DELETE", current, {}),
        vim.send("POST", f"{current}/actions", {"action": "apply-all"}),
        vim.send("POST", f"{current}/actions", {"action": "abort"}),
        vim.send("GET", f"{current}/{UUID}"),
    ]
    assert [(each.status_code, each.json["faultcode"]) for each in asked] == [(404, "Client")] * 4
    assert vim.get("fw-update") is not None


def test_published_has_no_other_kinds():
    """The published reference knows two kinds, and its server routes no other."""
    client = create_app().test_client()
    asked = [client.get(f"/api/orchestration/{kind}/strategy") for kind in EVERY if kind not in OLD]
    assert {each.status_code for each in asked} == {404}
