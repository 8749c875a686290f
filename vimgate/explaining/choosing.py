"""Which requirements a person means: ids and patterns, in either case, of the ledger of a release."""

import difflib
from collections.abc import Iterable
from fnmatch import fnmatchcase

from spec.ledger import Requirement
from spec.load import RELEASES, load_ledger
from vimgate.exits import WrongUse


def requirements_of(names: Iterable[str], release: str) -> list[Requirement]:
    """The requirements of these ids and patterns, each once, in the order of the names. Raises WrongUse.

    The error names near ids, or the release that has the requirement.
    """
    rows = load_ledger(release).by_id
    found = {id_: rows[id_] for name in names for id_ in _matching(name, release)}
    return list(found.values())


def _matching(name: str, release: str) -> list[str]:
    ids = list(load_ledger(release).by_id)
    matches = [each for each in ids if fnmatchcase(each, name.upper())]
    if matches:
        return matches
    for other in RELEASES if name.upper().startswith("VIM-") else ():
        found = load_ledger(other).by_id.get(name.upper())
        if found is not None:
            home = (found.deviation or "").rpartition(" of ")[2] or other
            raise WrongUse(f"{name} is a requirement of {home} and of releases that build on it; add --release {home}")
    areas = dict.fromkeys(f"{each.rpartition('-')[0]}-*" for each in ids)
    near = difflib.get_close_matches(name.upper(), [*ids, *areas], n=3)
    hint = f"did you mean {' or '.join(near)}?" if near else "`vimgate spec requirements` lists the ids"
    raise WrongUse(f"there is no requirement {name}; {hint}")
