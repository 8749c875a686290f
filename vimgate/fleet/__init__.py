"""Fleets: what goes to a Dask cluster, and what comes back. The cluster is Dask's; here is what it is asked to do.

Lives here: the parts of `vimgate fleet`. Never here: a verdict.

    cluster.py  the cluster, and calls on it: the only file that knows Dask
"""
