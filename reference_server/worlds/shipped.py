"""The world files that are shipped: their names and their texts."""

from functools import cache
from importlib.resources import files
from typing import Final

_FOLDER: Final = "reference_server.worlds"
_SUFFIX: Final = ".yaml"


@cache
def world_names() -> tuple[str, ...]:
    """The names of the worlds that are shipped, in the order of the alphabet."""
    names = (file.name for file in files(_FOLDER).iterdir())
    return tuple(sorted(name.removesuffix(_SUFFIX) for name in names if name.endswith(_SUFFIX)))


def world_source(name: str) -> str:
    """The text of a shipped world, comments and all."""
    return files(_FOLDER).joinpath(f"{name}{_SUFFIX}").read_text(encoding="utf-8")
