"""What a release does on the wire, as frozen values read from the `wire:` section of a rulebook.

The engine knows nothing of these; the Flask shell knows no release by name. Every choice is one member with its source:
PUBLISHED.md column S, REAL-VIM.md 2, RELEASES.md 2 to 6 and 8 (deviations D3-NN), ENGINE.md appendix B (quirks BN).
"""

import string
from collections.abc import Mapping
from dataclasses import dataclass, fields
from types import MappingProxyType
from typing import Any, Final, Literal

from reference_server.engine.words import Kind
from reference_server.memberrules import TABLE_SCHEMA, MemberRules, member_rules, unknown_words
from spec.documents import DocumentError, check

CURRENT: Final = "current-strategy"
"""What stands beside the kinds in paths and links, without being one."""

# Texts of faults, with the names that each may put in braces. A rulebook gives every one of them.
TEXTS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "body_missing": (),
        "body_not_utf8": (),
        "body_not_json": (),
        "body_too_deep": (),
        "body_too_large": ("limit",),
        "media_type": ("media_type",),
        "not_an_object": ("json_type", "python_type"),
        "unknown_member": ("members",),
        "missing_member": ("member", "words"),
        "wrong_word": ("member", "value", "words"),
        "wrong_number": ("member", "value"),
        "container_number": ("member", "python_type"),
        "number_range": ("member", "low", "high"),
        "wrong_boolean": ("member", "value"),
        "wrong_text": ("member", "value"),
        "wrong_form": ("member", "value"),
        "null_text": ("member",),
        "member_unset": ("member",),
        "member_alone": ("member", "needed"),
        "stage_missing": ("action",),
        "no_strategy": ("kind",),
        "strategy_exists": ("kind",),
        "refused_delete": ("reason",),
        "refused_action": ("action", "reason"),
        "wrong_uuid": ("uuid",),
        "forceless_delete": (),
        "unknown_argument": ("arguments",),
        "not_acceptable": ("accept",),
        "no_route": ("path",),
        "wrong_method": ("method", "allowed"),
        "bad_request": (),
        "server_error": (),
        "wrong_token": ("header",),
        "wrong_role": ("roles",),
        "nobody_to_ask": (),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class WireRules:
    """The choices of one release. Statuses are HTTP status codes."""

    # What there is to orchestrate.
    kinds: tuple[Kind, ...]  # in the order of their links (RELEASES.md 2)
    current_strategy: bool  # the document and the one look of current-strategy

    # What the engine's answers look like.
    refused_action: Literal[400, 403, 409, 500]  # an apply that the state does not allow (B6, D3-03)
    refused_abort: Literal[400, 403, 409, 500]  # the same of an abort
    absent_strategy: Literal["not-found", "empty"]  # GET when there is none of that kind (B7, D3-04)
    named_kinds: tuple[Kind, ...]  # kinds whose documents carry `name` (D3-10)
    phase_response: bool  # phases have a member `response`
    strategy_members: Mapping[Kind, Mapping[str, str]]  # further members, and which option of the request they show
    spellings: Mapping[str, str]  # members and stages with another name than elsewhere, in bodies and documents
    links_members: Mapping[str, str]  # link documents that have their links under another name

    # Paths, methods and headers.
    strategy_by_uuid: bool  # strategy/{anything} is routed, and no uuid is ever found (B7, D3-20)
    loose_paths: bool  # doubled slashes and the suffixes .json and .xml are understood
    link_method_with_slash: Literal[404, 405]  # another method than GET on a link document whose path ends in a slash
    routing_faults: Literal["json", "webob"]  # shape of 404, 405, 406 (D3-22)
    query_arguments: Literal["ignored", "refused"]
    method_override: Literal["ignored", "understood"]  # ?_method=, as pecan does for the strategy resources
    accept: Literal["ignored", "negotiated"]  # negotiated: JSON, XML, else 406 (D3-23)
    get_bodies: Literal["ignored", "refused"]  # the members of a body sent with GET
    forwarded_proto: bool  # X-Forwarded-Proto: https makes https links
    api_links: tuple[tuple[str, str], ...]  # rel and path of the links in /api (D3-18)
    further_documents: Mapping[
        str, tuple[tuple[str, str], ...]
    ]  # id -> links of documents below /api that the reference lacks

    # Who may call, where the server asks (RELEASES.md 6); who it is is decided before routing.
    refused_token: Literal[401, 403]  # no token, an unknown one, an expired one (D3-01, D3-21)
    unknown_caller: Literal[403, 503]  # nobody can be asked who calls
    refused_callers: Literal["fault", "empty"]  # what is said to them
    refused_roles: Literal["fault", "empty", "routing"]  # what is said to those without a role: 403
    roles: Mapping[str, tuple[str, ...]]  # by what the request is about: any of these roles will do
    projects: tuple[str, ...]  # in one of which the roles have to be; none: in any
    roles_after_routing: bool  # unknown paths and methods are told to callers without a role
    oidc_tokens: bool  # without X-Auth-Token the header OIDC-Token is looked at

    # Bodies as a whole.
    body_limit: int | None  # bytes; larger is 413
    media_types: tuple[str, ...]
    media_types_ignore_case: bool
    wrong_media_type: Literal[400, 415]
    odd_media_types: Mapping[str, int]  # refused media types with a status of their own
    delete_body: Literal["optional", "mandatory"]  # D3-08
    broken_encoding: Literal["fault", "routing"]  # shape of the 400 for bytes that are not UTF-8
    too_deep: Literal[400, 500]  # D3-38
    not_an_object: Literal[400, 500]  # D3-31

    # Members.
    null_word: Literal["refused", "silent"]  # null in an enum member (B15, D3-33)
    container_word: Literal["refused", "silent"]  # a list or object in an enum member (D3-35)
    numbers: Literal["strict", "coerced"]  # coerced: numeric text, fractions, booleans (D3-34)
    null_number: Literal[400, 500]
    container_number: Literal[400, 500]  # D3-32, D3-36
    huge_number: Literal[400, 500]  # of more than 64 bits
    booleans: Literal["strict", "coerced"]
    text_type: Literal["unicode", "str"]  # what the language of the server calls a text
    creates: Mapping[Kind, MemberRules]  # the members of a create body (D3-11, D3-12, D3-14, D3-15)
    null_stage_id: Literal["refused", "whole"]  # D3-13
    stage_id_of_whole_actions: Literal["ignored", "honoured"]  # stage-id beside apply-all or abort (B8, D3-17)

    texts: Mapping[str, str]

    @classmethod
    def from_mapping(cls, value: Mapping[str, Any], *, name: str = "wire") -> "WireRules":
        """The rules in a mapping from every member of this class. Raises DocumentError: missing, unknown, wrong."""
        check(value, WIRE_SCHEMA, name=name)
        _check_kinds(value, name)
        _check_texts(value["texts"], name)
        built = {key: _tuple(member) for key, member in value.items()}
        built["kinds"] = tuple(Kind(kind) for kind in value["kinds"])
        built["named_kinds"] = tuple(Kind(kind) for kind in value["named_kinds"])
        built["strategy_members"] = MappingProxyType(
            {Kind(kind): MappingProxyType(dict(members)) for kind, members in value["strategy_members"].items()}
        )
        built["spellings"] = MappingProxyType(dict(value["spellings"]))
        built["links_members"] = MappingProxyType(dict(value["links_members"]))
        built["creates"] = MappingProxyType({kind: member_rules(value["creates"][kind]) for kind in built["kinds"]})
        built["roles"] = MappingProxyType({subject: tuple(roles) for subject, roles in value["roles"].items()})
        built["api_links"] = _links(value["api_links"])
        documents = {document["id"]: _links(document["links"]) for document in value["further_documents"]}
        built["further_documents"] = MappingProxyType(documents)
        built["odd_media_types"] = MappingProxyType({odd["type"]: odd["status"] for odd in value["odd_media_types"]})
        built["texts"] = MappingProxyType(dict(value["texts"]))
        return cls(**built)

    def spelled(self, name: str) -> str:
        """A member or the name of a stage as this release writes it."""
        return self.spellings.get(name, name)

    def text(self, key: str, **names: object) -> str:
        """The fault text of a situation with its names filled in."""
        return self.texts[key].format(**names)


