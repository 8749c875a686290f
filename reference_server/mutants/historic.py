"""Mutants with what real releases were seen to do on the wire, one thing each."""

from typing import Final

from reference_server.engine.words import ApplyType, Kind
from reference_server.mutants.layers import Clean, behaving, linking, ruled, taking
from reference_server.mutants.mutant import Mutant
from reference_server.mutants.traffic import Answer, Asked, Members, refusal

_OPTIONAL: Final = ("max-parallel-worker-hosts", "alarm-restrictions")


def _misspelled_links(document: Members) -> None:
    document["Plinks"] = document.pop("links")


def _optional_demanded(asked: Asked, clean: Clean) -> Answer:
    is_it = asked.role == "create" and asked.kind == "sw-upgrade" and isinstance(asked.json, dict) and asked.json
    if is_it and not set(_OPTIONAL) <= asked.members.keys():
        return refusal(500, "'Unset' object has no attribute 'lower'")
    return clean.send(asked)


HISTORIC: Final = (
    Mutant(
        name="plinks",
        area="historic",
        defect="The links of the document of /api/orchestration/sw-upgrade are called Plinks.",
        breaks=("VIM-UPGRADE-016", "VIM-UPGRADE-018"),
        make=linking("/api/orchestration/sw-upgrade", _misspelled_links),
        source="RELEASES.md: a typo of a formatting commit, in the document of a later kind of strategy",
    ),
    Mutant(
        name="omitted-optional-member-500",
        area="historic",
        defect="The create of an upgrade strategy that leaves out an optional member is answered 500.",
        breaks=("VIM-UPOST-010", "VIM-UPOST-022", "VIM-UPOST-029"),
        make=behaving(_optional_demanded),
        source="RELEASES.md 8, 10.0.0: documented members alone are answered 500 unless others are sent",
    ),
    Mutant(
        name="refused-action-500",
        area="historic",
        defect="An action that the state does not allow is answered 500.",
        breaks=("VIM-PACT-010", "VIM-UACT-010"),
        make=ruled(wire={"refused_action": 500}),
        source="D3-03",
    ),
    Mutant(
        name="absent-strategy-null",
        area="historic",
        defect="GET is answered 200 with null for the strategy while there is none.",
        breaks=("VIM-PGET-012", "VIM-UGET-012"),
        make=ruled(wire={"absent_strategy": "empty"}),
        source="D3-04",
    ),
    Mutant(
        name="delete-demands-body",
        area="historic",
        defect="A delete without a body is answered 400.",
        breaks=("VIM-PDEL-005", "VIM-UDEL-005"),
        make=ruled(wire={"delete_body": "mandatory"}),
        source="D3-08",
    ),
    Mutant(
        name="swift-apply-type-optional",
        area="historic",
        defect="A patch strategy without swift-apply-type is created, as if it said ignore.",
        breaks=("VIM-PPOST-034",),
        make=taking(Kind.SW_PATCH, "swift-apply-type", mandatory=False, default="ignore"),
        source="D3-11",
    ),
    Mutant(
        name="null-stage-means-all",
        area="historic",
        defect="A stage-id of null is taken for the whole strategy.",
        breaks=("VIM-PACT-018", "VIM-UACT-018"),
        make=ruled(wire={"null_stage_id": "whole"}),
        source="D3-13",
    ),
    Mutant(
        name="parallel-controllers-taken",
        area="historic",
        defect="A controller-apply-type of parallel is taken, and the build fails.",
        breaks=("VIM-PPOST-015",),
        make=taking(Kind.SW_PATCH, "controller-apply-type", words=tuple(ApplyType)),
        source="D3-14",
    ),
    Mutant(
        name="no-object-500",
        area="historic",
        defect="A body that is JSON but no object is answered 500.",
        breaks=("VIM-PPOST-010", "VIM-PACT-010", "VIM-UPOST-010", "VIM-UACT-010"),
        make=ruled(wire={"not_an_object": 500}),
        source="D3-31",
    ),
    Mutant(
        name="container-for-number-500",
        area="historic",
        defect="A list or an object where a number is expected is answered 500.",
        breaks=("VIM-PPOST-010", "VIM-PACT-010", "VIM-UPOST-010", "VIM-UACT-010"),
        make=ruled(wire={"container_number": 500, "numbers": "coerced"}),
        source="D3-32, D3-36; in that release numbers are coerced as well",
    ),
    Mutant(
        name="null-for-word",
        area="historic",
        defect="Null is taken for a word, as if the most permissive one had been said.",
        breaks=("VIM-PPOST-013", "VIM-PPOST-018", "VIM-UPOST-013", "VIM-UPOST-030"),
        make=ruled(wire={"null_word": "silent"}),
        source="D3-33",
    ),
    Mutant(
        name="numbers-coerced",
        area="historic",
        defect="Texts of digits and fractions are taken for integers.",
        breaks=("VIM-PPOST-028", "VIM-UPOST-023", "VIM-PACT-018", "VIM-UACT-018"),
        make=ruled(wire={"numbers": "coerced"}),
        source="D3-34",
    ),
    Mutant(
        name="container-for-word",
        area="historic",
        defect="A list or an object is taken for a word, as if the most permissive one had been said.",
        breaks=("VIM-PPOST-013", "VIM-PPOST-018", "VIM-UPOST-013", "VIM-UPOST-030"),
        make=ruled(wire={"container_word": "silent"}),
        source="D3-35",
    ),
    Mutant(
        name="deep-json-500",
        area="historic",
        defect="A body that is nested very deeply is answered 500 in plain text.",
        breaks=("VIM-PPOST-010", "VIM-PACT-010", "VIM-UPOST-010", "VIM-UACT-010"),
        make=ruled(wire={"too_deep": 500}),
        source="D3-38",
    ),
)
