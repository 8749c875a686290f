"""Reads a YAML or JSON file that a person wrote, and says file, line and what to write instead when it is wrong.

Used for every hand-written file of the project: contract, ledger, lifecycle, worlds, rulebooks, requests, scenarios.
What comes out is a JSON value: text as names of members, finite numbers, no dates, nothing that contains itself.
"""

import json
import math
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import yaml

from spec.schema import Schema, SchemaError, pointer

# Nobody writes by hand what is nested deeper; jsonschema-rs stops at about the double.
_DEEPEST: Final = 100
# No file written by hand holds as many values; aliases of aliases do.
_LARGEST: Final = 2_000_000
# How many violations are told at once: enough to act on.
_MOST: Final = 10

# What the YAML parser says -> what to do about it.
_HINTS: Final[Mapping[str, str]] = {
    "tab character": "indent with spaces",
    "cannot start any token": "indent with spaces, and put text that begins with a special character in quotes",
    "mapping values are not allowed": "put text that contains ': ' in quotes, or indent the line as its neighbours are",
    "did not find expected key": "indent the line as its neighbours are, or put the text in quotes",
    "could not determine a constructor": "write plain values, without a tag that begins with '!'",
    "undefined alias": "put text that begins with '*' in quotes",
    "unexpected end of stream": "close the quotes or brackets that are open",
    "found another document": "write one document, without a line '---' in the middle",
}


class DocumentError(Exception):
    """A file is missing, is not YAML or JSON, or breaks its schema. The text names file, line and what is wrong."""


class _Loader(yaml.CSafeLoader):
    """YAML without dates (a timestamp stays text), without silent duplicate keys, and with text alone as keys."""

    yaml_implicit_resolvers = {  # noqa: RUF012 - the attribute of the base class, less one resolver
        first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
        for first, resolvers in yaml.CSafeLoader.yaml_implicit_resolvers.items()
    }

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002 - base
        seen: set[str] = set()
        for key_node, _ in node.value:
            if key_node.tag == "tag:yaml.org,2002:merge":  # `<<`: the base class merges
                continue
            key = self.construct_object(key_node, deep=True)
            if not isinstance(key, str):
                raise _at(key_node, f"the key {getattr(key_node, 'value', key)} is not text; put it in quotes")
            if key in seen:
                raise _at(key_node, f"the key {key!r} stands twice; keep one of them")
            seen.add(key)
        return super().construct_mapping(node, deep=deep)


def _at(node: yaml.Node, problem: str) -> yaml.MarkedYAMLError:
    return yaml.constructor.ConstructorError(None, None, problem, node.start_mark)


class _NotAJsonValueError(ValueError):
    """A value that YAML or Python's JSON reader lets through and JSON does not know."""


def read_text(path: Path) -> str:
    """The text of a file. Raises DocumentError when it cannot be read or is not UTF-8."""
    return text_of(read_bytes(path), str(path))


def read_bytes(path: Path) -> bytes:
    """The bytes of a file. Raises DocumentError when it cannot be read."""
    try:
        return path.read_bytes()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise DocumentError(f"{path}: cannot be read: {reason}; name a YAML or JSON file") from error