def _tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _links(links: list[dict[str, str]]) -> tuple[tuple[str, str], ...]:
    return tuple((link["rel"], link["path"]) for link in links)


def _check_kinds(value: Mapping[str, Any], name: str) -> None:
    """Every kind has a table of members, and no other is named. Raises DocumentError."""
    kinds = value["kinds"]
    for kind in kinds:
        if kind not in value["creates"]:
            raise DocumentError(f"{name}: /creates: there is no table for {kind}, which is one of the kinds")
        for member in unknown_words(value["creates"][kind]):
            raise DocumentError(
                f"{name}: /creates/{kind}/{member}: the engine does not know these words; only what is read as a word "
                "has words, and it needs some"
            )
    for section in ("named_kinds", "strategy_members"):
        for kind in value[section]:
            if kind not in kinds:
                raise DocumentError(f"{name}: /{section}: {kind} is none of the kinds {', '.join(kinds)}")


def _check_texts(texts: Mapping[str, str], name: str) -> None:
    """Every brace in a text names something that the situation knows. Raises DocumentError."""
    for key, text in texts.items():
        try:
            parts = list(string.Formatter().parse(text))
        except ValueError as error:
            raise DocumentError(f"{name}: /texts/{key}: {error}; write a brace that is meant as text twice") from error
        for _, used, form, conversion in parts:
            if used is not None and (used not in TEXTS[key] or form or conversion):
                known = ", ".join(f"{{{word}}}" for word in TEXTS[key]) or "nothing"
                raise DocumentError(
                    f"{name}: /texts/{key}: {{{used}}} cannot stand there; in braces it may name {known}"
                )


