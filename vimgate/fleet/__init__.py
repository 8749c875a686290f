"""Fleets: what goes to a Dask cluster, and what comes back. The cluster is Dask's; here is what it is asked to do.

Lives here: the parts of `vimgate fleet`. Never here: a verdict.

    member.py     Fleet, Member: one target, and what `vimgate certify` is called with for it
    fleetfile.py  FLEET.yaml as a Fleet; fleet.schema.json is its format
    reading.py    its targets, one after the other, and what is wrong with them
    journal.py    the file that is kept while targets are judged, and what it says afterwards
    store.py      the folder of a fleet: journal, reports of targets, merged report
    cluster.py    the cluster, and calls on it: the only file that knows Dask
    fitness.py    whether a worker can do what is asked of it
"""