def text_of(data: bytes, name: str) -> str:
    """The text of a file's bytes, whatever its lines end in. Raises DocumentError when it is not UTF-8."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DocumentError(f"{name}: byte {error.start} is not UTF-8; save the file as UTF-8") from error
    return text.replace("\r\n", "\n").replace("\r", "\n")


def parse(text: str, name: str) -> Any:
    """The value of a YAML or JSON text; JSON when it begins with a bracket.

    Raises DocumentError naming `name`, line and problem.
    """
    try:
        value = _parse_json(text, name) if text.lstrip()[:1] in ("{", "[") else _parse_yaml(text, name)
        _refuse_strange(value)
    except RecursionError as error:
        raise DocumentError(f"{name}: nested too deeply to be read; at most {_DEEPEST} levels") from error
    except ValueError as error:  # a number of thousands of digits, or no JSON value
        raise DocumentError(f"{name}: {error}") from error
    return value


def read_document(path: Path, schema: Mapping[str, Any] | None = None) -> Any:
    """The value of a YAML or JSON file, valid under `schema` (JSON Schema 2020-12) when one is given.

    Raises DocumentError.
    """
    text = read_text(path)
    value = parse(text, str(path))
    if schema is not None:
        check(value, schema, name=str(path), text=text)
    return value


def check(value: Any, schema: Mapping[str, Any], *, name: str, text: str = "") -> None:
    """Raise DocumentError with the violations of the schema, each with its line when the text is given."""
    errors = Schema(schema).errors(value)
    if errors:
        raise DocumentError("\n".join(_violations(errors, name, text)))


def refuse(found: Iterable[tuple[tuple[str | int, ...], str]], *, name: str, text: str = "") -> None:
    """Raise DocumentError with the first problems, when there are any, each with its line when the text is given.

    A problem is the path of members and indices to what is wrong, and what is wrong, in words.
    """
    problems = list(found)
    root = _root(text) if problems and text else None
    told = [_located(name, _line(root, place), pointer(place), problem) for place, problem in problems[:_MOST]]
    if told:
        raise DocumentError("\n".join([*told, *_rest(name, len(problems))]))


def line_of(text: str, place: tuple[str | int, ...]) -> int | None:
    """The line (from 1) at which the value at a path of members and indices begins, or the nearest value around it.

    None when the text is not YAML (JSON is, unless tabs indent it).
    """
    return _line(_root(text), place)


def _root(text: str) -> yaml.Node | None:
    try:
        return yaml.compose(text, Loader=yaml.CSafeLoader)
    except (yaml.YAMLError, RecursionError):
        return None


def _line(node: yaml.Node | None, place: tuple[str | int, ...]) -> int | None:
    for part in place:
        found = _child(node, str(part))
        if found is None:
            break
        node = found
    return node.start_mark.line + 1 if node is not None else None


def _parse_json(text: str, name: str) -> Any:
    try:
        return json.loads(text, object_pairs_hook=_unique, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        hint = "a text that begins with a bracket is read as JSON"
        raise DocumentError(f"{name}:{error.lineno}: not JSON: {error.msg} (column {error.colno}); {hint}") from error


def _unique(members: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(members)
    if len(value) < len(members):
        names = [member for member, _ in members]
        twice = next(member for member in names if names.count(member) > 1)
        raise _NotAJsonValueError(f"the member {twice!r} stands twice in one object; keep one of them")
    return value


def _no_constant(word: str) -> Any:
    raise _NotAJsonValueError(f"{word} is not a JSON number; write a finite one")


def _parse_yaml(text: str, name: str) -> Any:
    try:
        return yaml.load(text, Loader=_Loader)  # noqa: S506 - a subclass of the safe loader
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        problem = error.problem or str(error.context)
        raise DocumentError(f"{name}:{line}: not YAML: {problem}{_hint(problem)}") from error
    except yaml.YAMLError as error:
        first = str(error).splitlines()[0]
        raise DocumentError(f"{name}: not YAML: {first}; save the file as plain text in UTF-8") from error


def _hint(problem: str) -> str:
    return next((f"; {hint}" for words, hint in _HINTS.items() if words in problem), "")


def _refuse_strange(value: Any) -> None:
    """Raise for what JSON does not know.

    An alias that contains itself is found by its depth, aliases of aliases by their number.
    """
    waiting, seen = [(value, 0)], 0
    while waiting:
        one, depth = waiting.pop()
        seen += 1
        if depth > _DEEPEST:
            raise RecursionError
        if seen > _LARGEST:
            raise _NotAJsonValueError(f"more than {_LARGEST} values; repeat fewer of them")
        waiting += [(part, depth + 1) for part in _parts_of(one)]


def _parts_of(value: Any) -> Iterable[Any]:
    match value:
        case dict():
            return value.values()
        case list():
            return value
        case None | bool() | int() | str():
            return ()
        case float() if math.isfinite(value):
            return ()
    hint = "write text, a finite number, true, false, null, a list or an object"
    raise _NotAJsonValueError(f"{value!r} is no JSON value; {hint}")


def _child(node: yaml.Node | None, part: str) -> yaml.Node | None:
    if isinstance(node, yaml.MappingNode):
        return next((value for key, value in node.value if key.value == part), None)
    if isinstance(node, yaml.SequenceNode) and part.isdecimal() and int(part) < len(node.value):
        return node.value[int(part)]  # type: ignore[no-any-return]
    return None


def _violations(errors: list[SchemaError], name: str, text: str) -> Iterator[str]:
    root = _root(text) if text else None
    for error in errors[:_MOST]:
        place = tuple(_parts(error.pointer))
        yield _located(name, _line(root, place), error.pointer or "the document", error.message)
    yield from _rest(name, len(errors))


def _located(name: str, line: int | None, place: str, problem: str) -> str:
    return f"{name}{f':{line}' if line else ''}: {place}: {problem}"


def _rest(name: str, number: int) -> Iterator[str]:
    if number > _MOST:
        yield f"{name}: and {number - _MOST} more"


def _parts(pointer: str) -> Iterator[str]:
    for part in pointer.split("/")[1:]:
        yield part.replace("~1", "/").replace("~0", "~")