def _one_of(*values: object) -> dict[str, Any]:
    return {"enum": [str(value) if isinstance(value, str) else value for value in values]}


def _closed(**properties: object) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": False, "required": list(properties), "properties": properties}


_BOOLEAN: Final = {"type": "boolean"}
_WORDS: Final = {"type": "array", "items": {"type": "string", "minLength": 1}, "uniqueItems": True}
_ROLES: Final = {**_WORDS, "minItems": 1}
_PATH: Final = {"type": "string", "pattern": "^/([a-z-]+/)*$"}
_LINKS: Final = {"type": "array", "minItems": 1, "items": _closed(rel={"type": "string", "minLength": 1}, path=_PATH)}
_KINDS: Final = {**_WORDS, "items": _one_of(*Kind)}
_NAMES: Final = {"type": "object", "additionalProperties": {"type": "string", "minLength": 1}}


def _by_kind(schema: object) -> dict[str, Any]:
    return {"type": "object", "propertyNames": _one_of(*Kind), "additionalProperties": schema}


# JSON Schema (2020-12) of the `wire:` section.
WIRE_SCHEMA: Final[dict[str, Any]] = {
    "type": "object",
    "additionalProperties": False,
    "required": [field.name for field in fields(WireRules)],
    "properties": {
        "kinds": {**_KINDS, "minItems": 1},
        "current_strategy": _BOOLEAN,
        "refused_action": _one_of(400, 403, 409, 500),
        "refused_abort": _one_of(400, 403, 409, 500),
        "absent_strategy": _one_of("not-found", "empty"),
        "named_kinds": _KINDS,
        "phase_response": _BOOLEAN,
        "strategy_members": _by_kind(_NAMES),
        "spellings": _NAMES,
        "links_members": _NAMES,
        "strategy_by_uuid": _BOOLEAN,
        "loose_paths": _BOOLEAN,
        "link_method_with_slash": _one_of(404, 405),
        "routing_faults": _one_of("json", "webob"),
        "query_arguments": _one_of("ignored", "refused"),
        "method_override": _one_of("ignored", "understood"),
        "accept": _one_of("ignored", "negotiated"),
        "get_bodies": _one_of("ignored", "refused"),
        "forwarded_proto": _BOOLEAN,
        "api_links": _LINKS,
        "further_documents": {
            "type": "array",
            "items": _closed(id={"type": "string", "pattern": "^[a-z-]+$"}, links=_LINKS),
        },
        "refused_token": _one_of(401, 403),
        "unknown_caller": _one_of(403, 503),
        "refused_callers": _one_of("fault", "empty"),
        "refused_roles": _one_of("fault", "empty", "routing"),
        "projects": _WORDS,
        "roles_after_routing": _BOOLEAN,
        "oidc_tokens": _BOOLEAN,
        "roles": _closed(documents=_ROLES, strategies=_ROLES, writes=_ROLES),
        "body_limit": {"type": ["integer", "null"], "minimum": 1},
        "media_types": {**_WORDS, "minItems": 1},
        "media_types_ignore_case": _BOOLEAN,
        "wrong_media_type": _one_of(400, 415),
        "odd_media_types": {
            "type": "array",
            "items": _closed(
                type={"type": "string", "minLength": 1}, status={"type": "integer", "minimum": 400, "maximum": 599}
            ),
        },
        "delete_body": _one_of("optional", "mandatory"),
        "broken_encoding": _one_of("fault", "routing"),
        "too_deep": _one_of(400, 500),
        "not_an_object": _one_of(400, 500),
        "null_word": _one_of("refused", "silent"),
        "container_word": _one_of("refused", "silent"),
        "numbers": _one_of("strict", "coerced"),
        "null_number": _one_of(400, 500),
        "container_number": _one_of(400, 500),
        "huge_number": _one_of(400, 500),
        "booleans": _one_of("strict", "coerced"),
        "text_type": _one_of("unicode", "str"),
        "creates": _by_kind(TABLE_SCHEMA),
        "null_stage_id": _one_of("refused", "whole"),
        "stage_id_of_whole_actions": _one_of("ignored", "honoured"),
        "texts": {
            "type": "object",
            "additionalProperties": False,
            "required": list(TEXTS),
            "properties": {key: {"type": "string", "minLength": 1} for key in TEXTS},
        },
    },
}
