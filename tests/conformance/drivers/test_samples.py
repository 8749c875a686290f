"""A body that must be taken: there is one for every operation of every release."""

import pytest

from conformance.drivers.samples import example_of, members_of, spelled
from spec.load import RELEASES, load_contract


@pytest.mark.parametrize("release", RELEASES)
def test_every_operation_takes_its_sample(release):
    """A sample that the contract of its release has something against, or that says nothing at all."""
    contract = load_contract(release)
    asked = [each.operation_id for each in contract.operations if each.method == "POST"]
    assert [name for name in asked if contract.body_errors(name, example_of(contract, name))] == []
    assert [name for name in asked if not example_of(contract, name)] == []


def test_under_the_published_contract_it_is_the_example():
    """What the reference shows is sent as it stands."""
    contract = load_contract()
    shown = [each for each in contract.examples if each.operation_id is not None and each.status is None]
    assert shown
    assert [each.name for each in shown if example_of(contract, each.operation_id) != contract.example(each.name)] == []


@pytest.mark.parametrize(
    ("release", "operation", "members"),
    [
        pytest.param("stx-2018.10", "createSwPatchStrategy", {"compute-apply-type": "serial"}, id="compute"),
        pytest.param("stx-5.0", "createKubeUpgradeStrategy", {"storage-apply-type": "serial"}, id="mandatory"),
        pytest.param("stx-10.0", "createSwUpgradeStrategy", {"rollback": None, "delete": None}, id="null"),
        pytest.param("stx-12.0", "actOnSwUpgradeStrategy", {"action": "apply-all"}, id="action"),
        pytest.param("stx-4.0", "deleteFwUpdateStrategy", {}, id="delete"),
    ],
)
def test_what_a_release_asks_for_is_there(release, operation, members):
    """A member that the release demands, by the name and with the word that it has there."""
    assert members.items() <= example_of(load_contract(release), operation).items()


def test_a_deploy_names_a_release():
    """Without one, and without a rollback, the build of a deployment of today fails."""
    sample = example_of(load_contract("stx-10.0"), "createSwUpgradeStrategy")
    assert sample["release"]
    assert "to-version" in example_of(load_contract("stx-9.0"), "createKubeUpgradeStrategy")


def test_members_are_spelled_as_the_release_spells_them():
    """Workers were computes once; what an operation does not know is left out."""
    wanted = {"worker-apply-type": "ignore", "max-parallel-worker-hosts": 3, "to-version": "v1"}
    old, new = load_contract("stx-2018.10"), load_contract("stx-2.0")
    name = "createSwPatchStrategy"
    assert spelled(old, name, wanted) == {"compute-apply-type": "ignore", "max-parallel-compute-hosts": 3}
    assert spelled(new, name, wanted) == {"worker-apply-type": "ignore", "max-parallel-worker-hosts": 3}
    assert "to-version" in members_of(load_contract("stx-5.0"), "createKubeUpgradeStrategy")
