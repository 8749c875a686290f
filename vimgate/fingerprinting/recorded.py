"""The exchanges of a recording, by deployment."""

from pathlib import Path
from typing import Final

import click

from conformance.fingerprint.exchanges import place
from conformance.fingerprint.table import Table
from conformance.fingerprint.weighing import Observations
from conformance.targets.target import shown
from reports.render.words import printable
from vimgate.exits import WrongUse
from vimgate.fingerprinting.progress import Watch

_MOST_DAMAGES: Final = 20
_MOST_SITES: Final = 10


def observed(path: Path, table: Table, site: str | None, watch: Watch) -> Observations:
    """What a recording shows of one deployment: of `site`, where it holds several. What cannot be read is told.

    `watch` is told how many bytes of how many were read. Raises WrongUse for a file that is no recording, and where a
    site has to be named.
    """
    from proxy.recordings.reading import READERS  # noqa: PLC0415 - whoever asks a server does not wait for the readers
    from proxy.recordings.recorded import Damage, Recorded  # noqa: PLC0415 - as above
    from proxy.recordings.source import Source  # noqa: PLC0415 - as above
    from vimgate.auditing.choosing import KINDS  # noqa: PLC0415 - as above

    found: dict[str, Observations] = {}
    damages = 0
    try:
        with Source(path) as source:
            reader = READERS.get(kind) if (kind := source.kind()) is not None else None
            if reader is None:
                raise WrongUse(f"{path}: is no recording; name a URL, or a file of {KINDS}")
            for item in reader(source):
                watch(source.done, source.size)
                if isinstance(item, Damage):
                    damages += 1
                    if damages <= _MOST_DAMAGES:
                        click.echo(printable(f"{path}: {item}"), err=True)
                elif isinstance(item, Recorded) and item.exchange.status and place(item.exchange) is not None:
                    found.setdefault(item.site, Observations(table)).take(item.exchange)
            if damages > _MOST_DAMAGES:
                more = f"and {damages - _MOST_DAMAGES} more places that cannot be read"
                click.echo(printable(f"{path}: {more}"), err=True)
            if source.problem:
                click.echo(printable(f"{path}: {source.problem}"), err=True)
    except OSError as error:
        raise WrongUse(f"{path}: cannot be read: {error.strerror or error}; name a recording, or a URL") from error
    return _of_site(found, path, site) or Observations(table)


def _of_site(found: dict[str, Observations], path: Path, site: str | None) -> Observations | None:
    """Those of the site that was named, or of the only one; None where nothing of a VIM was recorded."""
    more = [f"and {len(found) - _MOST_SITES} more"] if len(found) > _MOST_SITES else []
    names = ", ".join([*(printable(name) for name in list(found)[:_MOST_SITES]), *more])
    if site is not None:
        if site.rstrip("/") not in found:
            raise WrongUse(f"{path}: holds nothing of {shown(site)}" + (f"; name one of {names}" if names else ""))
        return found[site.rstrip("/")]
    if len(found) > 1:
        raise WrongUse(f"{path}: holds {len(found)} deployments; name one of them with --site: {names}")
    return next(iter(found.values()), None)
