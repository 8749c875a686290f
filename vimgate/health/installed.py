"""What is installed: Python, the libraries by the bounds of our own metadata, and files under our names."""

import importlib.util
import platform
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from importlib.metadata import Distribution, distributions
from pathlib import Path
from typing import Final

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from reports.render.words import kill_rate
from vimgate.health.signs import Sign, Status
from vimgate.matrix.rate import measured, rate_of, this_harness

NAME: Final = "vimgate"
# Names of our packages; `proxy` is kept for the gateway.
PACKAGES: Final = ("vimgate", "spec", "reports", "reference_server", "conformance", "proxy")
_OWN_ENVIRONMENT: Final = "give vimgate an environment of its own: pipx, tox, or a container"
_MOST: Final = 3


def look_at_installed(path: list[str] | None = None) -> Iterator[Sign]:
    """Every sign of what is installed on a path of folders; on the path of this Python when none is given."""
    every = distributions() if path is None else distributions(path=path)
    found = [each for each in every if each.metadata["Name"]]  # what was removed by halves has no name
    ours = [each for each in found if canonicalize_name(each.name) == NAME]
    yield _how_often(ours)
    for own in ours[:1]:
        yield _python(own)
        yield from _libraries(own, found)
    yield from _strangers(found)
    yield _origins(ours, {name: _origin(name) for name in PACKAGES})
    yield _kill_rate()


def _how_often(ours: list[Distribution]) -> Sign:
    if not ours:
        return Sign("vimgate", Status.FAIL, "not installed", "install it: pip install vimgate, or pipx install .")
    places = ", ".join(str(each.locate_file("")) for each in ours)
    if len(ours) > 1:
        return Sign("vimgate", Status.FAIL, f"installed {len(ours)} times: {places}", "uninstall all, install one")
    return Sign("vimgate", Status.OK, f"{ours[0].version} in {places}")


def _kill_rate() -> Sign:
    harness, said = this_harness(), measured()
    rate = rate_of(said, harness)
    if rate is not None:
        return Sign("kill rate", Status.OK, kill_rate(rate))
    others = " and ".join(name for name, value in asdict(harness).items() if said[name] != value)
    remedy = "vimgate mutants kill --clean-seeds 20 --json matrix.json, then tests/conformance/mutants/regenerate.py"
    return Sign("kill rate", Status.WARN, f"measured with another {others}, so no report tells it", remedy)


def _python(own: Distribution) -> Sign:
    wanted, version = own.metadata["Requires-Python"] or "", platform.python_version()
    if SpecifierSet(wanted).contains(version, prereleases=True):
        return Sign("python", Status.OK, f"{version} ({wanted or 'any'} is wanted)")
    return Sign("python", Status.FAIL, f"{version}; {wanted} is wanted", f"install vimgate on a Python {wanted}")


def _libraries(own: Distribution, found: Iterable[Distribution]) -> Iterator[Sign]:
    versions = {canonicalize_name(each.name): each.version for each in reversed(list(found))}
    wanted = [Requirement(text) for text in own.requires or ()]
    wanted = [each for each in wanted if each.marker is None or each.marker.evaluate({"extra": ""})]
    well = []
    for each in wanted:
        version = versions.get(canonicalize_name(each.name))
        remedy = f"pip install '{each.name}{each.specifier}', with --constraint constraints.txt for what was tested"
        if version is None:
            yield Sign(each.name, Status.FAIL, f"not installed; {each.specifier} is wanted", remedy)
        elif not each.specifier.contains(version, prereleases=True):
            yield Sign(each.name, Status.FAIL, f"{version}; {each.specifier} is wanted", remedy)
        else:
            well.append(f"{each.name} {version}")
    yield Sign("libraries", Status.OK, f"{len(well)} of {len(wanted)} within their bounds: {', '.join(well)}")


def _strangers(found: Iterable[Distribution]) -> Iterator[Sign]:
    """Files of other distributions under our names: the one that was installed last has overwritten the other."""
    strangers = [(each, _under_our_names(each)) for each in found if canonicalize_name(each.name) != NAME]
    strangers = [(each, files) for each, files in strangers if files]
    for each, files in strangers:
        shown = ", ".join(files[:_MOST]) + (f" and {len(files) - _MOST} more" if len(files) > _MOST else "")
        yield Sign(f"files of {each.name}", Status.FAIL, f"{each.name} {each.version} holds {shown}", _OWN_ENVIRONMENT)
    if not strangers:
        yield Sign("foreign files", Status.OK, f"nobody else holds files under {', '.join(PACKAGES)}")


def _under_our_names(distribution: Distribution) -> list[str]:
    return [
        str(file)
        for file in distribution.files or ()
        if file.parts[0] in PACKAGES or (file.stem in PACKAGES and len(file.parts) == 1)
    ]


def _origins(ours: list[Distribution], origins: dict[str, Path | None]) -> Sign:
    """Whether the packages that Python would import are those of this distribution."""
    folders = {name: origin.parent for name, origin in origins.items() if origin is not None}
    places = sorted({str(folder) for folder in folders.values()})
    if len(places) > 1:
        told = ", ".join(f"{name} from {folder}" for name, folder in folders.items())
        return Sign("packages", Status.FAIL, f"imported from several places: {told}", _OWN_ENVIRONMENT)
    installed = {str(Path(str(each.locate_file(""))).resolve()) for each in ours}
    if not installed.intersection(places):
        seen = f"imported from {places[0]}, not from where vimgate is installed"
        return Sign(
            "packages", Status.WARN, seen, "if that is not a checkout of yours, unset PYTHONPATH or go elsewhere"
        )
    return Sign("packages", Status.OK, f"all imported from {places[0]}")


def _origin(name: str) -> Path | None:
    """The folder that Python would import a package from; None when there is none of that name."""
    found = importlib.util.find_spec(name)
    return Path(found.origin).resolve().parent if found is not None and found.origin is not None else None
