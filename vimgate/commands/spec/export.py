"""`vimgate spec export`: the OpenAPI file of a release, or of the control API."""

import click

from spec.documents import read_text
from spec.load import PUBLISHED, RELEASES, load_contract, load_release, own_file
from vimgate.commands.spec.reading import told
from vimgate.exits import WrongUse
from vimgate.releases.openapifile import openapi_file


@click.command("export", epilog="Example: vimgate spec export --release stx-3.0 > stx-3.0.yaml")
@click.option("--control", is_flag=True, help="The control API of simulated targets instead of the published API.")
@click.option("--release", type=click.Choice(RELEASES), help="What deployments of it do.  [default: published]")
def command(release: str | None, *, control: bool) -> None:
    """Print the OpenAPI 3.1 file of the published API, of a release, or of the control API.

    The published API and the control API are printed as they are shipped. What a release does is made one plain file
    without any overlay.
    """
    if control and release:
        raise WrongUse("the control API is the same in every release; leave --release or --control out")
    with told():
        if release in (None, PUBLISHED):
            text = read_text(own_file("control.yaml" if control else "openapi.yaml"))
        else:
            text = openapi_file(load_release(release), load_contract(release))
    click.echo(text, nl=False)
