"""docs/ci.md: each snippet is what its system takes, each command line what vimgate takes; the main ones are run."""

import configparser
import json
import re
import shlex
from importlib.resources import files
from pathlib import Path

import click
import jsonschema_rs
import pytest
import yaml
from click.testing import CliRunner

from vimgate.ci.systems import SYSTEMS
from vimgate.cli import command as vimgate
from vimgate.session.asked import _name, _options

DOC = (Path(__file__).parents[2] / "docs" / "ci.md").read_text(encoding="utf-8")
YAML = [yaml.load(block, Loader=yaml.BaseLoader) for block in re.findall(r"```yaml\n(.*?)```", DOC, re.DOTALL)]  # noqa: S506 - texts alone
GITHUB = [each for each in YAML if "on" in each]
GITLAB = [each for each in YAML if "conformance" in each]
JOBS, *PLAYBOOKS = [each for each in YAML if isinstance(each, list)]
INI = re.search(r"```ini\n(.*?)```", DOC, re.DOTALL)[1]
CONSOLE = [line[2:] for block in re.findall(r"```console\n(.*?)```", DOC, re.DOTALL) for line in block.splitlines()]
# What a system puts in the place of its variables.
FILLED = {
    "${{ matrix.shard }}": "1",
    "$CI_NODE_INDEX": "1",
    "$CI_NODE_TOTAL": "3",
    "{{ ansible_user_dir }}": "/home/zuul",
    "{posargs}": "",
}
LINES = sorted(set(re.findall(r"(?:^|[ $-] )(vimgate (?:certify|report) .*)$", DOC, re.MULTILINE)))
CHEAP = {
    "LEVEL": "lifecycle",
    "FUZZ_EXAMPLES": "0",
    "SEQUENCES": "0",
    "CLIENTS": "0",
    "WORKERS": "1",
    "ONLY": "VIM-ROOT-*",
}


def words(line):
    """A command line as a shell would read it, its variables filled and its output going nowhere."""
    for variable, value in FILLED.items():
        line = line.replace(variable, value)
    return shlex.split(line.partition(" >> ")[0])


def schema(name):
    """A schema of a CI system, as the package of `check-jsonschema` has it."""
    path = files("check_jsonschema") / "builtin_schemas" / "vendor" / f"{name}.json"
    return json.loads(path.read_text(encoding="utf-8"))


def typed(value):
    """The snippet with numbers and truth values, as the system reads it; `on` stays a word."""
    if isinstance(value, dict):
        return {name: typed(each) for name, each in value.items()}
    if isinstance(value, list):
        return [typed(each) for each in value]
    return {"true": True, "false": False}.get(value, int(value) if value.isdecimal() else value)


def parsed(arguments):
    """The subcommand of vimgate and its values; click's error when it does not take them."""
    group, context = vimgate, click.Context(vimgate, info_name="vimgate")
    while isinstance(group, click.Group):
        name, *arguments = arguments
        group = group.get_command(context, name)
        assert group is not None, name
    return group.make_context(group.name, list(arguments), parent=context).params


@pytest.mark.parametrize("snippet", GITHUB, ids=["one job", "sharded"])
def test_a_workflow_is_one_of_github(snippet):
    """GitHub would take the workflow."""
    assert [
        error.message for error in jsonschema_rs.validator_for(schema("github-workflows")).iter_errors(typed(snippet))
    ] == []


@pytest.mark.parametrize("snippet", GITLAB, ids=["one job", "sharded"])
def test_a_pipeline_is_one_of_gitlab(snippet):
    """GitLab would take the pipeline."""
    assert [
        error.message for error in jsonschema_rs.validator_for(schema("gitlab-ci")).iter_errors(typed(snippet))
    ] == []


@pytest.mark.parametrize(("name", "snippet"), [("github-workflows", GITHUB[0]), ("gitlab-ci", GITLAB[0])])
def test_the_schemas_find_faults(name, snippet):
    """A job without what it needs would be noticed."""
    broken = json.loads(
        json.dumps(typed(snippet)).replace('"runs-on"', '"runs"').replace('"when": "always"', '"when": 3')
    )
    assert not jsonschema_rs.validator_for(schema(name)).is_valid(broken)


