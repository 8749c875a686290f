"""The watch of a judge's process: made as the settings want it, and warm before the first exchange comes."""

import importlib
from collections.abc import Callable
from dataclasses import replace
from typing import Final

import msgspec

from conformance.exchange import Exchange
from proxy.judging.books import policy_of
from proxy.judging.settings import DeskSettings
from proxy.traffic import Mode, Passage
from proxy.watch import Watch
from reports.model import Level
from spec.contract import Contract
from spec.load import load_contract

_JSON: Final = (("Content-Type", "application/json"),)


def maker_of(name: str) -> Callable[[DeskSettings], Watch]:
    """What makes the watch: `module:function`, or what every gateway wants when nothing is named."""
    if not name:
        return watch_of
    module, _, function = name.partition(":")
    maker: Callable[[DeskSettings], Watch] = getattr(importlib.import_module(module), function)
    return maker


def watch_of(settings: DeskSettings) -> Watch:
    """The watch that the settings want; what it has to make once is made."""
    warm(Watch(settings.release, Level(settings.level)), load_contract(settings.release))
    freeze = policy_of(settings).freeze if settings.mode == Mode.ENFORCE else None
    return Watch(settings.release, Level(settings.level), shared=settings.shared, freeze=freeze)


def warm(watch: Watch, contract: Contract) -> None:
    """Judge the documents of the reference once, so that the first client need not wait for what is made once."""
    for number, example in enumerate(each for each in contract.examples if each.operation_id):
        operation = contract.operation(example.operation_id or "")
        body = msgspec.json.encode(contract.example(example.name))
        asked, answered = (b"", body) if example.status else (body, b"{}")
        status = example.status or operation.success
        exchange = Exchange(operation.method, operation.path, status, "", _JSON, asked, _JSON, answered)
        watch.ask(replace(exchange, status=0, response_headers=(), response_body=b""))
        watch.see(Passage(number, exchange, 0.0))
