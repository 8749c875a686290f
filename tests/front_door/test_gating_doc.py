"""docs/gating.md: its commands do what the page says, in their order; and shards made whole by the command."""

import json
import re
import shlex
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from reports import stream
from vimgate.cli import command

DOC = (Path(__file__).parents[2] / "docs" / "gating.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^\$ vimgate (.*)$", DOC, re.MULTILINE)
# As little as comes to a verdict, in this process.
SMALL = {
    "VIMGATE_CERTIFY_LEVEL": "wire",
    "VIMGATE_CERTIFY_ONLY": "VIM-API-*",
    "VIMGATE_CERTIFY_FUZZ_EXAMPLES": "0",
    "VIMGATE_CERTIFY_SEQUENCES": "0",
    "VIMGATE_CERTIFY_CLIENTS": "0",
    "VIMGATE_CERTIFY_WORKERS": "1",
    "VIMGATE_CERTIFY_QUIET": "1",
}
OWN = ("started", "duration_seconds")


def vimgate(*arguments):
    """A command, in the current directory."""
    return CliRunner().invoke(command, arguments, env=SMALL, auto_envvar_prefix="VIMGATE", catch_exceptions=False)


@pytest.fixture(scope="module")
def played(tmp_path_factory):
    """The folder in which the commands of the page were run, and what became of each."""
    folder = tmp_path_factory.mktemp("gating")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        return folder, [vimgate(*shlex.split(line)) for line in COMMANDS]


def test_the_commands_of_the_page_end_well(played):
    """A command that the page shows fails where its reader would run it."""
    assert [each.exit_code for each in played[1]] == [0] * len(COMMANDS)


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("report diff", "NOTHING BROKEN: Whatever fails failed alike before."),
        ("report gate", "VERDICT conformant "),
        ("certify --shard 1/2", " shard=1/2 "),
        ("report merge", "VERDICT conformant "),
        ("report matrix", "2 rows from 2 reports."),
    ],
)
def test_they_say_what_the_page_says(played, command, said):
    """A command ends well and says something else."""
    line = next(line for line in COMMANDS if line.startswith(command))
    assert said in played[1][COMMANDS.index(line)].stdout


def bare(folder):
    """A report without what is its own: when it was made, and where its evidence is."""
    report = stream.read(folder)
    return replace(report, evidence=None, run=replace(report.run, **dict.fromkeys(OWN)))


def test_merged_shards_are_one_run(played):
    """The merged report is another one than that of a run in one."""
    assert bare(played[0] / "vimgate-report-merged") == bare(played[0] / "vimgate-report")


def test_the_merged_report_follows_from_its_evidence(played):
    """The evidence of the whole is not that of its parts."""
    done = vimgate("report", "verify", str(played[0] / "vimgate-report-merged"))
    assert (done.exit_code, done.stdout.splitlines()[-1].split()[0]) == (0, "VERIFIED")


@pytest.fixture
def shards(played, tmp_path):
    """Copies of both shards, to be damaged."""
    return [Path(shutil.copytree(played[0] / f"shard-{number}", tmp_path / str(number))) for number in (1, 2)]


@pytest.fixture
def merge(shards, tmp_path):
    """Merges these shards, or what is named."""
    return lambda *named: vimgate("report", "merge", *map(str, named or shards), "--out", str(tmp_path / "all"))


def test_missing_shards_end_in_incomplete(merge, shards, tmp_path):
    """A run of which half is missing is a success, or leaves a report behind."""
    done = merge(shards[1])
    assert (done.exit_code, done.stderr) == (
        3,
        "Error: shard 1 of 2 is missing; play and name them, or see --allow-missing\n",
    )
    assert not (tmp_path / "all").exists()


def test_a_report_without_some_shards_says_so(merge, shards):
    """A report that was asked for without a shard is taken for one of the whole run."""
    done = merge(shards[1], "--allow-missing", "--json")
    value = json.loads(done.stdout)
    assert (done.exit_code, value["outcome"], value["exit_code"]) == (3, "incomplete", 3)
    assert value["untestable"]["shard 1 of 2 is missing"] == 1


def test_a_shard_without_evidence_is_refused(merge, shards):
    """Findings that no report lists vanish from the whole."""
    report = stream.read(shards[0])
    stream.write(replace(report, evidence=None), shards[0] / stream.FILE_NAME)
    done = merge()
    assert (done.exit_code, "has no evidence, from which shards are merged" in done.stderr) == (2, True)


@pytest.mark.parametrize("what", ["evidence.zip", stream.FILE_NAME])
def test_a_pair_that_does_not_fit_is_refused(merge, shards, what):
    """A shard is merged with the evidence, or the header, of another one."""
    shutil.copy(shards[1] / what, shards[0] / what)
    done = merge(shards[0])
    assert (done.exit_code, "this is not the evidence of the report beside it" in done.stderr) == (2, True)


def test_shards_with_other_waivers_are_refused(merge, shards, tmp_path, monkeypatch):
    """A failure that one shard waives is waived in the whole, or not, by the order of the names."""
    waiver = {"requirement": "VIM-API-001", "reason": "known", "ticket": "LAB-1", "expires": "2099-01-01"}
    (tmp_path / "waivers.yaml").write_text(json.dumps({"waivers": [waiver]}), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    vimgate("certify", "--shard", "1/2", "--out", str(shards[0]), "--waivers", "waivers.yaml")
    done = merge()
    assert done.exit_code == 2
    assert "other waivers" in done.stderr or "waivers_digest" in done.stderr


def test_no_shard_is_overwritten(merge, shards):
    """The report of the whole is written over one of its parts."""
    done = vimgate("report", "merge", *map(str, shards), "--out", str(shards[0]))
    assert (done.exit_code, "would be lost" in done.stderr) == (2, True)


def test_a_run_that_was_not_sharded_is_refused(merge, shards, played):
    """A whole run is merged with a part of itself."""
    done = merge(shards[0], played[0] / "vimgate-report")
    assert (done.exit_code, "this is no shard" in done.stderr) == (2, True)


def test_a_shard_that_was_cut_off_is_incomplete(merge, shards):
    """Half a report is merged."""
    path = shards[0] / stream.FILE_NAME
    path.write_bytes(path.read_bytes()[:5000])
    assert merge().exit_code == 3


@pytest.mark.parametrize("shard", ["0/2", "3/2", "1", "1/65", "a/b", "-1/2"])
def test_a_shard_that_there_is_not_is_wrong_use(shard):
    """A shard that nobody can play is played."""
    done = vimgate("certify", "--shard", shard)
    assert (done.exit_code, "is no shard; write such as 2/3" in done.stderr) == (2, True)
