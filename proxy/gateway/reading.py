"""What the gateway makes of a flow: its request, the whole exchange, and the passage that the judge is told of."""

from typing import Final

from mitmproxy import http

from conformance.exchange import Exchange
from proxy.copies import NotUnpacked
from proxy.gateway import flows
from proxy.gateway.crossing import Crossing
from proxy.traffic import Passage

TOO_LARGE: Final = "too large"


def read_request(request: http.Request, crossing: Crossing, largest: int) -> None:
    """Put the request into the crossing; where it cannot be judged, the crossing says why."""
    body = crossing.sent.body if crossing.sent is not None else request.raw_content
    crossing.sent = None
    if body is None:
        crossing.unchecked = TOO_LARGE
        return
    try:
        crossing.request = flows.asked(request, body, largest, crossing.began)
    except NotUnpacked as why:
        crossing.unchecked = why.reason


def read_answer(response: http.Response, crossing: Crossing, largest: int, at: float) -> Exchange | None:
    """The exchange; None where it cannot be judged, and the crossing says why."""
    body = crossing.came.body if crossing.came is not None else response.raw_content
    crossing.came = None
    if crossing.request is None or crossing.unchecked:
        return None
    if body is None:
        crossing.unchecked = TOO_LARGE
        return None
    try:
        return flows.answered(crossing.request, response, body, largest, at)
    except NotUnpacked as why:
        crossing.unchecked = why.reason
        return None


def passage_of(  # noqa: PLR0913 - the fields of a passage
    flow: http.HTTPFlow,
    crossing: Crossing,
    exchange: Exchange,
    *,
    in_order: bool,
    blocked: bool = False,
    lost: bool = False,
) -> Passage:
    """What the judge is told of an exchange; without its answer where it is `blocked` or `lost`."""
    peer = flow.client_conn.peername
    return Passage(
        number=crossing.number,
        exchange=exchange,
        started=crossing.began,
        in_order=in_order,
        client=str(peer[0]) if peer else "",
        blocked=blocked,
        lost=lost,
    )
