"""What waits for the judge is bounded in bytes, whatever the bytes are of."""

import asyncio

from conformance.exchange import Exchange
from proxy.judging.outbox import Outbox
from proxy.traffic import Passage

MOST = 10_000


def test_heads_count_as_bodies_do():
    """A client fills the queue with headers as with anything else, and what does not fit is not taken."""

    async def scene():
        outbox = Outbox(MOST, lambda _: None)
        small = Exchange("GET", "/", 200)
        large = Exchange("GET", "/", 200, request_headers=(("X-Large", "x" * MOST),))
        answered = Exchange("GET", "/", 200, response_headers=(("X-Large", "x" * MOST),))
        asked = [outbox.ask(1, each, in_order=True) for each in (small, large)]
        return asked + [outbox.see(0, Passage(2, each, 0.0)) for each in (small, large, answered)]

    assert asyncio.run(scene()) == [True, False, True, False, False]
