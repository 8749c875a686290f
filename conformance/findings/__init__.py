"""What the judge saw, counted and told: deviations become findings, findings rows, and rows results.

Lives here: pure functions and values. Never lives here: a rule for answers (`conformance.checks`), a transport, a
driver, how a report looks (`reports/`).

Map
    panel.py       the checks of a run, and which of them are asked about an exchange
    verdict.py     what they said of it
    charges.py     from a deviation to a finding with evidence
    tally.py       counts and findings by requirement; mergeable, JSON-able
    ruling.py      from the rows of a tally to results
    selection.py   which requirements are judged, and which tests can reach them
    edges.py       which edges of the state graph a history goes along
    gallery.py     the strategies that were seen, bounded, for the report
    pytestfile.py  a test for pytest that shows a finding again
    claims.py      what such a test asserts
"""
