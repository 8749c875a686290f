"""The contract as pages for people, in Markdown: generated, never written.

Lives here: the form of the pages. Never here: what they say (`spec`, and the sentences of the checks).

  requirements.py  every requirement, by level and subject
  releases.py      the kinds of strategy of each release, and its deviations
  states.py        the law of what may be seen of a strategy, as tables and diagrams
  markdown.py      tables, cells and links

`PAGES` are the files that `vimgate spec docs` writes.
"""

from collections.abc import Callable, Mapping
from typing import Final

from spec.load import load_contract, load_law, load_ledger
from vimgate.contractpages import releases, requirements, states


def _requirements() -> str:
    return requirements.page(load_ledger(), load_contract())


def _states() -> str:
    return states.page(load_law())


PAGES: Final[Mapping[str, Callable[[], str]]] = {
    "requirements.md": _requirements,
    "states.md": _states,
    "releases.md": releases.page,
}
