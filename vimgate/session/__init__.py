"""The suite as a session of pytest: `pytest --pyargs conformance.suite --target URL -n 2` ends as certify does.

Lives here: what ties a session of pytest to a certification. Never here: a part of a certification of its own; options,
campaign, collector and report are those of `vimgate certify`.

    entry.py    what pytest finds in every session of this environment; loads the rest when the suite is asked for
    asked.py    options of certify as options of pytest, and back
    hooks.py    the session: a campaign around it, and its exit code
"""
