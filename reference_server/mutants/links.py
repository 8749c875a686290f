"""Mutants whose link documents lead elsewhere, or nowhere."""

from typing import Final

from reference_server.mutants.layers import answering, linking
from reference_server.mutants.mutant import Mutant
from reference_server.mutants.traffic import Answer, Asked, Members

_ORCHESTRATION: Final = "/api/orchestration"


def _orchestration_link_lost(document: Members) -> None:
    for version in document["versions"]:
        version["links"] = [link for link in version["links"] if link["rel"] != "orchestration"]


def _version_as_object(document: Members) -> None:
    document["versions"] = document["versions"][0]


def _version_current(document: Members) -> None:
    document["versions"][0]["status"] = "CURRENT"


def _root_renamed(document: Members) -> None:
    document["name"] = "nfv"


def _id_with_underscore(document: Members) -> None:
    document["id"] = "sw_patch"


def _patch_link_twice(document: Members) -> None:
    for link in document["links"]:
        link["href"] = link["href"].replace("sw-upgrade", "sw-patch")


def _links_as_object(document: Members) -> None:
    document["links"] = {link["rel"]: link["href"] for link in document["links"]}


def _self_leads_up(document: Members) -> None:
    for link in document["links"]:
        if link["rel"] == "self":
            link["href"] = link["href"].removesuffix("sw-patch/")


def _without_links_below_a_slash(asked: Asked, answer: Answer) -> Answer:
    if asked.path != f"{_ORCHESTRATION}/" or not answer.succeeded:
        return answer
    return answer.with_json({**answer.json, "links": []})


LINKS: Final = (
    Mutant(
        name="orchestration-link-missing",
        area="links",
        defect="The version in the document of /api has no link orchestration.",
        breaks=("VIM-API-018",),
        make=linking("/api", _orchestration_link_lost),
    ),
    Mutant(
        name="version-as-object",
        area="links",
        defect="The versions in the document of /api are an object, as there is only one.",
        breaks=("VIM-API-016",),
        make=linking("/api", _version_as_object),
    ),
    Mutant(
        name="version-current",
        area="links",
        defect="The version in the document of /api has the status CURRENT.",
        breaks=("VIM-API-017",),
        make=linking("/api", _version_current),
    ),
    Mutant(
        name="root-renamed",
        area="links",
        defect="The document of / carries the name nfv.",
        breaks=("VIM-ROOT-017",),
        make=linking("/", _root_renamed),
    ),
    Mutant(
        name="patch-id-with-underscore",
        area="links",
        defect="The document of /api/orchestration/sw-patch carries the id sw_patch.",
        breaks=("VIM-PATCH-017",),
        make=linking(f"{_ORCHESTRATION}/sw-patch", _id_with_underscore),
    ),
    Mutant(
        name="upgrade-links-to-patch",
        area="links",
        defect="The links of /api/orchestration/sw-upgrade lead to the patch strategy.",
        breaks=("VIM-UPGRADE-018",),
        make=linking(f"{_ORCHESTRATION}/sw-upgrade", _patch_link_twice),
    ),
    Mutant(
        name="orchestration-upgrade-to-patch",
        area="links",
        defect="The link sw-upgrade of /api/orchestration leads to the patch strategies.",
        breaks=("VIM-ORCH-018",),
        make=linking(_ORCHESTRATION, _patch_link_twice),
    ),
    Mutant(
        name="links-as-object",
        area="links",
        defect="The links of /api/orchestration/sw-upgrade are an object by relation instead of a list.",
        breaks=("VIM-UPGRADE-016", "VIM-UPGRADE-018"),
        make=linking(f"{_ORCHESTRATION}/sw-upgrade", _links_as_object),
    ),
    Mutant(
        name="self-leads-up",
        area="links",
        defect="The link self of /api/orchestration/sw-patch leads to the document above it.",
        breaks=("VIM-PATCH-018",),
        make=linking(f"{_ORCHESTRATION}/sw-patch", _self_leads_up),
    ),
    Mutant(
        name="links-lost-behind-a-slash",
        area="links",
        defect="The document of /api/orchestration has no links when its path ends in a slash.",
        breaks=("VIM-ORCH-018",),
        make=answering(_without_links_below_a_slash),
    ),
)
