"""A part of a whole as people write it: `2/3`, the second of three."""

import re
from typing import Any, Final

import click

from reports.model import Shard

MOST: Final = 64


class _Shard(click.ParamType[Shard]):
    """Two numbers with a stroke between them, the first no larger than the second."""

    name = "shard"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Shard:
        """The shard."""
        if isinstance(value, Shard):
            return value
        found = re.fullmatch(r"\s*(\d{1,3})/(\d{1,3})\s*", str(value))
        number, of = (int(found[1]), int(found[2])) if found else (0, 0)
        if not 1 <= number <= of <= MOST:
            self.fail(f"{value!r} is no shard; write such as 2/3, from 1/1 to {MOST}/{MOST}", param, ctx)
        return Shard(number, of)


SHARD: Final = _Shard()
