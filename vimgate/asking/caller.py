"""As whom a target is asked, and where a catalogue says that it is."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import click

from vimgate.asking import Option

CALLER: Final[tuple[Option, ...]] = (
    click.option(
        "--token-file",
        type=click.Path(path_type=Path, dir_okay=False),
        help="File with the X-Auth-Token; else $VIMGATE_TOKEN.",
    ),
    click.option(
        "--os-cloud",
        metavar="NAME",
        help="Log in to this cloud of clouds.yaml; without TARGET its catalogue says where the target is.",
    ),
    click.option("--os-env", is_flag=True, help="The same with the variables OS_AUTH_URL, OS_USERNAME and their like."),
    click.option(
        "--service-type",
        default="nfv",
        show_default=True,
        metavar="TYPE",
        help="Type of the service in the catalogue.",
    ),
    click.option(
        "--interface",
        type=click.Choice(["public", "internal", "admin"]),
        default="public",
        show_default=True,
        help="Which of its endpoints.",
    ),
    click.option("--region", metavar="NAME", help="The region of the endpoint.  [default: that of the cloud]"),
)


@dataclass(frozen=True, slots=True)
class OfCaller:
    """What was asked about the caller."""

    token_file: Path | None
    os_cloud: str | None
    os_env: bool
    service_type: str
    interface: str
    region: str | None

    @property
    def in_catalogue(self) -> bool:
        """A Keystone is asked."""
        return bool(self.os_cloud) or self.os_env

    @property
    def place(self) -> str | None:
        """What stands for the URL of a target before the catalogue is read; None where none is."""
        return "the catalogue" if self.in_catalogue else None
