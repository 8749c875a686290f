"""The modules that lie beside the tests, which are no package."""

import importlib.util
import sys
from pathlib import Path

for _name in ("passing_crowd", "passing_live"):
    if _name not in sys.modules:
        _found = importlib.util.spec_from_file_location(_name, Path(__file__).with_name(f"{_name}.py"))
        sys.modules[_name] = importlib.util.module_from_spec(_found)
        _found.loader.exec_module(sys.modules[_name])
