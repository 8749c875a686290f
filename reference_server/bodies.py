"""From the bytes of a request body to a JSON value, under the wire rules of a release. Pure: no Flask here."""

import json
from typing import Final

from reference_server.refusals import Refusal, Shape
from reference_server.wirerules import WireRules


class _Absent:
    """The one value that says that no body was sent."""

    def __repr__(self) -> str:
        return "ABSENT"


ABSENT: Final = _Absent()

# JSON's own word and Python's for the type of a value; Python's stand in the fault texts of real servers. What Python
# calls a text differs between its versions, and so between releases.
_TYPE_NAMES: Final[dict[type, tuple[str, str]]] = {
    dict: ("object", "dict"),
    list: ("array", "list"),
    str: ("string", ""),
    bool: ("boolean", "bool"),
    int: ("number", "int"),
    float: ("number", "float"),
    type(None): ("null", "NoneType"),
}

_EXCERPT: Final = 60


def json_type(value: object) -> str:
    """JSON's name for the type of a JSON value."""
    return _TYPE_NAMES[type(value)][0]


def python_type(value: object, text_type: str) -> str:
    """Python's name for the type of a JSON value, in a Python whose texts are called so."""
    return _TYPE_NAMES[type(value)][1] or text_type


def excerpt(value: object) -> str:
    """A JSON value as a short text for a fault; lists and objects by their type only, so that depth does not matter."""
    if isinstance(value, dict | list):
        return f"an {json_type(value)}"
    text = value if isinstance(value, str) else json.dumps(value)
    return text if len(text) <= _EXCERPT else text[:_EXCERPT] + "…"


def read_body(data: bytes, content_type: str, wire: WireRules) -> object:
    """The JSON value of a body, or `ABSENT` when it has no bytes. Raises Refusal for what is wrong with them."""
    if not data:
        return ABSENT
    _check_media_type(content_type, wire)
    try:
        return parse_json(data)
    except UnicodeDecodeError:
        raise Refusal(400, wire.text("body_not_utf8"), shape=Shape(wire.broken_encoding)) from None
    except ValueError:
        raise Refusal(400, wire.text("body_not_json")) from None
    except RecursionError:
        shape = Shape.CRASH if wire.too_deep >= 500 else Shape.FAULT  # noqa: PLR2004 - a 5xx is a crash
        raise Refusal(wire.too_deep, wire.text("body_too_deep"), shape=shape) from None


def parse_json(data: bytes) -> object:
    """The value of a JSON text. Raises UnicodeDecodeError, ValueError (no JSON) or RecursionError (too deep)."""
    return json.loads(data.decode("utf-8"), parse_constant=_refuse_constant)


def _refuse_constant(name: str) -> object:
    """NaN and the infinities are not JSON."""
    raise ValueError(name)


def _check_media_type(content_type: str, wire: WireRules) -> None:
    media_type = content_type.partition(";")[0].strip()
    compared = media_type.lower() if wire.media_types_ignore_case else media_type
    if compared not in wire.media_types:
        status = wire.odd_media_types.get(compared, wire.wrong_media_type)
        raise Refusal(status, wire.text("media_type", media_type=excerpt(media_type)))
