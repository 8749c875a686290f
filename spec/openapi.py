"""Reads a parsed OpenAPI document into the frozen contract, and says where the document does not hold together."""

import json
import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final

import jsonschema_rs

from spec.contract import Contract, Example, Operation
from spec.schema import Schema

type Document = Mapping[str, Any]

METHODS: Final = ("get", "put", "post", "delete", "options", "head", "patch", "trace")  # of an OpenAPI path item
JSON: Final = "application/json"

# A path of a kind of strategy, and the kind; a kind is what a strategy can be created of.
_KIND: Final = re.compile(r"^/api/orchestration/(?P<kind>[a-z-]+)(?:/strategy(?:/actions)?)?$")
_CREATING: Final = "/strategy"
_REFERENCE: Final = re.compile(r"^#/components/(?P<section>\w+)/(?P<name>[\w.-]+)$")


class ContractDefectError(Exception):
    """The contract itself is wrong. `place` is the path of members to the spot, the text says what to write there."""

    def __init__(self, place: tuple[str | int, ...], message: str) -> None:
        super().__init__(message)
        self.place = place


def contract_of(document: Document, digest: str) -> Contract:
    """The contract of a parsed OpenAPI document.

    Raises ContractDefectError where the document does not hold together.
    """
    _refuse_dangling(document)
    kinds = _kinds(document)
    operations = tuple(_operations(document, kinds))
    _refuse_twins(document, operations)
    bodies = _Bodies(document)
    return Contract(
        version=str(document["info"]["version"]),
        digest=digest,
        kinds=kinds,
        operations=operations,
        examples=tuple(_examples(document, operations)),
        _text=json.dumps(document),
        _routes=_routes(operations),
        _schemas=bodies.schemas,
        _bodies=MappingProxyType(dict(bodies.requests(operations))),
        _answers=MappingProxyType(dict(bodies.answers(operations))),
    )


def resolved(document: Document, value: Document) -> tuple[Document, str | None]:
    """What an object or a reference to a component stands for, and the component's name if it was a reference."""
    reference = value.get("$ref")
    if reference is None:
        return value, None
    target = _target(document, reference)
    return target, str(reference).rpartition("/")[2]


def _target(document: Document, reference: Any) -> Any:
    """The component that a reference names, None when there is none."""
    found = _REFERENCE.match(str(reference))
    return document.get("components", {}).get(found["section"], {}).get(found["name"]) if found else None


def _refuse_dangling(document: Document) -> None:
    for place, reference in _references(document, ()):
        if _target(document, reference) is None:
            hint = "name one of the components, as #/components/SECTION/NAME"
            raise ContractDefectError(place, f"the reference {reference!r} leads nowhere; {hint}")


