"""The uuids of strategies: numbered, the same for the same seed, so that a restart neither repeats nor skips one."""

import random
import uuid


class Uuids:
    """The uuids of one seed, all of version 4. One that was given before is found again by its number."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self._begin()

    def __getitem__(self, number: int) -> str:
        """The uuid of that number, counted from 0. It takes the longer the further it is from the one before."""
        if number < self._number:
            self._begin()
        while self._number < number:
            self._bits = self._random.getrandbits(128)
            self._number += 1
        return str(uuid.UUID(int=self._bits, version=4))

    def _begin(self) -> None:
        self._random = random.Random(self.seed)  # noqa: S311 - uuids of a simulation, reproducible on purpose
        self._number = 0
        self._bits = self._random.getrandbits(128)
