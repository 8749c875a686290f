"""Whether a worker can do what is asked of it: the same vimgate and contract, free to start processes, and the paths.

A verdict must not depend on which worker came to it.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from multiprocessing import current_process
from pathlib import Path
from typing import Any

from spec.digests import contract_digest, ledger_digest
from spec.load import RELEASES


@dataclass(frozen=True, slots=True)
class Fitness:
    """What a process is: `digest` is of what it judges by, all releases; `free`: it may have processes of its own.

    `unseen` are those of the paths asked for that are not there.
    """

    version: str
    digest: str
    free: bool = True
    unseen: tuple[str, ...] = ()

    def fault_of(self, theirs: Any) -> str:
        """What is wrong with a worker, whose fitness or error this is, and what to do; empty when nothing is."""
        if not isinstance(theirs, Fitness):
            return f"has no vimgate that could be asked ({theirs!s:.200}); install vimgate[fleet] {self.version} there"
        if theirs.version != self.version:
            return f"runs vimgate {theirs.version}, and this is {self.version}; install the same there"
        if theirs.digest != self.digest:
            return "judges by another contract or ledger than this machine; install the same vimgate there"
        if not theirs.free:
            return (
                "may start no processes, and each target is judged in one; start it with: "
                "DASK_DISTRIBUTED__WORKER__DAEMON=False dask worker ADDRESS, or with --no-nanny"
            )
        if theirs.unseen:
            return f"does not see {', '.join(theirs.unseen)}; all workers must see the same files"
        return ""


def here(paths: Sequence[str] = ()) -> Fitness:
    """The fitness of this process."""
    found, digest = _installed()
    return Fitness(
        found, digest, not current_process().daemon, tuple(path for path in paths if not Path(path).exists())
    )


@cache
def _installed() -> tuple[str, str]:
    digests = [digest(release) for release in RELEASES for digest in (contract_digest, ledger_digest)]
    return version("vimgate"), hashlib.sha256(" ".join(digests).encode()).hexdigest()
