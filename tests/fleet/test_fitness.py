"""A worker that is otherwise than whoever asks it is found out, in words that say what to do."""

from dataclasses import replace

import pytest

from vimgate.fleet.fitness import here


@pytest.mark.parametrize(
    ("otherwise", "said"),
    [
        ({}, ""),
        ({"version": "0.0.9"}, "runs vimgate 0.0.9"),
        ({"digest": "other"}, "another contract or ledger"),
        ({"free": False}, "DASK_DISTRIBUTED__WORKER__DAEMON=False dask worker"),
        ({"unseen": ("/nowhere",)}, "does not see /nowhere"),
    ],
)
def test_what_is_wrong_with_a_worker(otherwise, said):
    """Version, contract, processes and paths: one that differs is a fault, and the same is none."""
    ours = here()
    fault = ours.fault_of(replace(ours, **otherwise))
    assert (bool(fault), said in fault) == (bool(said), True)


def test_a_worker_without_vimgate_is_told_what_to_install():
    """What comes from a worker that cannot even be asked is its error."""
    assert "install vimgate[fleet]" in here().fault_of(ModuleNotFoundError("No module named 'vimgate'"))


def test_paths_that_are_not_there_are_unseen(tmp_path):
    """Of the paths that a fleet needs those are told that this process does not see."""
    assert here((str(tmp_path), str(tmp_path / "missing"))).unseen == (str(tmp_path / "missing"),)