def _references(value: Any, place: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    """Every reference in the document with its place; the documents of the reference are data and have none."""
    if place[:2] == ("components", "examples"):
        return
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, member in members:
        if name == "$ref":
            yield (*place, name), member
        yield from _references(member, (*place, name))


def _kinds(document: Document) -> tuple[str, ...]:
    """The kinds of strategy in the order of the tags of the document, which is that of its list of kinds."""
    found = [
        match["kind"]
        for path, item in document["paths"].items()
        if path.endswith(_CREATING) and "post" in item and (match := _KIND.match(path))
    ]
    tags = [tag["name"] for tag in document.get("tags", ())]
    return tuple(sorted(found, key=lambda kind: tags.index(kind) if kind in tags else len(tags)))


def _operations(document: Document, kinds: tuple[str, ...]) -> Iterator[Operation]:
    for path, item in document["paths"].items():
        match = _KIND.match(path)
        kind = match["kind"] if match and match["kind"] in kinds else None
        for method in METHODS:
            if method in item:
                yield _operation(path, kind, method, item[method])


def _operation(path: str, kind: str | None, method: str, value: Document) -> Operation:
    place = ("paths", path, method)
    statuses = frozenset(map(int, value["responses"]))
    silent = frozenset(value.get("x-silent", ()))
    good = sorted(status for status in statuses if 200 <= status < 300)  # noqa: PLR2004 - the successful statuses of HTTP
    if len(good) != 1:
        problem = f"write exactly one status of success; these stand here: {good or 'none'}"
        raise ContractDefectError((*place, "responses"), problem)
    if not silent < statuses:
        problem = f"{sorted(silent - statuses)} stand not among the responses; add them there or drop them here"
        raise ContractDefectError((*place, "x-silent"), problem)
    body = value.get("requestBody")
    return Operation(
        operation_id=value["operationId"],
        method=method.upper(),
        path=path,
        kind=kind,
        success=good[0],
        statuses=statuses,
        silent=silent,
        body="none" if body is None else "required" if body.get("required") else "optional",
        summary=value.get("summary", ""),
        source=value.get("x-source", ""),
    )


def _refuse_twins(document: Document, operations: tuple[Operation, ...]) -> None:
    seen: set[str] = set()
    for operation in operations:
        if operation.operation_id in seen:
            place = ("paths", operation.path, operation.method.lower(), "operationId")
            raise ContractDefectError(place, f"{operation.operation_id} is the id of two operations; give each its own")
        seen.add(operation.operation_id)
    for name, link in document.get("components", {}).get("links", {}).items():
        if link.get("operationId") not in seen:
            problem = f"no operation has the id {link.get('operationId')!r}; write one of {', '.join(sorted(seen))}"
            raise ContractDefectError(("components", "links", name, "operationId"), problem)


def _routes(operations: tuple[Operation, ...]) -> Mapping[str, Mapping[str, Operation]]:
    routes: dict[str, dict[str, Operation]] = {}
    for operation in operations:
        routes.setdefault(operation.path, {})[operation.method] = operation
    return MappingProxyType(routes)


def request_media(document: Document, operation: Operation) -> Document | None:
    """The JSON media type object of a request body; None when the operation takes none."""
    body = document["paths"][operation.path][operation.method.lower()].get("requestBody")
    media: Document | None = resolved(document, body)[0]["content"].get(JSON) if body is not None else None
    return media


def answer_media(document: Document, operation: Operation, status: int) -> Document | None:
    """The JSON media type object of an answer; None when the status has no JSON body."""
    answer = document["paths"][operation.path][operation.method.lower()]["responses"][str(status)]
    media: Document | None = resolved(document, answer)[0].get("content", {}).get(JSON)
    return media


class _Bodies:
    """Compiles the schemas of bodies, each component once."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._components = {"schemas": document.get("components", {}).get("schemas", {})}
        self.schemas: Mapping[str, Schema] = MappingProxyType(
            {name: self._compiled({"$ref": f"#/components/schemas/{name}"}) for name in self._components["schemas"]}
        )

    def requests(self, operations: tuple[Operation, ...]) -> Iterator[tuple[str, Schema]]:
        for operation in operations:
            media = request_media(self._document, operation)
            if media is not None:
                yield operation.operation_id, self._schema(media)

    def answers(self, operations: tuple[Operation, ...]) -> Iterator[tuple[tuple[str, int], Schema]]:
        for operation in operations:
            for status in sorted(operation.statuses):
                media = answer_media(self._document, operation, status)
                if media is not None:
                    yield (operation.operation_id, status), self._schema(media)

    def _schema(self, media: Document) -> Schema:
        name = resolved(self._document, media["schema"])[1]
        return self.schemas[name] if name is not None else self._compiled(media["schema"])

    def _compiled(self, schema: Document) -> Schema:
        try:
            return Schema({**schema, "components": self._components})
        except jsonschema_rs.ValidationError as error:
            raise ContractDefectError(tuple(error.instance_path), f"is not a JSON Schema: {error.message}") from error


def _examples(document: Document, operations: tuple[Operation, ...]) -> Iterator[Example]:
    """The documents of the reference in the order of the file, each with its place."""
    homes = {name: (operation, status, schema) for name, operation, status, schema in _homes(document, operations)}
    for name, value in document.get("components", {}).get("examples", {}).items():
        place = ("components", "examples", name)
        operation, status, schema = homes.get(name, (None, None, value.get("x-schema", "")))
        if schema not in document["components"]["schemas"]:
            problem = "no media type shows this example; name it there, or write `x-schema: NAME` here"
            raise ContractDefectError(place, problem)
        yield Example(name, value.get("summary", ""), operation.operation_id if operation else None, status, schema)


def _homes(document: Document, operations: tuple[Operation, ...]) -> Iterator[tuple[str, Operation, int | None, str]]:
    for operation in operations:
        media: list[tuple[int | None, Document | None]] = [(None, request_media(document, operation))]
        media += [(status, answer_media(document, operation, status)) for status in sorted(operation.statuses)]
        for status, body in media:
            for reference in (body or {}).get("examples", {}).values():
                name = resolved(document, reference)[1]
                schema = resolved(document, body["schema"])[1] if body else None
                if name is not None:
                    yield name, operation, status, schema or ""
