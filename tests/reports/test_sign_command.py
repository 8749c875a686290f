"""`vimgate report keygen`, `sign` and `verify` as a vendor, and whoever they show their report to, meet them."""

import hashlib
import stat
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives import serialization as forms
from cryptography.hazmat.primitives.asymmetric import rsa

from reports import stream
from reports.model import Shard, Verdict
from reports.signing import envelope, keys
from reports.signing.statement import statement
from vimgate.commands.report import command, keyfiles

EVIDENCE = b"what was said on the wire"
PASSWORD = "open sesame"


@pytest.fixture
def here(tmp_path, monkeypatch):
    """An empty folder to work in, without a password in the environment."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(keyfiles.PASSWORD, raising=False)
    return tmp_path


@pytest.fixture
def run(here):
    """Runs the command with these arguments, in that folder; of what is verified only the signature is looked at."""

    def invoke(name, *arguments, **more):
        alone = ("--signature-only",) if name == "verify" and "--key" in arguments else ()
        return CliRunner().invoke(command, [name, *arguments, *alone], catch_exceptions=False, **more)

    return invoke


@pytest.fixture
def write(here, sample):
    """Writes the sample, changed in these members, with its evidence."""

    def written(**members):
        evidence = replace(sample.evidence, digest=hashlib.sha256(EVIDENCE).hexdigest())
        (here / "run").mkdir(exist_ok=True)
        (here / "run" / "evidence.zip").write_bytes(EVIDENCE)
        stream.write(replace(sample, **{"evidence": evidence} | members), here / "run" / "report.jsonl")

    return written


@pytest.fixture
def ready(run, write):
    """A report, and a key of the vendor."""
    write()
    assert run("keygen", "--out", "vendor.key").exit_code == 0


def said(done):
    """The errors of a command, without the word in front of them."""
    return done.stderr.removeprefix("Error: ").rstrip("\n")


def mode(path):
    """The permissions of a file."""
    return stat.S_IMODE(path.stat().st_mode)


def test_a_report_is_signed_and_verified(run, here, ready):
    """The three commands of a first certificate do not end well, or the two sides are told different things."""
    signed = run("sign", "run", "--key", "vendor.key", "--expires", "30d")
    verified = run("verify", "run", "--key", "vendor.key.pub")
    assert (signed.exit_code, verified.exit_code, signed.stderr, verified.stderr) == (0, 0, "", "")
    assert signed.stdout == verified.stdout.rstrip("\n") + f" statement=run/{envelope.FILE_NAME}\n"
    assert verified.stdout.startswith("SIGNED by ")
    assert " for http://192.0.2.10:4545: FAILED, level=oracle, on 20" in verified.stdout


def test_only_the_signer_can_read_what_is_theirs(run, here, ready):
    """Somebody else on the machine can read the key or the statement, or nobody but the owner the public key."""
    run("sign", "run", "--key", "vendor.key")
    files = here / "vendor.key", here / "run" / envelope.FILE_NAME, here / "vendor.key.pub"
    assert [mode(path) & 0o400 for path in files] == [0o400] * 3
    assert [mode(path) & 0o077 for path in files[:2]] == [0, 0]


def test_the_key_reaches_no_output(run, here, ready):
    """A line of the private key, or its password, is printed or written anywhere else."""
    told = [
        run("keygen", "--out", "second.key", "--protect", env={keyfiles.PASSWORD: PASSWORD}),
        run("sign", "run", "--key", "vendor.key"),
        run("sign", "run", "--key", "second.key", env={keyfiles.PASSWORD: PASSWORD}),
        run("sign", "run", "--key", "second.key", env={keyfiles.PASSWORD: "guess"}),
        run("verify", "run", "--key", "vendor.key"),
    ]
    written = (here / "run" / envelope.FILE_NAME).read_text()
    secrets = [PASSWORD, *((here / name).read_text().splitlines()[1] for name in ("vendor.key", "second.key"))]
    assert [each.exit_code for each in told] == [0, 0, 0, 2, 2]
    assert [secret for secret in secrets if secret in "".join([written, *(each.output for each in told)])] == []


@pytest.mark.parametrize("there", ["vendor.key", "vendor.key.pub"])
def test_no_key_is_overwritten(run, here, there):
    """A key that somebody signs with is lost to a second call, or half a pair is left behind."""
    (here / there).write_text("precious", encoding="utf-8")
    done = run("keygen", "--out", "vendor.key")
    assert (done.exit_code, said(done)) == (
        2,
        f"{there} is there already, and no key is ever overwritten; name another file with --out",
    )
    assert ([path.name for path in here.iterdir()], (here / there).read_text()) == ([there], "precious")


def test_a_link_that_leads_nowhere_is_not_followed(run, here):
    """A key is written to where somebody else has laid a link."""
    (here / "vendor.key").symlink_to(here / "elsewhere")
    assert run("keygen", "--out", "vendor.key").exit_code == 2
    assert not (here / "elsewhere").exists()


def test_a_key_that_cannot_be_made_is_wrong_use(run, here):
    """A place that cannot be written ends in another error."""
    done = run("keygen", "--out", "nowhere/vendor.key")
    assert (done.exit_code, said(done)) == (2, "nowhere/vendor.key: cannot be made: No such file or directory")


@pytest.mark.parametrize(
    ("environment", "code", "says"),
    [
        ({keyfiles.PASSWORD: PASSWORD}, 0, ""),
        ({keyfiles.PASSWORD: "guess"}, 2, "vendor.key: the password is wrong, or the file of the key is damaged"),
        ({}, 2, "vendor.key: the key needs a password, and nobody is there to type it; set $VIMGATE_KEY_PASSWORD"),
    ],
)
def test_a_protected_key_wants_its_password(run, write, environment, code, says):
    """A protected key signs without its password, or a job without a terminal waits for one."""
    write()
    run("keygen", "--out", "vendor.key", "--protect", env={keyfiles.PASSWORD: PASSWORD})
    done = run("sign", "run", "--key", "vendor.key", env=environment)
    assert (done.exit_code, said(done)) == (code, says)


def test_a_password_is_asked_for_at_a_terminal(run, write, monkeypatch):
    """Whoever sits at a terminal is not asked for the password, or sees it."""
    write()
    run("keygen", "--out", "vendor.key", "--protect", env={keyfiles.PASSWORD: PASSWORD})
    monkeypatch.setattr("vimgate.commands.report.keyfiles._somebody_types", lambda: True)
    done = run("sign", "run", "--key", "vendor.key", input=f"{PASSWORD}\n")
    assert (done.exit_code, done.stderr.splitlines()[0]) == (0, "Password of vendor.key: ")


@pytest.mark.parametrize("command_", ["sign", "verify"])
@pytest.mark.parametrize(
    ("file", "says"),
    [
        ("missing.key", "cannot be read: No such file or directory"),
        ("run/report.jsonl", "no p"),
        ("run/evidence.zip", "no p"),
        ("large", "larger than any key; name the file of a key with --key"),
        ("rsa", "another kind than ed25519, which is the only one that signs here"),
    ],
)
def test_what_is_no_key_of_ours_is_wrong_use(run, here, ready, command_, file, says):
    """A file that is no key, or a key of another kind, ends in another error or is taken."""
    (here / "large").write_bytes(b"-" * 30_000)
    other = rsa.generate_private_key(65537, 1024)  # noqa: S505 - it signs nothing
    (here / "rsa").write_bytes(
        other.private_bytes(forms.Encoding.PEM, forms.PrivateFormat.PKCS8, forms.NoEncryption())
        if command_ == "sign"
        else other.public_key().public_bytes(forms.Encoding.PEM, forms.PublicFormat.SubjectPublicKeyInfo)
    )
    done = run(command_, "run", "--key", file)
    assert (done.exit_code, said(done).startswith(f"{file}: "), says in said(done)) == (2, True, True), said(done)


@pytest.mark.parametrize(
    ("members", "code", "says"),
    [
        (
            {"results": ()},
            3,
            "run/report.jsonl: the run came to no verdict, so there is nothing to sign: No requirement",
        ),
        ({"only": ("VIM-API-*",)}, 3, "run/report.jsonl: requirements were left out by --only or --skip"),
        ({"shard": Shard(1, 2)}, 3, "run/report.jsonl: the report is shard 1/2 of a run"),
    ],
    ids=["incomplete", "selection", "shard"],
)
def test_what_is_no_verdict_is_not_signed(run, here, sample, write, members, code, says):
    """A run that proves nothing of a level is signed, or ends in a code that a pipeline takes for something else."""
    run("keygen", "--out", "vendor.key")
    of_run = {name: value for name, value in members.items() if name != "results"}
    write(run=replace(sample.run, **of_run), **{name: members[name] for name in members.keys() & {"results"}})
    done = run("sign", "run", "--key", "vendor.key")
    assert (done.exit_code, said(done).startswith(says)) == (code, True), said(done)
    assert not (here / "run" / envelope.FILE_NAME).exists()


def test_a_cut_off_report_is_not_signed(run, here, ready):
    """A run that was interrupted can be signed."""
    path = here / "run" / "report.jsonl"
    path.write_bytes(path.read_bytes()[:-20])
    assert run("sign", "run", "--key", "vendor.key").exit_code == 3


def test_a_changed_report_is_not_signed(run, here, ready):
    """A report that was changed after it was written can be signed."""
    path = here / "run" / "report.jsonl"
    path.write_bytes(path.read_bytes().replace(b'"fail"', b'"pass"'))
    assert run("sign", "run", "--key", "vendor.key").exit_code == 2


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (
            None,
            "evidence.zip, which the report names as its evidence, is missing or cannot be read",
        ),
        (b"else", "evidence.zip is not the evidence of this report: it has another SHA-256 than the report says"),
    ],
)
@pytest.mark.parametrize("command_", ["sign", "verify"])
def test_evidence_that_is_not_the_reports_is_noticed(run, here, ready, command_, content, says):
    """A report whose evidence is missing or another can be signed, or still holds."""
    run("sign", "run", "--key", "vendor.key")
    evidence = here / "run" / "evidence.zip"
    evidence.unlink() if content is None else evidence.write_bytes(content)
    done = run(command_, "run", "--key", "vendor.key" if command_ == "sign" else "vendor.key.pub")
    assert done.exit_code == (2 if command_ == "sign" else 1)
    assert says in said(done)


@pytest.mark.parametrize("output", ["run/report.jsonl", "run/../run/evidence.zip", "vendor.key"])
def test_a_statement_overwrites_nothing_that_it_is_made_of(run, here, ready, output):
    """The report, its evidence or the key is lost to its own statement."""
    before = (here / output).read_bytes()
    done = run("sign", "run", "--key", "vendor.key", "--output", output)
    assert (done.exit_code, (here / output).read_bytes()) == (2, before)


def test_a_statement_can_go_elsewhere(run, here, ready):
    """With --output the statement is not where it was asked for."""
    done = run("sign", "run", "--key", "vendor.key", "--output", "signed/statement.json")
    assert (done.exit_code, done.stdout.endswith(" statement=signed/statement.json\n")) == (0, True)
    assert run("verify", "run", "--key", "vendor.key.pub").exit_code == 1
    (here / "signed" / "statement.json").rename(here / "run" / envelope.FILE_NAME)
    assert run("verify", "run", "--key", "vendor.key.pub").exit_code == 0


def test_a_statement_that_cannot_be_written_is_wrong_use(run, ready):
    """A place that cannot be written ends in another error."""
    done = run("sign", "run", "--key", "vendor.key", "--output", "vendor.key/statement.json")
    assert (done.exit_code, said(done).startswith("vendor.key/statement.json: cannot be written: ")) == (2, True)


@pytest.mark.parametrize("expires", ["0", "-1d", "soon", "3651d", "9" * 400])
def test_a_statement_ends_at_a_time(run, ready, expires):
    """A statement holds for ever, or a time that is none ends in another error."""
    assert run("sign", "run", "--key", "vendor.key", f"--expires={expires}").exit_code == 2


def test_signing_again_renews_a_statement(run, ready):
    """A statement that runs out cannot be renewed."""
    for expires in ("1h", "60d"):
        assert run("sign", "run", "--key", "vendor.key", "--expires", expires).exit_code == 0
    assert run("verify", "run", "--key", "vendor.key.pub").exit_code == 0


def sign_by_hand(path, key, expires):
    """A statement about the report at that path, as somebody else's tool would sign it."""
    report, digest = stream.read(path), hashlib.sha256(path.read_bytes()).hexdigest()
    made = statement(report, digest, expires - timedelta(days=1), expires)
    path.with_name(envelope.FILE_NAME).write_text(envelope.sign(made, keys.read_private(key.read_bytes())))


