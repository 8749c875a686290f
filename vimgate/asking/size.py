"""A number of bytes as people write it: `256MB`, `1.5GiB`, `65536`."""

import re
from typing import Any, Final

import click

_FORM: Final = re.compile(r"(?P<number>\d{1,12}(?:\.\d{1,6})?) ?(?P<unit>[kmgt]?i?b?)", re.IGNORECASE)
_POWERS: Final = {"": 0, "k": 1, "m": 2, "g": 3, "t": 4}


class _Size(click.ParamType[int]):
    name = "size"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        if isinstance(value, int):
            return value
        found = _FORM.fullmatch(str(value).strip())
        unit = found["unit"].lower() if found else "i"
        power = _POWERS.get(unit.removesuffix("b").removesuffix("i"))
        if found is None or power is None or unit.startswith("i"):
            self.fail(f"{value!r} is no size; write such as 256MB or 1GiB", param, ctx)
        bytes_ = float(found["number"]) * (1024 if "i" in unit else 1000) ** power
        if bytes_ < 1:
            self.fail(f"{value!r} is less than a byte", param, ctx)
        return int(bytes_)


SIZE: Final = _Size()
