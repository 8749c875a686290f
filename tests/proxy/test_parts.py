"""Parts of a recording say together what a single audit of it says, and no history is split."""

import json
import random
from dataclasses import replace
from functools import cache

import pytest

from conformance.exchange import Exchange
from conformance.targets.target import open_target
from proxy import audit as auditing
from proxy.audit import Auditor, Part, Terms, Unkept
from proxy.audited import Audited, together
from proxy.recordings.recorded import NO_ANSWER, NO_REQUEST_BODY, Damage, Recorded, Skipped
from proxy.sharing import Extent, Survey, shared_out
from reports import traffic
from vimgate.auditing import telling
from vimgate.auditing.telling import Told

STRATEGY = "/api/orchestration/sw-patch/strategy"
JSON = (("Content-Type", "application/json"),)
CREATE = {
    "controller-apply-type": "serial",
    "storage-apply-type": "serial",
    "swift-apply-type": "ignore",
    "worker-apply-type": "serial",
    "default-instance-action": "stop-start",
}
TOKEN = "open-sesame"
EPOCH = 1_700_000_000.0


@cache
def life():
    """The exchanges of one strategy's life, as a conformant server answers them."""
    with open_target("wsgi:reference_server:create_app") as target:

        def sent(method, path=STRATEGY, body=None):
            content = b"" if body is None else json.dumps(body).encode()
            made = target.send(method, path, body=content, headers=JSON if content else ())
            headers = (*JSON, ("X-Auth-Token", TOKEN)) if content else (("X-Auth-Token", TOKEN),)
            return replace(made, origin="", request_headers=headers)

        created = [sent("GET"), sent("POST", body=CREATE), sent("GET")]
        target.control.advance(120.0)
        acted = [sent("POST", f"{STRATEGY}/actions", {"action": "apply-all"}), sent("GET"), sent("GET")]
        return (*created, *acted, sent("DELETE", body={"force": False}), sent("GET"))


def of_uuid(exchange, uuid):
    """The same exchange about another strategy."""
    try:
        document = json.loads(exchange.response_body)
        document["strategy"]["uuid"] = uuid
    except (ValueError, KeyError, TypeError):
        return exchange
    return replace(exchange, response_body=json.dumps(document).encode())


def spoiled(exchange, draw):
    """What a server that is not conformant may answer: another status, no JSON, words that nobody knows."""
    kind = draw.randrange(4)
    if kind == 0:
        return replace(exchange, status=draw.choice([200, 202, 404, 409, 500]))
    if kind == 1:
        return replace(exchange, response_body=b"<html>", response_headers=())
    word = f"odd-{draw.randrange(30)}".encode()
    for known in (b'"building"', b'"serial"', b'"initial"', b'"ready-to-apply"'):
        exchange = replace(exchange, response_body=exchange.response_body.replace(known, b'"' + word + b'"', 1))
    return exchange


def history(number, draw):
    """The exchanges of one history in their order: one life or more, some of it wrong, some of it not recorded."""
    site = draw.choice(["", f"http://vim-{number}:4545", f"http://vim-{number}:4545"])
    session = draw.choice(["", f"session {number}"])
    if draw.random() < 0.15:
        for _ in range(draw.randrange(1, 5)):
            yield Recorded(0, Exchange("GET", "/style.css", 200), site=f"http://other-{number}:80")
        return
    for turn in range(draw.randrange(1, 3)):
        uuid = f"{draw.choice([number, number, 7]):08x}-0000-4000-8000-{turn:012x}"
        for answered in life()[draw.randrange(3) :]:
            ours = of_uuid(answered, uuid)
            ours = spoiled(ours, draw) if draw.random() < 0.2 else ours
            missing = draw.choice(["", "", "", "", "", "", "", "", NO_ANSWER, NO_REQUEST_BODY])
            bare = replace(ours, status=0, response_headers=(), response_body=b"")
            yield Recorded(
                0,
                bare if missing else ours,
                site=site,
                session=session,
                alone=draw.random() < 0.05,
                client=f"192.0.2.{draw.randrange(40)}",
                missing=missing,
                unasked=missing == NO_REQUEST_BODY,
            )


def recording(seed):
    """The items of a recording: histories that are interleaved, and what cannot be read between them."""
    draw = random.Random(seed)  # noqa: S311 - no secret is drawn
    timed = draw.random() < 0.8
    waiting = [list(history(number, draw)) for number in range(draw.randrange(1, 10))]
    items, now = [], EPOCH
    while any(waiting):
        taken = draw.choice([each for each in waiting if each]).pop(0)
        now += draw.random() * 2
        at = now if timed else 0.0
        items.append(
            replace(
                taken,
                number=len(items) + 1,
                exchange=replace(taken.exchange, at=at),
                started=at - draw.random() if timed else 0.0,
                in_order=draw.choice([None, None, True]) if timed else True,
            )
        )
        if draw.random() < 0.03:
            items.append(Damage(f"line {len(items)}", "is longer than allowed"))
        if draw.random() < 0.03:
            items.append(Skipped("websocket"))
    return items


def audited(items, terms, part=None):
    """What comes of the items, or of a part of them."""
    unkept = Unkept()
    auditor = Auditor(terms, unkept, part, unkept.learn)
    for item in items:
        auditor.take(item)
    auditor.finish()
    auditor.audited.secrets = unkept.secrets
    return auditor.audited


