"""`vimgate world`: what is written can be used, problems are all told with their lines, tables hold what is there."""

import json
import re

import jsonschema
import pytest
import yaml
from click.testing import CliRunner

from reference_server.engine.words import Kind
from reference_server.instant import planned_document
from reference_server.requests import parse_create
from reference_server.rulebooks import load_release
from reference_server.worlds.file import load_world, read_world
from reference_server.worlds.shipped import world_names, world_source
from reports import stream
from reports.model import Report, Run, SeenStrategy
from vimgate.commands.world import EXTRAS_HEADLINE, SCHEMA_FILE, command

READY = ("aio-sx", "aio-dx", "standard", "storage", "large", "failing-lock", "failing-midway")
RELEASE = load_release("published")
SERIAL = {f"{word}-apply-type": "serial" for word in ("controller", "storage", "swift", "worker")}
PATCH = SERIAL | {"default-instance-action": "migrate"}


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """An empty current folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments):
    """A run that ends in 0; what it prints."""
    result = CliRunner().invoke(command, arguments)
    assert result.exit_code == 0, result.output
    return result.stdout


def fail(*arguments, code=2):
    """A run that ends in another code; what it says on stderr."""
    result = CliRunner().invoke(command, arguments)
    assert (result.exit_code, type(result.exception)) == (code, SystemExit)
    return result.stderr


# --- shipped worlds


@pytest.mark.parametrize("name", READY)
def test_the_ready_worlds_are_there(name):
    """A deployment that people ask for is not among the shipped worlds, or has no sentence that says what it is."""
    assert re.search(rf"^{name} +[A-Z].{{20,}}", run("list"), re.MULTILINE)


@pytest.mark.parametrize("name", world_names())
def test_a_shipped_world_is_sound_and_has_no_surprises(folder, name):
    """A shipped world has a problem, or something in it surprises; its own check says so."""
    (folder / "world.yaml").write_text(world_source(name), encoding="utf-8")
    assert run("check", "world.yaml") == "world.yaml: ok\n"


# --- init, schema


@pytest.mark.parametrize("name", world_names())
def test_what_init_writes_is_that_world(folder, name):
    """A file that init writes is another world than the one that was asked for."""
    run("init", "--like", name, "mine.yaml")
    written, shipped = read_world(folder / "mine.yaml"), load_world(name)
    assert (written.fleet, written.durations, written.faults) == (shipped.fleet, shipped.durations, shipped.faults)


@pytest.mark.parametrize("name", world_names())
def test_the_commented_lines_can_be_used(folder, name):
    """A line that a person takes the comment sign from is wrong."""
    run("init", "--like", name)
    text = (folder / "world.yaml").read_text(encoding="utf-8")
    own, extras = text.split(EXTRAS_HEADLINE)
    (folder / "world.yaml").write_text(own + extras.replace("# ", "", 1).replace("\n# ", "\n"), encoding="utf-8")
    run("check", "world.yaml")
    assert read_world(folder / "world.yaml").fleet.alarms


def test_an_editor_finds_the_schema_offline(folder):
    """The first line of the file does not name a schema beside it, or the file is not valid under that schema."""
    run("init", "--like", "large", "deep/lab.yaml")
    text = (folder / "deep" / "lab.yaml").read_text(encoding="utf-8")
    named = re.match(r"# yaml-language-server: \$schema=(\./\S+)\n", text)[1]
    schema = json.loads((folder / "deep" / named).read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.Draft202012Validator(schema).validate(yaml.safe_load(text))
    assert json.loads(run("schema")) == schema


def test_init_overwrites_only_when_told(folder):
    """An edited file is lost, or stays although --force is given."""
    run("init", "lab.yaml")
    (folder / "lab.yaml").write_text("mine", encoding="utf-8")
    assert "lab.yaml: is there already; name another file, or say --force" in fail("init", "lab.yaml")
    assert (folder / "lab.yaml").read_text(encoding="utf-8") == "mine"
    run("init", "lab.yaml", "--force")
    assert "hosts:" in (folder / "lab.yaml").read_text(encoding="utf-8")


def test_a_foreign_schema_is_left_alone(folder):
    """A file of somebody else with the name of the schema is overwritten."""
    (folder / SCHEMA_FILE).write_text("{}", encoding="utf-8")
    assert "is not the schema of worlds" in fail("init", "lab.yaml")
    assert (folder / SCHEMA_FILE).read_text(encoding="utf-8") == "{}"
    assert not (folder / "lab.yaml").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["init", "--like", "nothing"], "'nothing' is not one of"),
        (["init", "file/lab.yaml"], "cannot be written: "),
        (["init", SCHEMA_FILE], "is the name of the schema"),
        (["check"], "Missing argument"),
        (["check", "nowhere.yaml"], "nowhere.yaml: cannot be read"),
        (["check", "."], "is a directory"),
        (
            ["show", "nowhere"],
            "nowhere: cannot be read: No such file or directory; name a YAML or JSON file; or one of",
        ),
        (["show", "file"], "file:1: the document: expected an object"),
        (["from-report", "nowhere"], "nowhere: cannot be read"),
        (["from-report", "file"], "no vimgate-report header"),
    ],
)
def test_wrong_use_is_one_clear_error(folder, arguments, message):
    """Wrong use ends in a traceback, in another code than 2, or nobody is told what is wrong."""
    (folder / "file").write_text("text", encoding="utf-8")
    assert message in fail(*arguments)


# --- check

MANY = """\
hosts:
  - {name: controller-0, personality: controller}
  - {name: compute-0, personality: worker}
