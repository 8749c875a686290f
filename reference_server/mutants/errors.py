"""Mutants that tell errors as successes, successes as errors, or in bodies that nobody can read."""

from typing import Final

from reference_server.mutants.layers import Clean, answering, behaving
from reference_server.mutants.mutant import Mutant
from reference_server.mutants.traffic import Answer, Asked, refusal

_CONFLICT: Final = 409
_LARGE: Final = 4096


def _faults_as_success(asked: Asked, answer: Answer) -> Answer:
    is_it = answer.status == _CONFLICT and asked.role == "act"
    return answer.with_status(200) if is_it else answer


def _refused_delete_as_success(asked: Asked, answer: Answer) -> Answer:
    is_it = answer.status == _CONFLICT and asked.role == "delete"
    return answer.with_status(204).with_body(b"").with_header("Content-Type", None) if is_it else answer


def _refused_action_404(asked: Asked, answer: Answer) -> Answer:
    is_it = answer.status == _CONFLICT and asked.role == "act"
    return answer.with_status(404) if is_it else answer


def _conflict_500(asked: Asked, answer: Answer) -> Answer:
    is_it = answer.status == _CONFLICT and asked.role == "create" and asked.kind == "sw-upgrade"
    return refusal(500, "strategy already exists") if is_it else answer


def _absent_400(asked: Asked, answer: Answer) -> Answer:
    is_it = answer.status == 404 and asked.role == "get"  # noqa: PLR2004 - the status itself
    return answer.with_status(400) if is_it else answer


def _absent_409(asked: Asked, answer: Answer) -> Answer:
    is_it = answer.status == 404 and asked.role == "act"  # noqa: PLR2004 - the status itself
    return answer.with_status(409) if is_it else answer


def _announced_as_html(asked: Asked, answer: Answer) -> Answer:
    is_it = asked.role == "get" and answer.succeeded
    return answer.with_header("Content-Type", "text/html; charset=utf-8") if is_it else answer


def _announced_as_text(asked: Asked, answer: Answer) -> Answer:
    is_it = asked.role == "act" and answer.succeeded
    return answer.with_header("Content-Type", "text/plain") if is_it else answer


def _unannounced(asked: Asked, answer: Answer) -> Answer:
    return answer.with_header("Content-Type", None) if asked.path == "/" and answer.succeeded else answer


def _cut_off(asked: Asked, answer: Answer) -> Answer:
    is_it = asked.role == "get" and answer.succeeded and len(answer.body) > _LARGE
    return answer.with_body(answer.body[:_LARGE]) if is_it else answer


def _not_a_number(asked: Asked, answer: Answer) -> Answer:
    is_it = asked.role == "get" and answer.succeeded and b'"state":"building"' in answer.body
    head, sign, tail = answer.body.partition(b'"current-phase-completion-percentage":0')
    return answer.with_body(head + sign[:-1] + b"NaN" + tail) if is_it else answer


def _done_and_denied(asked: Asked, clean: Clean) -> Answer:
    answer = clean.send(asked)
    is_it = asked.action == "apply-all" and asked.kind == "sw-upgrade" and answer.succeeded
    return refusal(409, "apply-all is not possible now") if is_it else answer


def _accepted_as_refused_create(asked: Asked, clean: Clean) -> Answer:
    answer = clean.send(asked)
    is_it = asked.role == "create" and answer.succeeded and asked.members.get("worker-apply-type") == "parallel"
    return refusal(400, "worker-apply-type: not in the list") if is_it else answer


ERRORS: Final = (
    Mutant(
        name="refused-action-200",
        area="errors",
        defect="An action that was refused is answered 200 with the fault.",
        breaks=("VIM-PACT-002", "VIM-UACT-002", "VIM-LIFE-060", "VIM-LIFE-066"),
        make=answering(_faults_as_success),
    ),
    Mutant(
        name="refused-delete-204",
        area="errors",
        defect="A delete that was refused is answered 204.",
        breaks=("VIM-LIFE-078", "VIM-LIFE-080"),
        make=answering(_refused_delete_as_success),
    ),
    Mutant(
        name="refused-action-404",
        area="errors",
        defect="An action that was refused is answered 404, as if there were no strategy.",
        breaks=("VIM-LIFE-058", "VIM-LIFE-059", "VIM-LIFE-060", "VIM-LIFE-066", "VIM-LIFE-070"),
        make=answering(_refused_action_404),
    ),
    Mutant(
        name="upgrade-conflict-500",
        area="errors",
        defect="The create of an upgrade strategy beside an existing strategy is answered 500.",
        breaks=("VIM-UPOST-010",),
        make=answering(_conflict_500),
    ),
    Mutant(
        name="absent-strategy-400",
        area="errors",
        defect="GET is answered 400 while there is no strategy.",
        breaks=("VIM-PGET-012", "VIM-PGET-016", "VIM-UGET-012", "VIM-UGET-016"),
        make=answering(_absent_400),
    ),
    Mutant(
        name="absent-strategy-action-409",
        area="errors",
        defect="An action is answered 409 while there is no strategy.",
        breaks=("VIM-PACT-025", "VIM-UACT-025"),
        make=answering(_absent_409),
    ),
    Mutant(
        name="strategy-as-html",
        area="errors",
        defect="The strategy that GET shows is announced as HTML.",
        breaks=("VIM-PGET-017", "VIM-UGET-017"),
        make=answering(_announced_as_html),
    ),
    Mutant(
        name="action-answer-as-text",
        area="errors",
        defect="The answer to an action is announced as plain text.",
        breaks=("VIM-PACT-026", "VIM-UACT-026"),
        make=answering(_announced_as_text),
    ),
    Mutant(
        name="root-unannounced",
        area="errors",
        defect="The document of / has no Content-Type.",
        breaks=("VIM-ROOT-015",),
        make=answering(_unannounced),
    ),
    Mutant(
        name="large-document-cut-off",
        area="errors",
        defect="A strategy whose document is larger than 4096 bytes is cut off there.",
        breaks=("VIM-PGET-017", "VIM-UGET-017"),
        make=answering(_cut_off),
    ),
    Mutant(
        name="percentage-not-a-number",
        area="errors",
        defect="The percentage of a strategy that is being built is NaN, which is no JSON.",
        breaks=("VIM-PGET-017", "VIM-UGET-017"),
        make=answering(_not_a_number),
    ),
    Mutant(
        name="apply-denied-and-done",
        area="errors",
        defect="An apply-all of an upgrade strategy is answered 409 and carried out.",
        breaks=("VIM-LIFE-054", "VIM-GEN-004"),
        make=behaving(_done_and_denied),
    ),
    Mutant(
        name="create-denied-and-done",
        area="errors",
        defect="A create with parallel workers is answered 400, and the strategy is there.",
        breaks=("VIM-LIFE-084", "VIM-PPOST-024", "VIM-UPOST-019", "VIM-PGET-012", "VIM-UGET-012"),
        make=behaving(_accepted_as_refused_create),
    ),
)
