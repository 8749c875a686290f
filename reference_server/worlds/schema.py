"""The JSON Schema of world files and of faults."""

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def world_schema() -> Mapping[str, Any]:
    """The JSON Schema of world files."""
    text = files("reference_server.worlds").joinpath("world.schema.json").read_text(encoding="utf-8")
    schema: Mapping[str, Any] = json.loads(text)
    return schema


@cache
def faults_schema() -> Mapping[str, Any]:
    """The JSON Schema of a list of faults: a part of that of world files."""
    schema = world_schema()
    return {"$schema": schema["$schema"], **schema["properties"]["faults"], "$defs": schema["$defs"]}