instances:
""" + "".join(f"  - {{name: vm-{number}, host: nowhere-{number}}}\n" for number in range(25))
WRONG = {
    "every stranger, with its line": (
        MANY,
        [f"w.yaml:{5 + number}: /instances/{number}/host: there is no 'nowhere-{number}'" for number in range(25)],
    ),
    "every wrong word, with its line": (
        "hosts:\n" + "".join(f"  - {{name: c-{number}, personality: boss}}\n" for number in range(25)),
        [f"w.yaml:{2 + number}: /hosts/{number}/personality: " for number in range(25)],
    ),
    "not YAML": ("hosts:\n\t- x\n", ["w.yaml:2: not YAML"]),
    "no world": ("[]", ["w.yaml:1: the document: expected an object"]),
    "a fault of a stranger": (
        "hosts:\n  - {name: c, personality: controller}\nfaults:\n  - {step: lock-hosts, host: d, ends: fails}\n",
        ["w.yaml:4: /faults/0/host: there is no 'd' among the hosts"],
    ),
}


@pytest.mark.parametrize(("text", "expected"), WRONG.values(), ids=WRONG)
def test_every_problem_is_told_with_its_line(folder, text, expected):
    """A problem is not told, or its line is wrong; the file counts as one that can be used."""
    (folder / "w.yaml").write_text(text, encoding="utf-8")
    run("init", "good.yaml")
    told = fail("check", "good.yaml", "w.yaml").splitlines()
    assert [line[: len(start)] for line, start in zip(told, expected, strict=False)] == expected
    assert told[len(expected) :] == ["Error: 1 of 2 world files cannot be used"]


HOSTS = "hosts:\n  - {name: controller-0, personality: controller}\n  - {name: controller-1, personality: controller}\n"
STARTED = "invalid upgrade state for orchestration: started"
SURPRISES = {
    "stranger among the patch hosts": (
        "patches: [{name: P}]\npatch_hosts: [{name: controller-0}, {name: controller-1},\n  {name: compute-9}]\n",
        [
            "w.yaml:4: /patches: the plainest sw-patch strategy fails to build: host inventory mismatch detected",
            "w.yaml:6: /patch_hosts/2/name: there is no 'compute-9' among the hosts",
        ],
    ),
    "host that is never patched": (
        "patches: [{name: P}]\npatch_hosts: [{name: controller-0}]\n",
        ["w.yaml:3: /hosts/1: the patch controller does not know 'controller-1': it is never patched"],
    ),
    "patch hosts without patches": (
        "patch_hosts: [{name: controller-0}, {name: controller-1}]\n",
        ["w.yaml:4: /patch_hosts: there are patch hosts and no patches: every sw-patch strategy fails to build"],
    ),
    "no active controller": (
        "local_host_name: moon\n",
        ["w.yaml:4: /local_host_name: there is no 'moon' among the hosts: no controller is the active one"],
    ),
    "instance on a controller": (
        "instances: [{name: vm, host: controller-0}]\n",
        ["w.yaml:4: /instances/0/host: 'controller-0' is no worker: nothing ever moves this instance away"],
    ),
    "build that fails": (
        "patches: [{name: P}]\nalarms: [{alarm_id: '100.101'}]\n",
        ["w.yaml:4: /patches: the plainest sw-patch strategy fails to build: active alarms present"],
    ),
    "upgrade that cannot be": (
        "upgrade: {state: started, from_release: '1', to_release: '2'}\n",
        [f"w.yaml:4: /upgrade: the plainest sw-upgrade strategy fails to build: {STARTED}"],
    ),
    "fault of a step that no strategy has": (
        "patches: [{name: P}]\nfaults:\n  - {step: migrate-instances, ends: fails}\n",
        ["w.yaml:6: /faults/0: can never happen: no strategy of this world has a step migrate-instances"],
    ),
    "fault of a step that is not for that host": (
        "patches: [{name: P}]\nfaults:\n  - {step: reboot-hosts, host: controller-0, ends: fails}\n",
        ["w.yaml:6: /faults/0: can never happen: no strategy of this world has a step reboot-hosts"],
    ),
    "change after a step that no strategy has": (
        "patches: [{name: P}]\nfaults:\n  - {change: host-vanishes, host: controller-0, when: {step: upgrade-hosts}}\n",
        ["w.yaml:6: /faults/0: can never happen: no strategy of this world has a step upgrade-hosts"],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), SURPRISES.values(), ids=SURPRISES)
def test_what_is_lawful_and_surprising_is_a_warning(folder, text, expected):
    """A surprise is not told, has a wrong line, or makes the file one that cannot be used."""
    (folder / "w.yaml").write_text(HOSTS + text, encoding="utf-8")
    *warnings, last = run("check", "w.yaml").splitlines()
    assert warnings == [f"warning: {each}" for each in expected]
    assert last == f"w.yaml: ok, {len(expected)} warning{'s' * (len(expected) > 1)}"


# --- show


def test_show_tells_what_is_there_and_what_would_be_planned():
    """A host, instance, group, aggregate, patch state or stage of the default world is not shown."""
    shown = run("show")
    expected = (
        r"controller-1 +controller, active +unlocked, enabled, available +20\.06 +needs patches, reboot",
        r"web-1 +compute-1 +running +web \(anti-affinity\)",
        r"front +host aggregate +compute-0, compute-1",
        r"A plain sw-patch strategy: 8 stages, at most 37748 s",
        r"5 +sw-patch-worker-hosts +compute-0 +web-0, database-0 +query-alarms, migrate-instances, lock-hosts",
        r"A plain sw-upgrade strategy: 7 stages",
    )
    assert [words for words in expected if not re.search(words, shown)] == []


def test_show_tells_faults_alarms_and_failed_builds(folder):
    """Faults and alarms of a file are not shown, or not why nothing can be planned."""
    alarm = "alarms: [{alarm_id: '100.101'}]\npatches: [{name: P}]\nfaults: [{step: lock-hosts, ends: fails}]\n"
    (folder / "w.yaml").write_text(HOSTS + alarm, encoding="utf-8")
    shown = run("show", "w.yaml")
    assert re.search(r"100\.101 +True", shown)
    assert "step: lock-hosts, ends: fails" in shown
    assert "A plain sw-patch strategy: fails to build: active alarms present" in shown


def test_names_are_text_and_nothing_else(folder):
    """A name in a world file is taken for markup, and is not shown as it is."""
    (folder / "w.yaml").write_text('hosts: [{name: "[red]c[/red] :cat:", personality: controller}]\n', encoding="utf-8")
    assert "[red]c[/red] :cat:" in run("show", "w.yaml")


# --- from-report


def report(*strategies):
    """Write a report with these strategies into `run`."""
    header = Run("http://vim.example", "published", 0, "allowed", "2026-11-23T18:04:05Z")
    stream.write(Report(header, strategies=strategies), "run/report.jsonl")


def planned(world):
    """The document that a serial patch request leads to."""
    request = parse_create(Kind.SW_PATCH, PATCH, RELEASE.wire)
    return planned_document(request, world.fleet, RELEASE, uuid="u", now=0)["strategy"]


def test_a_world_is_made_from_a_report(folder):
    """The file is not a world, or the same request leads to other stages in it than those in the report."""
    before = planned(load_world("standard"))
    report(SeenStrategy("sw-patch", before))
    run("from-report", "run", "--out", "lab.yaml")
    assert planned(read_world(folder / "lab.yaml")) == before
    assert run("check", "lab.yaml") == "lab.yaml: ok\n"
    printed, written = run("from-report", "run"), (folder / "lab.yaml").read_text(encoding="utf-8")
    assert written.partition("\n")[2] == printed
    assert "the report of http://vim.example" in printed
    assert "is there already" in fail("from-report", "run", "--out", "lab.yaml")


@pytest.mark.parametrize(
    "strategies",
    [(), (SeenStrategy("sw-patch", {}),), (SeenStrategy("sw-patch", {"apply-phase": {"stages": []}}),)],
    ids=["none", "no strategy", "nothing planned"],
)
def test_a_report_without_a_planned_strategy_says_so(strategies):
    """A report that tells nothing of its deployment gives an empty world or a traceback."""
    report(*strategies)
    assert "no strategy with planned stages" in fail("from-report", "run")


def test_strategies_that_contradict_each_other_say_so():
    """Two hosts of one uuid lead to a file that cannot be used, or to a traceback."""
    steps = [{"step-name": "sw-patch-hosts", "entity-names": ["a", "b"], "entity-uuids": ["u", "u"]}]
    report(
        SeenStrategy("sw-patch", {"apply-phase": {"stages": [{"stage-name": "sw-patch-worker-hosts", "steps": steps}]}})
    )
    assert "contradict each other" in fail("from-report", "run")


def test_a_report_that_is_cut_off_is_incomplete(folder):
    """A run that was interrupted counts as one that can be believed."""
    report()
    path = folder / "run" / "report.jsonl"
    path.write_bytes(path.read_bytes()[:-20])
    assert "run it again" in fail("from-report", "run", code=3)
