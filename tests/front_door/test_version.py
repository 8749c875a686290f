"""`vimgate --version`: what judges, in lines that a script can read, without waiting."""

import platform
import subprocess
import sys
from hashlib import sha256
from importlib.metadata import version

import pytest

from spec import digests
from spec.load import RELEASES, ledger_digest, load_contract, load_release, own_file

CODE = (
    "import sys; from vimgate.cli import main\n"
    "try: main(['--version'])\n"
    "finally: print(len({'yaml', 'jsonschema_rs', 'conformance', 'rich', 'flask'} & sys.modules.keys()))"
)


def test_the_version_says_what_it_judges_by_and_imports_next_to_nothing():
    """The first line is not the version, a digest is not that of a report's header, or the whole house is imported."""
    done = subprocess.run([sys.executable, "-P", "-c", CODE], capture_output=True, text=True, check=False)
    first, *lines, heavy = done.stdout.splitlines()
    assert first == f"vimgate, version {version('vimgate')}"
    assert lines == [
        f"contract sha256:{load_contract().digest}",
        f"ledger sha256:{ledger_digest()}",
        f"python {platform.python_version()} in {sys.prefix}",
    ]
    assert (done.returncode, heavy) == (0, "0"), done.stderr


@pytest.mark.parametrize("release", RELEASES)
def test_the_digests_of_a_release_are_those_of_what_is_loaded(release):
    """A digest is made of other files than the contract that was loaded."""
    loaded, changed = load_contract(release), load_release(release)
    demanded = [own_file(name).read_bytes() for name in ("requirements.yaml", "lifecycle.yaml")]
    demanded += [changed.content] if changed.deviates else []
    assert digests.contract_digest(release) == loaded.digest
    assert digests.ledger_digest(release) == ledger_digest(release) == sha256(b"".join(demanded)).hexdigest()