@pytest.mark.parametrize(
    ("key", "expires", "says"),
    [
        ("vendor.key", datetime(2025, 1, 1, tzinfo=UTC), "the statement expired on 2025-01-01T00:00:00Z"),
        ("stranger.key", datetime(2099, 1, 1, tzinfo=UTC), "it was signed by "),
    ],
)
def test_a_signature_that_does_not_hold_is_said(run, here, ready, key, expires, says):
    """An expired statement or one by another key ends in 0, or in a code that says something else."""
    run("keygen", "--out", "stranger.key")
    sign_by_hand(here / "run" / "report.jsonl", here / key, expires)
    done = run("verify", "run", "--key", "vendor.key.pub")
    assert (done.exit_code, done.stdout) == (1, "")
    assert said(done).startswith(f"run/{envelope.FILE_NAME}: {says}")


def test_a_report_that_was_made_better_is_noticed(run, here, ready, write, sample):
    """A report that was signed is exchanged for a better one of the same target, and the signature holds."""
    run("sign", "run", "--key", "vendor.key")
    write(results=tuple(result for result in sample.results if result.verdict is not Verdict.FAIL))
    done = run("verify", "run", "--key", "vendor.key.pub")
    assert (done.exit_code, "another report.jsonl was signed" in done.stderr) == (1, True)


