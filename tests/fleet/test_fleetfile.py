"""Fleet files: what stands in one is what certify is asked, and what is wrong with one is told by file and line."""

import pickle
import re
from pathlib import Path

import pytest

from vimgate.commands.certify import command as certify
from vimgate.exits import WrongUse
from vimgate.fleet.fleetfile import Member, arguments, files, fleet_of, schema
from vimgate.settings import options_of

EXAMPLE = """
defaults:
  release: stx-8.0
  level: lifecycle
  changes: [delete, create]
  world: worlds/one.yaml
targets:
  - name: subcloud-1
    url: https://10.1.0.2:4545/
    token-file: tokens/one
    deadline: 1h30m
    only: [VIM-LIFE-*, VIM-API-003]
  - url: http://[2001:db8::1]:4545/prefix
    changes: all
    take-over: true
    evidence: false
    request-timeout: 2.5
    seed: 0
  - os-cloud: dc
    region: RegionTwo
    changes: []
    read-only: true
    waivers: waivers.yaml
"""
WAIVERS = "waivers:\n  - {requirement: VIM-API-003, reason: known, ticket: T-1, expires: '2099-01-01'}\n"
ONE = {"url": "https://h:4545"}


@pytest.fixture(scope="module")
def world():
    """A world that is shipped, as text."""
    return Path(__file__).parents[2].joinpath("reference_server", "worlds", "aio-sx.yaml").read_text(encoding="utf-8")


@pytest.fixture
def beside(tmp_path, world):
    """The files that the example names."""
    (tmp_path / "worlds").mkdir()
    (tmp_path / "worlds" / "one.yaml").write_text(world, encoding="utf-8")
    (tmp_path / "waivers.yaml").write_text(WAIVERS, encoding="utf-8")
    return tmp_path


@pytest.fixture
def fleet(written, beside):
    """The fleet of the example."""
    return fleet_of(written(EXAMPLE))


def test_a_target_has_its_own_fields_before_the_defaults(fleet, beside):
    """A default goes before what a target says, or a path means another folder."""
    first, second, third = fleet.members
    assert [each.name for each in fleet.members] == ["subcloud-1", "2001-db8-1-4545-prefix", "dc-RegionTwo"]
    assert (first.url, first.release, first.changes) == ("https://10.1.0.2:4545", "stx-8.0", ("create", "delete"))
    assert (first.token_file, first.world.path) == (str(beside / "tokens/one"), str(beside / "worlds/one.yaml"))
    assert (second.changes, third.changes) == (("create", "apply", "abort", "delete"), ())
    assert [each.may_change for each in fleet.members] == [True, True, False]
    assert [each.place for each in fleet.members] == [first.url, second.url, "the catalogue of dc, region RegionTwo"]


def test_certify_is_asked_what_stands_there(fleet):
    """A value of the file means something else than the option of its name."""
    asked = [certify.make_context("certify", arguments(member)).params for member in fleet.members]
    assert [each["target"] for each in asked] == ["https://10.1.0.2:4545", "http://[2001:db8::1]:4545/prefix", None]
    assert [each["allow_changes"] for each in asked] == [True, True, False]
    assert (asked[0]["deadline"], asked[0]["only"]) == (5400.0, ("VIM-LIFE-*", "VIM-API-003"))
    assert (asked[0]["changes"], asked[1]["changes"]) == ("create,delete", "create,apply,abort,delete")
    assert (asked[1]["request_timeout"], asked[1]["seed"], asked[1]["evidence"]) == (2.5, 0, False)
    assert (asked[1]["take_over"], asked[2]["read_only"], asked[2]["region"]) == (True, True, "RegionTwo")
    assert {(each["release"], each["level"]) for each in asked} == {("stx-8.0", "lifecycle")}


def test_files_go_along_as_texts(fleet, tmp_path):
    """A worker on another machine does not have the world, or reads another one."""
    first, _, third = fleet.members
    assert (files(first).keys(), files(third)["waivers.yaml"]) == ({"world.yaml"}, WAIVERS)
    assert f"--world={tmp_path}/world.yaml" in arguments(first, tmp_path)
    assert f"--world={first.world.path}" in arguments(first)


def test_a_target_goes_to_a_worker_and_comes_back(fleet):
    """What a worker is asked is not what the client read."""
    assert pickle.loads(pickle.dumps(fleet.members)) == fleet.members  # noqa: S301 - bytes of our own


