"""`vimgate explain`: what a requirement demands, where that is said, what tests it, how it is broken, what to do."""

import json

import click

from spec.documents import DocumentError
from spec.load import PUBLISHED, RELEASES
from vimgate import completing
from vimgate.exits import WrongUse


@click.command()
@click.argument("names", metavar="ID...", nargs=-1, required=True, shell_complete=completing.requirements)
@click.option(
    "--release", type=click.Choice(RELEASES), default=PUBLISHED, show_default=True, help="The release to judge by."
)
@click.option("--json", "json_", is_flag=True, help="Print a JSON array instead of text.")
def command(*, names: tuple[str, ...], release: str, json_: bool) -> None:
    """Say what the requirements ID... demand: in our words, with source, strength, level, check and mutants.

    Each comes with what releases do about it, an example of a violation as the judge tells it, and what to do. ID may
    be a pattern, such as 'VIM-LIFE-01*'.

    Exit codes: 0 told, 2 there is no such requirement.

    \b
    Example:
      vimgate explain VIM-LIFE-014
      vimgate explain 'VIM-PACT-01*' VIM-GEN-001
      vimgate explain VIM-PACT-018 --release stx-3.0 --json
    """  # noqa: D301 - click reads \b as "do not wrap"
    # Checks and mutants are imported when they are needed: whoever presses Tab does not.
    from vimgate.explaining.choosing import requirements_of  # noqa: PLC0415
    from vimgate.explaining.facts import facts_of  # noqa: PLC0415
    from vimgate.explaining.showing import as_json, as_text  # noqa: PLC0415

    try:
        every = [facts_of(each, release) for each in requirements_of(names, release)]
    except DocumentError as error:
        raise WrongUse(str(error)) from error
    if json_:
        click.echo(json.dumps([as_json(each) for each in every], indent=2, ensure_ascii=False))
    else:
        click.echo("\n\n".join(map(as_text, every)))