def surveyed(items, terms):
    """What a survey finds in the items."""
    found = Survey(terms.release)
    for item in items:
        found.take(item)
    return found


def said(made, terms):
    """Everything that is told of it, byte for byte."""
    whole = telling.whole([Told("a", made)], terms, stopped=False)
    return json.dumps(telling.document(whole, terms, None)), traffic.encode(whole.report), telling.line(whole.told[0])


TERMS = (Terms(), Terms(explained_by="stx-3.0"), Terms(shared=True, wanted=frozenset({"VIM-LIFE-001"})))


@pytest.mark.parametrize("seed", range(7))
def test_parts_say_what_the_whole_says(seed):
    """However many parts there are, and in whichever order they end, they add up to the whole, byte for byte."""
    items, terms = recording(seed), TERMS[seed % 5 if seed % 5 < 3 else 0]
    found = surveyed(items, terms)
    parts = [
        Audited.from_json(json.loads(json.dumps(audited(items, terms, each).to_json())))
        for each in shared_out(found, seed % 7 + 1)
    ]
    random.Random(seed).shuffle(parts)  # noqa: S311 - as above
    assert said(together(parts, terms.release), terms) == said(audited(items, terms), terms)


def test_parts_hold_no_secret():
    """What a part tells holds no token, also none that an exchange of another part has shown."""
    other = Recorded(1, replace(life()[0], path="/api", at=EPOCH), session="another")
    document = json.loads(life()[2].response_body)
    document["strategy"]["state"] = TOKEN
    bare = replace(life()[2], request_headers=(), response_body=json.dumps(document).encode(), at=EPOCH + 1)
    items, terms = [other, Recorded(2, bare, session="one"), other], Terms()
    made = audited(items, terms, Part({("", "one"): 2}))
    assert made.noted.to_json()["rows"] or made.timelines["told"]
    assert TOKEN not in json.dumps(made.to_json())


def test_a_history_that_goes_on_after_it_was_closed_is_counted(monkeypatch):
    """An audit says when it had to judge on without what came before; parts never do."""
    monkeypatch.setattr(auditing, "MOST_DEPLOYMENTS", 3)
    items = [
        Recorded(number, replace(life()[0], at=EPOCH + number), session=str(number % 5), in_order=True)
        for number in range(20)
    ]
    parts = shared_out(surveyed(items, Terms()), 1, most_open=3)
    assert (audited(items, Terms()).closed_early, len(parts)) == (15, 2)
    assert [audited(items, Terms(), each).closed_early for each in parts] == [0, 0]


def extents(*spans, exchanges=1, **more):
    """A survey that has found histories of these places."""
    found = Survey("published")
    found.histories = {
        ("", str(number)): Extent(*span, exchanges=exchanges, known=True, **more) for number, span in enumerate(spans)
    }
    return found


def weights(found, parts):
    """How much there is to be judged in each part."""
    return [sum(found.histories[key].weight for key in part.ends) for part in parts]


def test_the_heavy_ones_are_apart():
    """Parts are of like weight as far as histories allow, and every history is in one of them."""
    found = extents(*[(1, 1000)] * 9, exchanges=0)
    for extent, weight in zip(found.histories.values(), (5, 1, 1, 8, 3, 2, 2, 1, 1), strict=True):
        extent.bodies = weight
    parts = shared_out(found, 3)
    assert sorted(weights(found, parts)) == [8, 8, 8]
    assert sorted(key for part in parts for key in part.ends) == sorted(found.histories)
    assert [part.leads for part in parts] == [True, False, False]


@pytest.mark.parametrize(
    ("spans", "count", "expected"),
    [
        ([], 4, 1),
        ([(1, 9)], 4, 1),
        ([(1, 9)] * 7, 2, 3),
        ([(number, number + 1) for number in range(0, 200, 2)], 2, 2),
        ([(number, number + 4) for number in range(200)], 1, 3),
    ],
    ids=["nothing", "one", "too many at a time", "one after the other", "overlapping"],
)
def test_no_part_has_too_many_open(spans, count, expected):
    """Histories that are over make room; only those that are open at a time need a further part."""
    parts = shared_out(extents(*spans), count, most_open=3)
    assert len(parts) == expected
    for part in parts:
        assert all(
            sum(spans[int(key[1])][0] <= place <= end for key, end in part.ends.items()) <= 3 for place in range(205)
        )


@pytest.mark.parametrize(("timed", "expected"), [(True, 4), (False, 1)])
def test_no_part_looks_ahead_too_far(timed, expected):
    """Histories whose order is told from times wait with their bodies: those of a part fit into its memory."""
    found = extents(*[(1, 9)] * 7, bodies=1_000_000, exchanges=100, timed=timed)
    assert len(shared_out(found, 1, most_ahead=2_100_000)) == expected


def test_sites_that_are_no_vim_are_in_no_part():
    """They are counted by the part that leads, however many there are."""
    site = Recorded(1, Exchange("GET", "/style.css", 200), site="http://other:80")
    ours = Recorded(2, replace(life()[0], at=EPOCH), site="http://vim:4545")
    found = surveyed([site, ours, replace(site, number=3)], Terms())
    (part,) = shared_out(found, 5)
    assert (dict(part.ends), part.foreign, part.leads) == ({("http://vim:4545", ""): 2}, 2, True)
