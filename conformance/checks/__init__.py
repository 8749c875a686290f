"""The checks: what is looked at in an exchange, one function per rule, and the table that binds them to requirements.

Lives here: pure functions `(exchange, context, **parameters of the requirement) -> deviations`, None when a rule does
not apply. Never lives here: a transport, a clock, a verdict (strength comes from the ledger), a table of the law (it
is in spec/lifecycle.yaml).

Map
    table.py          CHECKS: requirement id -> Check, and where it is asked
    context.py        Deviation, Context, Check, Scope, Looks; values as short text
    lawful.py         what the law demands of a request, given what was known before
    status, methods, media, requests, links             one exchange
    callers                                             who is let in
    documents, words, indices, percentages, timeouts,
    dates, results, order, states, undo, plans, stages  one document
    echo, presence, actions, succession                 an exchange in its history
    concurrent                                          what several clients saw at once
    oracle                                              a strategy beside its prediction
"""

from conformance.checks.context import Check, Context, Deviation, Scope
from conformance.checks.table import CHECKS

__all__ = ["CHECKS", "Check", "Context", "Deviation", "Scope"]
