"""What is to be told beside the verdicts reaches the report, each text once."""

import json

from conformance.runs import collector as parts
from conformance.runs.collector import Collector
from conformance.runs.options import Options
from conformance.runs.outcome import measured


def test_notes_reach_the_report_once(talk):
    """A note of a test is lost on its way, or two tests tell the same twice."""
    talk.note("Schemathesis: odd")
    talk.note("Schemathesis: odd")
    collector = Collector(lambda _: None)
    for nodeid in ("a.py::one", "a.py::two"):
        collector.take(nodeid, parts.NOTES, json.dumps(talk.notes))
    assert measured(Options(), collector, "").notes.count("Schemathesis: odd") == 1
