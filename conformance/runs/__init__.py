"""Runs: what one is asked, how it looks before it begins, what it collects, how it leaves, and what it comes to.

Lives here: a run as a whole. Never lives here: a request of the suite (`conformance.drivers`), a test
(`conformance.suite`), a rule for answers, a command line (`vimgate/`).

Map
    options.py      what a run is asked to do
    preflight.py    the look at a target before the run
    campaign.py     a whole run on a target, from that look to the proof that nothing was left
    run.py          the suite, run by pytest with `conformance.plugin`
    suite_order.py  in which order
    sharding.py     which tests a shard plays
    merging.py      the parts of a sharded run made whole; mergingfiles.py: from their reports and evidence
    collector.py    takes from the tests what their judges came to
    early.py        why it ended before its end, if it did
    outcome.py      from what was collected to results
    account.py      all that a run told of itself, from which its results follow, also later
    keeping.py      its evidence, stored at its end
    recompute.py    its tests judged again from their evidence
    verifying.py    its report held against that
    cleanup.py      how a run leaves the target
    runfile.py      what it notes for the next one
    forecast.py     what a run would send and do
    again.py        one finding looked for again
    killing.py      what it means that a faulty server is killed
"""
