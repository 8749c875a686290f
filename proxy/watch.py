"""Judges the traffic of one deployment, whoever brings it: the live gateway and audits of recordings alike; sans-io."""

from conformance.exchange import Exchange
from proxy.traffic import Noticed, Passage
from reports.model import Level


class Watch:
    """Follows one deployment.

    `shared`: others change the deployment beside this traffic, so no succession is judged.
    """

    def __init__(self, release: str = "published", level: Level = Level.ORCHESTRATION, *, shared: bool = False) -> None:
        raise NotImplementedError

    def ask(self, request: Exchange) -> tuple[Noticed, ...]:
        """What is wrong with a request (status 0, no answer) that has not been forwarded yet. Learns nothing."""
        raise NotImplementedError

    def see(self, passage: Passage) -> tuple[Noticed, ...]:
        """Take in the next exchange; everything noticed about its request and its answer. Never raises."""
        raise NotImplementedError
