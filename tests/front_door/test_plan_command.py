"""`vimgate plan`: the document on stdout, and one clear error for every wrong input."""

import json
import subprocess
import sys

import pytest
from click.testing import CliRunner

from vimgate.commands.plan import command

WORLD = """\
hosts:
  - {name: controller-0, personality: controller}
  - {name: controller-1, personality: controller, software_load: "2"}
local_host_name: controller-1
patches: [{name: P}]
upgrade: {state: upgrading-controllers, from_release: "1", to_release: "2"}
"""
PATCH = {f"{word}-apply-type": "serial" for word in ("controller", "storage", "worker")} | {
    "swift-apply-type": "ignore",
    "default-instance-action": "migrate",
}
UPGRADE = {"storage-apply-type": "serial", "worker-apply-type": "serial"}
UNLOCK_FIRST = """\
recipes:
  sw-patch-controllers.reboot:
    - query-alarms
    - {step: unlock-hosts, entities: hosts}
    - {step: lock-hosts, entities: hosts}
    - {step: sw-patch-hosts, entities: hosts}
"""


@pytest.fixture
def files(tmp_path, monkeypatch):
    """Writes files into an empty current folder."""
    monkeypatch.chdir(tmp_path)

    def write(**contents):
        for name, content in contents.items():
            text = content if isinstance(content, str) else json.dumps(content)
            (tmp_path / name.replace("_", ".")).write_text(text, encoding="utf-8")

    write(world_yaml=WORLD, patch_json=PATCH, upgrade_json=UPGRADE)
    return write


def run(*arguments, world="world.yaml", kind="sw-patch", request="patch.json"):
    """Run the command."""
    options = ["--world", world, "--kind", kind, "--request", request]
    return CliRunner().invoke(command, [*options, *arguments])


def strategy(*arguments, **options):
    """The strategy that a good run prints."""
    result = run(*arguments, **options)
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)["strategy"]


@pytest.mark.usefixtures("files")
@pytest.mark.parametrize(("release", "stage_timeout", "named"), [("published", 4621, False), ("stx-3.0", 5536, True)])
def test_the_plan_is_that_of_the_release(release, stage_timeout, named):
    """The document of a release has the stages or the members of another."""
    document = strategy("--release", release)
    assert document["state"] == "ready-to-apply"
    assert [stage["timeout"] for stage in document["apply-phase"]["stages"]] == [stage_timeout] * 2
    assert ("name" in document) is named


@pytest.mark.usefixtures("files")
def test_an_upgrade_is_planned():
    """A sw-upgrade request gives no sw-upgrade strategy."""
    document = strategy(kind="sw-upgrade", request="upgrade.json")
    assert (document["name"], document["state"]) == ("sw-upgrade", "ready-to-apply")


@pytest.mark.parametrize(
    ("now", "stamp"),
    [
        ("2016-11-16 13:36:27", "2016-11-16 13:36:27"),
        ("1479303387", "2016-11-16 13:36:27"),
        ("0.9", "1970-01-01 00:00:00"),
    ],
)
@pytest.mark.usefixtures("files")
def test_the_build_happens_at_the_moment_that_is_given(now, stamp):
    """The dates of the build are others than --now says."""
    phase = strategy("--now", now)["build-phase"]
    assert (phase["start-date-time"], phase["end-date-time"]) == (stamp, stamp)


@pytest.mark.usefixtures("files")
def test_the_same_seed_gives_the_same_document():
    """Two runs with one seed differ, or two seeds give one uuid."""
    first, again, other = (run("--seed", seed, "--now", "0").stdout for seed in ("1", "1", "2"))
    assert first == again
    assert json.loads(first)["strategy"]["uuid"] != json.loads(other)["strategy"]["uuid"]


def test_a_failed_build_is_a_result(files):
    """A build that fails ends the command with another code than 0, or without its document."""
    files(world_yaml=WORLD.replace("[{name: P}]", "[]"))
    document = strategy()
    assert (document["state"], document["build-phase"]["reason"]) == ("build-failed", "no software patches found")


def test_a_rulebook_of_ones_own_is_used(files):
    """Unlock before lock in a rulebook file does not show in the plan."""
    files(mine_yaml=UNLOCK_FIRST)
    stage = strategy("--rulebook", "mine.yaml")["apply-phase"]["stages"][0]
    assert [step["step-name"] for step in stage["steps"]] == [
        "query-alarms",
        "unlock-hosts",
        "lock-hosts",
        "sw-patch-hosts",
    ]


@pytest.mark.usefixtures("files")
def test_complete_upgrade_is_known_where_the_release_has_it(files):
    """complete-upgrade is refused under stx-3.0, or accepted under published."""
    files(complete_json=UPGRADE | {"complete-upgrade": True})
    stages = strategy("--release", "stx-3.0", kind="sw-upgrade", request="complete.json")["apply-phase"]["stages"]
    assert stages[-1]["stage-name"] == "sw-upgrade-complete"
    assert run(kind="sw-upgrade", request="complete.json").exit_code == 2