def test_the_job_of_zuul_has_its_playbooks():
    """The job names the playbooks that are shown, and the pipelines name the job."""
    job, project = JOBS[0]["job"], JOBS[1]["project"]
    assert [job["run"], job["post-run"]] == re.findall(r"^`(playbooks/\S+)`:$", DOC, re.MULTILINE)
    assert {name: each["jobs"] for name, each in project.items()} == {key: [job["name"]] for key in ("check", "gate")}
    assert re.findall(r"\{\{ (vimgate) \}\}", DOC) == list(job["vars"])


@pytest.mark.parametrize("playbook", PLAYBOOKS, ids=["run", "post"])
def test_a_playbook_has_hosts_and_named_tasks_of_one_module(playbook):
    """Each task does one thing, and says what."""
    assert [set(play) for play in playbook] == [{"hosts", "tasks"}]
    besides = {"name", "environment", "register", "failed_when", "when"}
    assert [len(set(task) - besides) for task in playbook[0]["tasks"]] == [1] * len(playbook[0]["tasks"])


def test_what_zuul_is_returned_is_where_the_run_wrote_it():
    """The second playbook reads the file that a run in the first one writes."""
    certify = next(line for line in LINES if "zuul-output" in line)
    out = words(certify)[-1]
    assert (
        PLAYBOOKS[1][0]["tasks"][0]["ansible.builtin.slurp"]["src"].replace("{{ ansible_user_dir }}", "/home/zuul")
        == f"{out}/zuul-return.json"
    )
    assert PLAYBOOKS[0][0]["tasks"][1]["environment"] == {"ZUUL_BUILD": "{{ zuul.build }}"}


def test_tox_hands_on_what_a_system_is_known_by():
    """The environment of the ini file lets through every variable of the table."""
    section = configparser.ConfigParser(interpolation=None)
    section.read_string(INI)
    passed = section["testenv:conformance"]["pass_env"].split()
    wanted = {name for system in SYSTEMS for name in (system.signs[0], *system.appended)}
    assert wanted - set(passed) == set()


def test_the_table_names_each_system():
    """Every system that is known, its sign and the files that it is handed are told."""
    for system in SYSTEMS:
        row = next(line for line in DOC.splitlines() if line.startswith(f"| {system.name} "))
        assert [name for name in (system.signs[0], *system.appended, *system.written) if name not in row] == []


@pytest.mark.parametrize("line", LINES)
def test_vimgate_takes_each_command_line(line):
    """No snippet has an option that the command has not."""
    assert parsed(words(line)[1:])


def test_the_options_of_the_session_exist():
    """Whatever is asked of pytest is an option of the session, or pytest's own."""
    known = {"--pyargs", "--target", *(_name(option) for option in _options())}
    lines = [line for line in CONSOLE if line.startswith("pytest ")]
    assert {word for line in lines for word in shlex.split(line) if word.startswith("--")} - known == set()


def test_a_run_in_a_job_and_its_gate(tmp_path, monkeypatch):
    """The commands of the text, one after the other as in a job: a run, its pages, and the gate with waivers."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mypackage.py").write_text("from reference_server import create_app\n", encoding="utf-8")
    (tmp_path / "waivers.yaml").write_text("waivers: []\n", encoding="utf-8")
    environment = {f"VIMGATE_CERTIFY_{name}": value for name, value in CHEAP.items()} | {"GITLAB_CI": "true"}
    shown = [line for line in LINES if "report show" in line or ("report gate" in line and "--baseline" not in line)]
    for line in ["vimgate certify wsgi:mypackage:create_app --ci --waivers waivers.yaml", *shown]:
        assert line in LINES
        done = CliRunner().invoke(vimgate, words(line)[1:], env=environment, auto_envvar_prefix="VIMGATE")
        assert done.exit_code == 0, done.output
    assert (
        (tmp_path / "vimgate-report" / "gitlab.env").read_text(encoding="utf-8").startswith("VIM_VERDICT=conformant\n")
    )
