"""Everything that is known of a release, for the commands."""

from spec.comparison import Edition
from spec.documents import DocumentError
from spec.load import load_contract, load_law, load_ledger, load_release
from vimgate.exits import WrongUse


def edition(release: str) -> Edition:
    """The release of that name. Raises WrongUse when one of its files is damaged."""
    try:
        return Edition(load_release(release), load_contract(release), load_law(release), load_ledger(release))
    except DocumentError as error:
        raise WrongUse(str(error)) from error
