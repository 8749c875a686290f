"""The tests of somebody else's server. They never fail because of it.

Every exchange goes to the judge, and its tallies decide.

A test that fails here is a fault of the harness; a test that is skipped says why the target could not be tried. Run by
`conformance.runs.run`, or by a session of pytest that was asked for it by name; never by the tests of this project.

test_reads.py      documents, links, odd spellings, unknown paths: GET alone
test_plans.py      create bodies of every shape on the target's own world
test_inputs.py     methods that nobody documents, and bodies right and wrong
test_callers.py    requests without a token, and with one that nobody has
test_lifecycle.py  the scripted scenarios
test_histories.py  several clients at once
test_model.py      drawn sequences through the lifecycles
test_worlds.py     the same on worlds that the target loads
test_fuzz.py       Schemathesis: examples, coverage and fuzzing per operation, and chains along the links
"""
