"""Fleets: what goes to a Dask cluster, and what comes back. The cluster is Dask's; here is what it is asked to do.

Lives here: the parts of `vimgate fleet`. Never here: a verdict.

    member.py     Fleet, Member: one target, and what `vimgate certify` is called with for it
    fleetfile.py  FLEET.yaml as a Fleet; fleet.schema.json is its format
    reading.py    its targets, one after the other, and what is wrong with them
    journal.py    the file that is kept while targets are judged, and what it says afterwards
    store.py      the folder of a fleet: journal, reports of targets, merged report
    certifying.py a fleet, judged: what is given out when, and what is done with what comes back
    trial.py      what a worker does: a target judged, or cleared up after, in a process
    inside.py     what happens in that process
    warm.py       what it has ready before it begins
    runfiles.py   what the targets' runs note of strategies, kept here as it comes
    budget.py     how many requests are left, and who gets them
    telling.py    how far a fleet is, for people
    auditing.py   an audit of captures: what is judged where, and what came of it
    parts.py      what a worker does for it
    partstore.py  what is kept of it as it comes
    cluster.py    the cluster, and what came of the calls on it
    calls.py      what a call is, and what it may ask of its worker; these two alone know Dask
    apart.py      what its workers do first, where they are on this machine
    fitness.py    whether a worker can do what is asked of it
"""