def test_the_digest_is_of_what_is_asked(written, beside, world):
    """A fleet is resumed with another world, or not because of a remark."""
    before = fleet_of(written(EXAMPLE)).digest
    assert fleet_of(written(f"# a remark\n{EXAMPLE}")).digest == before
    assert fleet_of(written(EXAMPLE.replace("seed: 0", "seed: 1"))).digest != before
    (beside / "worlds").rename(beside / "moved")
    assert fleet_of(written(EXAMPLE.replace("worlds/", "moved/"))).digest == before
    (beside / "moved").rename(beside / "worlds")
    (beside / "worlds" / "one.yaml").write_text(f"{world}\nvanished_hosts: [compute-9]\n", "utf-8")
    assert fleet_of(written(EXAMPLE)).digest != before


def test_the_schema_knows_every_field_and_no_other():
    """A field is checked that no target has, or certify has no option of that name."""
    names = {name.replace("-", "_") for name in schema()["$defs"]["target"]["properties"]}
    assert names == set(Member.__dataclass_fields__)
    assert names - {"name", "url"} <= {name.replace("-", "_") for name in options_of(certify)}


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ("targets:\n  - url: [", ":3: not YAML"),
        ("- a\n", "the document: expected an object"),
        ({}, 'expected a member "targets"'),
        ({"targets": []}, ":2: /targets: expected at least 1 items"),
        ({"targets": [ONE], "token": "x"}, "/token: expected only the members"),
        ({"targets": [ONE | {"chnges": "all"}]}, r':5: /targets/0/chnges: .*did you mean "changes"\?'),
        ({"targets": [ONE | {"name": "../x"}]}, ":5: /targets/0/name: expected text like"),
        ({"targets": [ONE | {"name": "."}]}, ":5: /targets/0/name: expected text like"),
        ({"targets": [ONE | {"release": "stx-8"}]}, ":5: /targets/0/release: 'stx-8' is not one of 'published'"),
        ({"targets": [ONE | {"level": "deep"}]}, "/targets/0/level: 'deep' is not one of 'wire'"),
        ({"targets": [ONE | {"changes": ["create"]}]}, "/targets/0/changes: create without delete"),
        ({"targets": [ONE | {"changes": ["destroy"]}]}, "/targets/0/changes: 'destroy' is no change"),
        ({"targets": [ONE | {"deadline": "soon"}]}, "/targets/0/deadline: 'soon' is no duration"),
        ({"targets": [ONE | {"deadline": True}]}, "/targets/0/deadline: expected a number or text"),
        ({"targets": [ONE | {"clients": 4000}]}, "/targets/0/clients: 4000 is not in the range"),
        ({"targets": [ONE | {"request-timeout": 0}]}, "/targets/0/request-timeout: 0.* is not in the range"),
        ({"targets": [ONE | {"only": ["VIM-LIEF-*"]}]}, "/targets/0/only: .*did you mean VIM-LIFE-"),
        ({"targets": [ONE | {"only": ["VIM-API-*"], "skip": ["VIM-*"]}]}, "/targets/0/skip: skip leaves out every"),
        ({"targets": [ONE | {"world": "nowhere"}]}, "/targets/0/world: .*nowhere: cannot be read"),
        (
            {"targets": [ONE | {"world": "FLEET.yaml"}]},
            r"/targets/0/world: .*FLEET.yaml:\d+: .*expected a member .hosts",
        ),
        ({"targets": [ONE | {"waivers": "FLEET.yaml"}]}, "/targets/0/waivers: .*expected"),
        ({"targets": [ONE | {"ca": "FLEET.yaml"}]}, "/targets/0/ca: .*holds no certificates"),
        ({"targets": [{"url": "h:4545"}]}, "/targets/0/url: a target of a fleet has a URL"),
        ({"targets": [{"url": "wsgi:a:b"}]}, "/targets/0/url: a target of a fleet has a URL"),
        ({"targets": [{"url": "https://h:x"}]}, "/targets/0/url: .*its port cannot be read"),
        ({"targets": [{"name": "a"}]}, "/targets/0/url: there is no target; write url"),
        ({"targets": [ONE | {"read-only": True, "changes": "all"}]}, "/targets/0/read-only: .*contradict"),
        ({"targets": [ONE | {"take-over": True}]}, "/targets/0/take-over: nothing can be taken over"),
        ({"targets": [ONE | {"token-file": "t", "os-cloud": "c"}]}, "/targets/0/token-file: .*each say who asks"),
        ({"targets": [ONE | {"reader-token-file": "t", "reader-cloud": "c"}]}, "/targets/0/reader-token-file: "),
        ({"targets": [ONE, ONE]}, ":7: /targets/1/url: target 1 of the file is the same"),
        ({"targets": [{"url": "https://H"}, {"url": "https://h:443/"}]}, "/targets/1/url: target 1 of the file is the"),
        ({"targets": [{"url": "http://h:443"}, {"url": "https://h."}]}, "/targets/1/url: target 1 of the file is the"),
        (
            {"targets": [{"url": "http://[::1]"}, {"url": "http://[0:0::1]:080"}]},
            "/targets/1/url: target 1 of the file",
        ),
        ({"targets": [{"url": "http://h/a"}, {"url": "http://h/%61"}]}, "/targets/1/url: target 1 of the file is the"),
        ({"targets": [{"os-cloud": "\ud800"}]}, "/targets/0/os-cloud: .*surrogates not allowed"),
        ({"targets": [{"os-cloud": "c"}, {"os-cloud": "c"}]}, "/targets/1/os-cloud: target 1 of the file is the same"),
        (
            {"targets": [ONE | {"name": "a"}, {"url": "https://i", "name": "A"}]},
            "/targets/1/name: target 1 .* called so",
        ),
        ({"targets": [ONE], "defaults": {"name": "a"}}, "/defaults/name: stands in each target"),
        ({"targets": [ONE], "defaults": {"release": "x"}}, "/defaults/release: 'x' is not one of"),
        ({"targets": [ONE | {"seed": n} for n in ("a",) * 12]}, "FLEET.yaml: and 2 more"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_wrong_file_says_where_and_what_to_write(written, value, says):
    """A mistake is found by the first worker, or the reader looks for it in ten thousand lines."""
    with pytest.raises(WrongUse) as error:
        fleet_of(written(value))
    assert re.search(says, error.value.message)
    assert "FLEET.yaml" in error.value.message.splitlines()[0]


def test_a_mistake_in_the_defaults_is_told_once(written):
    """A thousand targets say the same, and nothing else is seen."""
    targets = [{"url": f"https://h{number}"} for number in range(20)]
    with pytest.raises(WrongUse) as error:
        fleet_of(written({"defaults": {"world": "nowhere"}, "targets": targets}))
    assert len(error.value.message.splitlines()) == 1


SECRET = "opensesame1234567890"


@pytest.mark.parametrize(
    "fields",
    [
        {"token": SECRET},
        {"password": SECRET},
        {"os-password": SECRET},
        {"url": f"https://me:{SECRET}@h"},
        {"token-file": f"gAAAAABm{SECRET}"},
        {"ca": f"https://me:{SECRET}@h/ca.pem"},
        {"only": ["VIM-*", f"gAAAAABm{SECRET}"]},
    ],
    ids=lambda fields: next(iter(fields)),
)
@pytest.mark.parametrize("place", ["defaults", "targets"])
def test_no_secret_stands_in_a_fleet_file(written, fields, place):
    """A file that people hand around holds a password, or the error prints it into the log of a job."""
    value = {"defaults": fields, "targets": [ONE]} if place == "defaults" else {"targets": [ONE | fields]}
    with pytest.raises(WrongUse, match="no secret stands in a fleet file") as error:
        fleet_of(written(value))
    assert SECRET not in error.value.message


@pytest.mark.parametrize("urls", [("http://h", "https://h"), ("http://h/a", "http://h/A"), ("http://h:1", "http://h")])
def test_other_places_are_other_targets(written, urls):
    """Two servers on one host, or behind one gateway, are taken for one."""
    named = [{"name": f"n{number}", "url": url} for number, url in enumerate(urls)]
    assert tuple(each.url for each in fleet_of(written({"targets": named})).members) == urls


@pytest.mark.parametrize("content", [None, b"\xff"])
def test_a_file_that_cannot_be_read_is_wrong_use(tmp_path, content):
    """A traceback is what the reader gets."""
    path = tmp_path / "FLEET.yaml"
    _ = content is None or path.write_bytes(content)
    with pytest.raises(WrongUse, match=r"FLEET\.yaml: (cannot be read|byte 0 is not UTF-8)"):
        fleet_of(path)
