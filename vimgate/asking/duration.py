"""A length of time as people write it: `3600`, `90m`, `1h30m`; a value in seconds."""

import math
import re
from typing import Any, Final

import click

_SECONDS: Final = {"d": 86_400.0, "h": 3600.0, "m": 60.0, "s": 1.0}
_PART: Final = r"(\d+(?:\.\d+)?)([dhms])"


class _Duration(click.ParamType[float]):
    """Plain seconds, or numbers with the units d, h, m, s in any order."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """The duration in seconds."""
        text = str(value).strip().lower()
        if re.fullmatch(r"\d+(\.\d+)?", text):
            seconds = float(text)
        elif re.fullmatch(f"(?:{_PART})+", text):
            seconds = sum(float(number) * _SECONDS[unit] for number, unit in re.findall(_PART, text))
        else:
            seconds = 0.0
        if not 0.0 < seconds < math.inf:
            self.fail(f"{value!r} is no duration; write seconds, or such as 90m or 1h30m", param, ctx)
        return seconds


DURATION: Final = _Duration()


def spoken(seconds: float) -> str:
    """A duration for people, to the largest two units: `2 h 5 min`."""
    whole = round(seconds)
    if whole < _SECONDS["m"]:
        return f"{whole} s"
    minutes = round(seconds / 60)
    hours, rest = divmod(minutes, 60)
    return " ".join(filter(None, [f"{hours} h" if hours else "", f"{rest} min" if rest or not hours else ""]))
