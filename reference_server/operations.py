"""The operations of the API; those of the kinds are given their kind (`routes`). No rule of the engine lives here."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from flask import Response

from reference_server.bodies import ABSENT, excerpt
from reference_server.driver import Conflict, Driver, Missing, Refused
from reference_server.engine.model import Strategy
from reference_server.engine.words import Kind
from reference_server.refusals import Refusal
from reference_server.requests import ActionRequest, Verb, parse_action, parse_create, parse_delete
from reference_server.wire import (
    answer,
    current,
    json_bytes,
    links,
    nothing,
    sent_body,
    takes_json,
    unless_known,
)
from reference_server.wirerules import CURRENT

# Link documents, with hrefs as printed in the reference: without /api below orchestration (PUBLISHED.md) ------------


def get_root() -> Response:
    """`getRoot`: where the API is."""
    description = "NFV - Virtual Infrastructure Manager"
    return answer({"name": "nfv-vim", "links": links([("api", "/api/")]), "description": description})


def get_api() -> Response:
    """`getApi`: the one version, and what it has."""
    api_links = links(current().wire.api_links)
    return answer({"versions": [{"status": "stable", "id": "v1", "links": api_links}]})


def get_orchestration() -> Response:
    """`getOrchestration`: the kinds of strategies."""
    wire = current().wire
    below = [*map(str, wire.kinds), *[CURRENT] * wire.current_strategy]
    targets = [("self", "/orchestration/"), *((name, f"/orchestration/{name}/") for name in below)]
    return answer({"id": "orchestration", _links_member("orchestration"): links(targets)})


def get_kind(name: str) -> Response:
    """`getSwPatch` and so on, `getCurrentStrategy`: where the strategy is."""
    targets = [("self", f"/orchestration/{name}/"), ("strategy", f"/orchestration/{name}/strategy/")]
    return answer({"id": str(name), _links_member(name): links(targets)})


def get_further(document: str) -> Response:
    """A link document below /api that a release has and the reference has not."""
    return answer({"id": document, "links": links(current().wire.further_documents[document])})


def _links_member(document: str) -> str:
    return current().wire.links_members.get(document, "links")


# The strategy of a kind: a body, one call of the driver, a document -------------------------------------------------


def get_strategy(kind: Kind) -> Response:
    """`getSwPatchStrategy` and so on."""
    strategy = current().driver.find(kind)
    if strategy is not None and takes_json():
        page = current().driver.page(strategy)
        return unless_known(page.body, page.etag)
    if strategy is not None:
        return _document(strategy)
    if current().wire.absent_strategy == "empty":
        return answer({"strategy": None})
    raise _missing(kind)


def create_strategy(kind: Kind) -> Response:
    """`createSwPatchStrategy` and so on."""
    driver = current().driver
    request = parse_create(kind, sent_body(), current().wire, now=driver.clock.now())
    with _refusals_of(kind):
        return _document(driver.create(request))


def act_on_strategy(kind: Kind) -> Response:
    """`actOnSwPatchStrategy` and so on."""
    wanted = parse_action(sent_body(), current().wire)
    with _refusals_of(kind, wanted):
        return _document(_call(current().driver, kind, wanted), 202)


def _call(driver: Driver, kind: Kind, wanted: ActionRequest) -> Strategy:
    call = driver.apply if wanted.verb is Verb.APPLY else driver.abort
    return call(kind, wanted.stage_id)


def delete_strategy(kind: Kind) -> Response:
    """`deleteSwPatchStrategy` and so on."""
    force = parse_delete(sent_body(), current().wire)
    with _refusals_of(kind):
        current().driver.delete(kind, force=force)
    return nothing()


def _document(strategy: Strategy, status: int = 200) -> Response:
    if takes_json():
        return json_bytes(current().driver.page(strategy).body, status)
    return answer({"strategy": current().driver.document(strategy)}, status)


def _missing(kind: str) -> Refusal:
    return Refusal(404, current().wire.text("no_strategy", kind=kind))


@contextmanager
def _refusals_of(kind: Kind, wanted: ActionRequest | None = None) -> Iterator[None]:
    """Turn what the driver refuses into what the release answers (ENGINE.md 2.7); `wanted` is the action, if any."""
    wire = current().wire
    try:
        yield
    except Missing:
        raise _missing(kind) from None
    except Conflict as conflict:
        raise Refusal(409, wire.text("strategy_exists", kind=conflict.kind)) from None
    except Refused as refused:
        reason = refused.reason.strip() or "no reason was recorded"
        if wanted is None:
            raise Refusal(409, wire.text("refused_delete", reason=reason)) from None
        text = wire.text("refused_action", action=wanted.action, reason=reason)
        raise Refusal(wire.refused_action if wanted.verb is Verb.APPLY else wire.refused_abort, text) from None


# The current strategy: which kind there is, and its state (RELEASES.md 2) -------------------------------------------


def get_current_strategy() -> Response:
    """`getCurrentStrategyStrategy`: name and state of the one strategy, of whichever kind."""
    strategy = current().driver.current()
    if strategy is None:
        return answer({"strategy": None})
    return answer({"strategy": {"name": str(strategy.kind), "state": str(strategy.state)}})


def delete_current_strategy() -> Response:
    """DELETE of the current strategy, which is routed by accident: there is none of such a kind."""
    parse_delete(sent_body(), current().wire)
    raise _missing(CURRENT)


def act_on_current_strategy() -> Response:
    """An action on the current strategy, which is routed by accident: there is none of such a kind."""
    parse_action(sent_body(), current().wire)
    raise _missing(CURRENT)


# Accidental routes of real servers: something after `strategy` (RELEASES.md 2) --------------------------------------


def get_by_uuid(kind: str, name: str) -> Response:
    """GET strategy/{name}: never found, even by its own uuid; what is no uuid is refused (ENGINE.md 8.5, B7)."""
    try:
        uuid.UUID(name)
    except ValueError:
        raise Refusal(400, current().wire.text("wrong_uuid", uuid=excerpt(name))) from None
    raise _missing(kind)


def delete_by_name(kind: Kind, name: str) -> Response:  # noqa: ARG001 - the name is accepted and ignored
    """DELETE strategy/{name}: the name is ignored, but without a body the server fails (D3-37)."""
    if sent_body() is ABSENT:
        raise Refusal(500, current().wire.text("forceless_delete"))
    return delete_strategy(kind)


def create_by_name(kind: Kind, name: str) -> Response:  # noqa: ARG001 - the name is accepted and refused
    """POST strategy/{name}: refused, whatever the body says."""
    sent_body()
    raise Refusal(400, current().wire.text("bad_request"))


def act_by_name(kind: Kind, name: str) -> Response:  # noqa: ARG001 - the name is accepted and ignored
    """POST strategy/actions/{name} and strategy/{name}/actions: the name is ignored."""
    return act_on_strategy(kind)
