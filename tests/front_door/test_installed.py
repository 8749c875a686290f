"""What is installed beside us: our packages carry plain names, so nobody else may hold files under them."""

from importlib.metadata import distributions

OURS = {"vimgate", "spec", "reports", "reference_server", "conformance", "proxy"}


def test_no_other_distribution_holds_files_under_our_names():
    """A foreign distribution that lists a file under one of our package names would overwrite it."""
    foreign = {
        f"{distribution.name}: {file}"
        for distribution in distributions()
        if distribution.name != "vimgate"
        for file in distribution.files or ()
        if file.parts[0] in OURS
    }
    assert not foreign
