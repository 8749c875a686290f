"""Benchmarks are in the checkout alone; what is installed comes first all the same."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[2]))
