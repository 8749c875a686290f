"""A number of an option within bounds, which is a number: neither nan, which no bound keeps out, nor infinity."""

import math
from typing import Any

import click


class Number(click.FloatRange):
    """click's range of numbers, without those that are none."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """The number."""
        number = float(super().convert(value, param, ctx))
        if not math.isfinite(number):
            self.fail(f"{value!r} is not a finite number.", param, ctx)
        return number
