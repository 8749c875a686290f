"""A history as text, and as a shell script that asks the same again: one background job per client, then `wait`."""

from collections.abc import Iterator
from typing import Final

from conformance.histories.call import AFTER, Call, History
from conformance.reproducer import command, opening, pause

_SHOWN: Final = 60  # letters of a body


def timeline(history: History) -> str:
    """The calls in the order of their invocation: ticks of invocation and return, client, request and answer."""
    return "\n".join(line(call) for call in history.in_order)


def line(call: Call) -> str:
    """One call of a timeline."""
    returned = str(call.returned) if call.exchange is not None else "never"
    body = f" {call.body.decode('utf-8', 'replace')[:_SHOWN]}" if call.body else ""
    return f"{call.invoked:>4} to {returned:>5}  {call.client}  {call.method} {call.path}{body} -> {answer(call)}"


def answer(call: Call) -> str:
    """Status and state of an answer in short."""
    status, shown, nothing = call.answered
    if not status:
        return "no answer"
    if shown is not None:
        stage = f", stage {shown.apply.current_stage}" if shown.apply.stages else ""
        return f"{status} {shown.state}{stage}, uuid {shown.uuid}"
    return f"{status} no strategy" if nothing and status < 300 else str(status)  # noqa: PLR2004 - the class of success


def script(history: History) -> str:
    """A script for `sh`; as which calls meet is up to chance, it may take several runs to show the finding."""
    sent = [call.exchange for call in history.in_order if call.exchange is not None]
    first = history.before[0] if history.before else sent[0] if sent else None
    lines = [opening(first)] if first is not None else []
    at = None
    for exchange in history.before:
        lines += [*pause(at, exchange.at), command(exchange)]
        at = exchange.at
    for client in sorted({call.client for call in history.calls} - {AFTER}):
        lines.append("\n".join([f"( # client {client}", *(f"  {each}" for each in _commands(history, client)), ") &"]))
    return "\n".join([*lines, "wait", *_commands(history, AFTER), "# which calls meet is up to chance"]) + "\n"


def _commands(history: History, client: str) -> Iterator[str]:
    for call in history.in_order:
        if call.client == client and call.exchange is not None:
            yield command(call.exchange)
