"""Mutants that answer with other codes than the documented ones."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from reference_server.mutants.layers import Clean, answering, behaving
from reference_server.mutants.mutant import Mutant
from reference_server.mutants.traffic import Answer, Asked, json_answer, refusal

_STRATEGIES: Final = ("/api/orchestration/sw-patch/strategy", "/api/orchestration/sw-upgrade/strategy")


def _in_place_of(documented: int, status: int, **wanted: str) -> Callable[[Asked, Answer], Answer]:
    """That status where the clean server gives the documented one; `wanted` are attributes of the request."""

    def edit(asked: Asked, answer: Answer) -> Answer:
        is_it = answer.status == documented and all(getattr(asked, name) == value for name, value in wanted.items())
        return answer.with_status(status) if is_it else answer

    return edit


def _stage_status(asked: Asked, answer: Answer) -> Answer:
    paused = asked.action == "apply-stage" and asked.members.get("stage-id") not in ("0", 0)
    return answer.with_status(200) if paused and answer.succeeded else answer


def _delete_with_object(asked: Asked, answer: Answer) -> Answer:
    return json_answer({}) if asked.role == "delete" and answer.succeeded else answer


def _delete_upgrade_status(asked: Asked, clean: Clean) -> Answer:
    strategy = clean.strategy(asked.kind)
    answer = clean.send(asked)
    is_it = asked.role == "delete" and asked.kind == "sw-upgrade" and strategy is not None
    if is_it and strategy is not None and strategy.state == "applied" and answer.succeeded:
        return answer.with_status(202)
    return answer


def _delete_with_document(asked: Asked, clean: Clean) -> Answer:
    last = clean.shown(asked.kind) if asked.role == "delete" else None
    answer = clean.send(asked)
    is_it = last is not None and last.succeeded and answer.succeeded
    return answer.with_body(last.body) if is_it and last is not None else answer


def _put_as_get(asked: Asked, clean: Clean) -> Answer:
    return clean.send(replace(asked, method="GET", body=b"") if asked.method == "PUT" else asked)


def _patch_on_links(asked: Asked, clean: Clean) -> Answer:
    is_it = asked.method == "PATCH" and "strategy" not in asked.path
    return clean.send(replace(asked, method="GET", body=b"") if is_it else asked)


def _get_of_actions(asked: Asked, answer: Answer) -> Answer:
    is_it = asked.method == "GET" and asked.path == f"{_STRATEGIES[1]}/actions"
    return json_answer({"actions": ["apply-all", "abort"]}) if is_it else answer


def _slash_fails(asked: Asked, answer: Answer) -> Answer:
    is_it = asked.role == "get" and asked.path.endswith("/")
    return refusal(500, "list index out of range") if is_it else answer


def _unknown_path_fails(asked: Asked, answer: Answer) -> Answer:
    is_it = answer.status == 404 and not asked.role and asked.path.startswith("/api/orchestration")  # noqa: PLR2004
    return refusal(500, "no controller for this path") if is_it else answer


def _argument_fails(asked: Asked, answer: Answer) -> Answer:
    is_it = bool(asked.query) and asked.role == "get"
    return refusal(500, "get_all() got an unexpected keyword argument") if is_it else answer


def _xml_fails(asked: Asked, answer: Answer) -> Answer:
    is_it = asked.method == "GET" and "xml" in asked.headers.get("accept", "")
    return refusal(500, "no renderer for application/xml") if is_it else answer


def _wild_accept_refused(asked: Asked, answer: Answer) -> Answer:
    is_it = asked.path == "/api" and asked.headers.get("accept", "") == "*/*"
    return refusal(406, "nothing can be sent as */*") if is_it else answer


def _api_redirects(asked: Asked, answer: Answer) -> Answer:
    is_it = asked.method == "GET" and asked.path == "/api"
    return Answer(301, (("Location", "/api/"), ("Content-Type", "text/html")), b"moved") if is_it else answer


def _conflict_as_422(asked: Asked, answer: Answer) -> Answer:
    is_it = asked.role == "create" and answer.status == 409  # noqa: PLR2004
    return answer.with_status(422) if is_it else answer


def _upgrade_delete_missing(asked: Asked, clean: Clean) -> Answer:
    is_it = asked.role == "delete" and asked.kind == "sw-upgrade"
    text = "DELETE is not possible here, but GET, POST."
    return refusal(405, text).with_header("Allow", "GET, POST") if is_it else clean.send(asked)


STATUS: Final = (
    Mutant(
        name="upgrade-delete-not-offered",
        area="status",
        defect="DELETE is not offered for upgrade strategies.",
        breaks=("VIM-UDEL-001", "VIM-LIFE-077"),
        make=behaving(_upgrade_delete_missing),
    ),
    Mutant(
        name="create-201",
        area="status",
        defect="A create is answered 201.",
        breaks=("VIM-PPOST-002", "VIM-UPOST-002"),
        make=answering(_in_place_of(200, 201, role="create")),
    ),
    Mutant(
        name="upgrade-action-200",
        area="status",
        defect="An action on an upgrade strategy is answered 200.",
        breaks=("VIM-UACT-002",),
        make=answering(_in_place_of(202, 200, kind="sw-upgrade")),
    ),
    Mutant(
        name="later-stage-200",
        area="status",
        defect="An apply-stage of any stage but the first is answered 200.",
        breaks=("VIM-PACT-002", "VIM-UACT-002"),
        make=answering(_stage_status),
    ),
    Mutant(
        name="delete-200",
        area="status",
        defect="A delete is answered 200 with an empty object.",
        breaks=("VIM-PDEL-002", "VIM-UDEL-002"),
        make=answering(_delete_with_object),
    ),
    Mutant(
        name="delete-of-applied-upgrade-202",
        area="status",
        defect="A delete of an upgrade strategy that has been applied is answered 202.",
        breaks=("VIM-UDEL-002",),
        make=behaving(_delete_upgrade_status),
    ),
    Mutant(
        name="delete-shows-strategy",
        area="status",
        defect="The 204 of a delete carries the document of the strategy that was deleted.",
        breaks=("VIM-PDEL-006", "VIM-UDEL-006"),
        make=behaving(_delete_with_document),
    ),
    Mutant(
        name="put-reads",
        area="status",
        defect="PUT is answered as GET.",
        breaks=("VIM-PGET-015", "VIM-UGET-015", "VIM-ROOT-013", "VIM-API-013"),
        make=behaving(_put_as_get),
    ),
    Mutant(
        name="patch-reads-links",
        area="status",
        defect="PATCH of a link document is answered as GET.",
        breaks=("VIM-ROOT-013", "VIM-API-013"),
        make=behaving(_patch_on_links),
    ),
    Mutant(
        name="upgrade-actions-listed",
        area="status",
        defect="GET of the actions of an upgrade strategy lists them.",
        breaks=("VIM-UACT-011",),
        make=answering(_get_of_actions),
    ),
    Mutant(
        name="trailing-slash-fails",
        area="status",
        defect="GET of a strategy whose path ends in a slash is answered 500.",
        breaks=("VIM-PGET-011", "VIM-UGET-011"),
        make=answering(_slash_fails),
    ),
    Mutant(
        name="unknown-path-fails",
        area="status",
        defect="An unknown path below /api/orchestration is answered 500.",
        breaks=("VIM-ORCH-011", "VIM-PATCH-011", "VIM-UPGRADE-011", "VIM-PGET-011", "VIM-UGET-011"),
        make=answering(_unknown_path_fails),
    ),
    Mutant(
        name="query-argument-fails",
        area="status",
        defect="GET of a strategy with an unknown query argument is answered 500.",
        breaks=("VIM-PGET-011", "VIM-UGET-011"),
        make=answering(_argument_fails),
    ),
    Mutant(
        name="accept-xml-fails",
        area="status",
        defect="A caller who would like XML is answered 500.",
        breaks=("VIM-ROOT-011", "VIM-API-011", "VIM-PGET-011", "VIM-UGET-011"),
        make=answering(_xml_fails),
    ),
    Mutant(
        name="any-media-type-refused",
        area="status",
        defect="GET of /api by a caller who takes every media type is answered 406.",
        breaks=("VIM-API-012",),
        make=answering(_wild_accept_refused),
    ),
    Mutant(
        name="api-redirects",
        area="status",
        defect="GET of /api is redirected to the path with a slash at its end.",
        breaks=("VIM-API-002", "VIM-API-012"),
        make=answering(_api_redirects),
    ),
    Mutant(
        name="conflict-422",
        area="status",
        defect="A create beside an existing strategy is answered 422.",
        breaks=("VIM-PPOST-009", "VIM-UPOST-009", "VIM-LIFE-081", "VIM-LIFE-082"),
        make=answering(_conflict_as_422),
    ),
)