@pytest.mark.parametrize(
    "change", [lambda data: data.replace(b'"fail"', b'"pass"'), lambda data: data[:-20], lambda data: data[:0]]
)
def test_a_report_that_was_damaged_is_noticed(run, here, ready, change):
    """A signed report that was changed or cut off ends in a code that says something else than that."""
    run("sign", "run", "--key", "vendor.key")
    path = here / "run" / "report.jsonl"
    path.write_bytes(change(path.read_bytes()))
    done = run("verify", "run", "--key", "vendor.key.pub")
    assert (done.exit_code, done.stdout, said(done).startswith("run/report.jsonl")) == (1, "", True)


def test_a_report_that_is_not_there_is_wrong_use(run, ready):
    """A wrong path passes for a signature that does not hold."""
    assert run("verify", "elsewhere", "--key", "vendor.key.pub").exit_code == 2


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "is missing: the report is not signed; sign it with `vimgate report sign`, or leave out --key"),
        (b"", "this is no DSSE envelope, or a damaged one"),
        (b"{" * 11_000_000, "larger than any statement"),
    ],
    ids=["missing", "empty", "large"],
)
def test_a_report_without_a_signature_does_not_verify(run, here, ready, content, says):
    """A report that nobody signed verifies."""
    if content is not None:
        (here / "run" / envelope.FILE_NAME).write_bytes(content)
    done = run("verify", "run", "--key", "vendor.key.pub")
    assert (done.exit_code, done.stdout, says in done.stderr) == (1, "", True)


def test_a_statement_cannot_trouble_a_terminal(run, here, ready):
    """What somebody else signed can write to the terminal of whoever verifies from right to left, and worse."""
    path = here / "run" / "report.jsonl"
    stream.write(replace(stream.read(path), run=replace(stream.read(path).run, target="http://x/\u202e")), path)
    told = run("sign", "run", "--key", "vendor.key"), run("verify", "run", "--key", "vendor.key.pub")
    assert [" for http://x/\\u202e: " in each.stdout for each in told] == [True, True]


@pytest.mark.parametrize("name", ["sign", "verify", "keygen"])
def test_every_help_has_an_example(run, name):
    """`--help` shows no line that can be typed."""
    assert f"Example:\n    vimgate report {name}" in run(name, "--help").stdout
