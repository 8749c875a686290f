"""What a strategy must come to, as the oracle says, and what a plan has otherwise.

Lives here: predictions as frozen values, the asking of the reference server, the comparison of documents. Never lives
here: a verdict (`conformance.checks.oracle` gives it), a request to the target that is judged
(`conformance.drivers.planning` sends it), an import of the reference server, which is met by name.

Map
    oracle.py      asks the reference server what a world and a request lead to
    reference.py   the reference server under a release, as a target
    prediction.py  what it predicts, and the world that this was made for
    reordered.py   a world in the order in which a plan works
    differ.py      what two documents differ in, place by place
    explain.py     what two plans differ in, in sentences
"""
