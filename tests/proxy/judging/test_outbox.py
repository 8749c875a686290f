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


def test_what_nobody_waits_for_is_written_by_the_heap():
    """Exchanges that are told lie together for a moment, and those that somebody waits for bring all of them along."""
    written = []

    async def scene():
        outbox = Outbox(1 << 30, lambda pieces: written.append(len(pieces) // 2))
        exchange = Exchange("GET", "/", 200)
        large = Exchange("GET", "/", 200, response_body=b"x" * (1 << 20))
        for number, (ticket, each) in enumerate([(0, exchange), (0, exchange), (1, exchange), (0, large)]):
            outbox.see(ticket, Passage(number, each, 0.0))
        outbox.see(0, Passage(5, exchange, 0.0))
        while len(written) < 3:
            await asyncio.sleep(0.001)

    asyncio.run(asyncio.wait_for(scene(), 60))
    assert written == [3, 2, 1]