WRONG = {
    "no world": ({"world": "nowhere.yaml"}, [], "nowhere.yaml: cannot be read"),
    "a folder as world": ({"world": "."}, [], ".: cannot be read"),
    "no request": ({"request": "nowhere.json"}, [], "nowhere.json: cannot be read"),
    "request of the other kind": (
        {"kind": "sw-upgrade"},
        [],
        "patch.json: not a sw-upgrade create request of release published",
    ),
    "incomplete request": (
        {"request": "upgrade.json"},
        [],
        "upgrade.json: not a sw-patch create request of release published",
    ),
    "world as request": ({"request": "world.yaml"}, [], "world.yaml: not a sw-patch create request"),
    "request as world": ({"world": "patch.json"}, [], 'expected a member "hosts"'),
    "no rulebook": ({}, ["--rulebook", "nowhere.yaml"], "nowhere.yaml: cannot be read"),
    "world as rulebook": ({}, ["--rulebook", "world.yaml"], "world.yaml:2: /hosts"),
    "unknown release": ({}, ["--release", "stx-9.9"], "stx-9.9"),
    "unknown kind": ({"kind": "fw-update"}, [], "fw-update"),
    "wrong time": ({}, ["--now", "yesterday"], "'yesterday' is no time; write 'YYYY-MM-DD HH:MM:SS' or seconds"),
    "endless time": ({}, ["--now", "inf"], "'inf' is no time"),
    "far time": ({}, ["--now", "1e18"], "'1e18' is no time"),
    "wrong seed": ({}, ["--seed", "x"], "'x' is not a valid integer"),
}


@pytest.mark.usefixtures("files")
@pytest.mark.parametrize(("options", "arguments", "message"), WRONG.values(), ids=WRONG)
def test_wrong_input_is_one_clear_error(options, arguments, message):
    """Wrong input ends with another code than 2, prints a document or a traceback, or does not say what is wrong."""
    result = run(*arguments, **options)
    assert (result.exit_code, result.stdout) == (2, "")
    assert message in result.stderr
    assert isinstance(result.exception, SystemExit)


BROKEN_BODIES = {
    "not JSON": ("{", "not JSON"),
    "a list": ("[]", "not a sw-patch create request"),
    "empty": ("", "not a sw-patch create request"),
    "key that is no text": ("1: 2\n", "not text"),
    "not UTF-8": (b"\xff\xfe", "not UTF-8"),
    "nested too deeply": ("[" * 100_000, "nested too deeply"),
    "unknown member": (json.dumps(PATCH | {"colour": "red"}), "colour"),
    "wrong word": (json.dumps(PATCH | {"worker-apply-type": "fast"}), "fast"),
    "out of range": (json.dumps(PATCH | {"max-parallel-worker-hosts": 1}), "max-parallel-worker-hosts"),
}


@pytest.mark.usefixtures("files")
@pytest.mark.parametrize(("content", "message"), BROKEN_BODIES.values(), ids=BROKEN_BODIES)
def test_a_broken_request_is_one_clear_error(tmp_path, content, message):
    """A broken request body gives a document or a traceback, or the error does not say what is wrong."""
    (tmp_path / "broken.json").write_bytes(content if isinstance(content, bytes) else content.encode())
    result = run(request="broken.json")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "broken.json" in result.stderr
    assert message in result.stderr
    assert isinstance(result.exception, SystemExit)


@pytest.mark.usefixtures("files")
def test_the_command_line_prints_json_and_nothing_else():
    """The command run as a program prints more than the document, or writes to stderr."""
    code = "from vimgate.commands.plan import command; command()"
    arguments = ["--world", "world.yaml", "--kind", "sw-patch", "--request", "patch.json"]
    done = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=True)
    assert (json.loads(done.stdout)["strategy"]["state"], done.stderr) == ("ready-to-apply", "")


def test_a_kind_that_the_release_has_not_is_named(files):
    """A kind of another release is planned, or the error does not say which kinds there are."""
    files()
    done = run("--release", "stx-10.0")
    assert (done.exit_code, "sw-upgrade, system-config-update" in done.stderr) == (2, True)


def test_a_kind_with_generic_stages_is_planned(files):
    """A kind of a later release is planned as its tables say, and its version is in the names of stages."""
    asked = UPGRADE | {"default-instance-action": "migrate", "to-version": "1.30"}
    files(asked_json=asked)
    document = json.loads(run("--release", "stx-11.0", kind="kube-upgrade", request="asked.json").output)["strategy"]
    names = [stage["stage-name"] for stage in document["apply-phase"]["stages"]]
    assert (document["state"], document["apply-phase"]["response"]) == ("ready-to-apply", "")
    assert "kube-upgrade-first-control-plane v1.30" in names
