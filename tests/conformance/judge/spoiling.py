"""Spoils answers at random: members of a strategy document, or the text of it. The same draw spoils the same way."""

import json
from dataclasses import replace

WORDS = ("", "success", "failed", "wait", "initial", "aborted", "inprogress", "applying", "ready-to-apply", "hosts")
DATES = ("2026-03-03 12:00:00", "1999-01-01 00:00:00", "2099-12-31 23:59:59", "yesterday")
VALUES = (None, True, False, 0, 1, -1, 7, 3.0, 2.5, [], {}, ["compute-0"], *WORDS, *DATES)


def spoiled(exchange, draw):
    """The exchange with something wrong, or odd, in its document; as it is when it has none."""
    document = exchange.response_json
    if not isinstance(document, dict) or "strategy" not in document:
        return exchange
    document = json.loads(exchange.response_body)
    for _ in range(draw.choice((0, 1, 1, 2))):
        _spoil(document, draw)
    text = json.dumps(document, indent=draw.choice((None, None, None, 2)), ensure_ascii=draw.random() < 0.9).encode()
    return replace(exchange, response_body=draw.choice(TEXTS)(text) if draw.random() < 0.2 else text)


def _spoil(document, draw):
    holders = list(_holders(document["strategy"]))
    holder = draw.choice(holders)
    keys = list(holder) if isinstance(holder, dict) else list(range(len(holder)))
    if not keys:
        return
    key = draw.choice(keys)
    draw.choice((_set, _set, _add, _drop, _twice, _swap))(holder, key, draw)


def _holders(value):
    """Every object and list in a value."""
    if isinstance(value, dict | list):
        yield value
        for member in value.values() if isinstance(value, dict) else value:
            yield from _holders(member)


def _set(holder, key, draw):
    holder[key] = draw.choice(VALUES)


def _add(holder, key, draw):
    if type(holder[key]) in (int, bool):
        holder[key] = holder[key] + draw.choice((-1, 1, 0.0))


def _drop(holder, key, draw):
    del holder[key]


def _twice(holder, key, draw):
    if isinstance(holder, list):
        holder.append(holder[key])


def _swap(holder, key, draw):
    if isinstance(holder, list):
        holder.reverse()


TEXTS = (
    lambda text: text[:-1],
    lambda text: text + b" x",
    lambda text: b"\xef\xbb\xbf" + text,
    lambda text: text.replace(b'"success"', b'"succ\\u0065ss"', 1),
    lambda text: text.replace(b'"success"', b'"\\ud800"', 1),
    lambda text: text.replace(b'"strategy"', b'"strategy": {"uuid": "\xff"}, "strategy"', 1),
    lambda text: text.replace(b'"strategy"', b'"strategy": ' + b"9" * 5000 + b', "strategy"', 1),
    lambda text: text.replace(b'"apply-phase"', b'"apply-phase": {"stages": [{}]}, "apply-phase"', 1),
    lambda text: text.replace(b'"stages": [', b'"stages": [], "stages": [', 1),
    lambda text: text.replace(b'"state"', b'"vendor": ' + b"[" * 600 + b"]" * 600 + b', "state"', 1),
    lambda text: text.replace(b'"stage-id"', b'"vendor": ' + b"[" * 900 + b"]" * 900 + b', "stage-id"', 1),
    lambda text: text.replace(b'"state"', b'"vendor": NaN, "state"', 1),
    lambda text: text.replace(b'"stage-id"', b'"vendor": "\xc3\xa9\xf0\x9f\x99\x82", "stage-id"', 1),
    lambda text: text.replace(b'"stage-id"', b'"vendor": "\xed\xa0\x80", "stage-id"', 1),
    lambda text: text.replace(b'"stage-id": 0', b'"stage-id": 0.0', 1),
    lambda text: text.replace(b"{", b"{ \t\r\n", 3),
)
