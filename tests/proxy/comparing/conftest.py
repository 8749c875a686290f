"""Makes the captured deployment of these tests importable by its name."""

import importlib.util
import sys
from pathlib import Path

if "a_capture" not in sys.modules:
    _found = importlib.util.spec_from_file_location("a_capture", Path(__file__).with_name("a_capture.py"))
    sys.modules["a_capture"] = importlib.util.module_from_spec(_found)
    _found.loader.exec_module(sys.modules["a_capture"])
