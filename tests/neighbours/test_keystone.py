"""The Keystone of the tests is a real one: it knows who is who, and which tokens are worth nothing."""

import pytest

exceptions = pytest.importorskip("keystoneauth1.exceptions", reason="pip install 'vimgate[keystone-tests]' brings it")


def roles_of(keystone, token):
    """The roles of a token, as Keystone tells whoever may ask."""
    admin = keystone.session()
    answer = admin.get(f"{keystone.url}/auth/tokens", headers={"X-Subject-Token": token})
    return {each["name"] for each in answer.json()["token"].get("roles", ())}


@pytest.mark.parametrize(
    ("user", "roles"),
    [
        ("admin", {"admin", "manager", "member", "reader"}),
        ("member1", {"member", "reader"}),
        ("reader1", {"reader"}),
        ("operator1", {"operator"}),
        ("stranger", {"admin", "manager", "member", "reader"}),
    ],
)
def test_everybody_has_the_roles_of_his_project(keystone, user, roles):
    """Roles imply others."""
    assert roles_of(keystone, keystone.token(user)) == roles


def test_a_token_whose_time_is_over_or_that_was_revoked_is_unknown(keystone):
    """Both were given out by this Keystone."""
    token = keystone.token("reader1")
    assert roles_of(keystone, token) == {"reader"}
    keystone.revoke(token)
    for worthless in (token, keystone.expired["admin"]):
        with pytest.raises(exceptions.NotFound):
            roles_of(keystone, worthless)


def test_the_catalogue_tells_each_test_its_own_place(keystone):
    """Regions keep them apart."""
    first, second = keystone.register("http://127.0.0.1:1"), keystone.register("http://127.0.0.1:2", "internal")
    of_service = {"service_type": "nfv", "service_name": "vim"}
    assert keystone.session().get_endpoint(region_name=first, interface="public", **of_service) == "http://127.0.0.1:1"
    with pytest.raises(exceptions.EndpointNotFound):
        keystone.session().get_endpoint(region_name=second, interface="public", **of_service)
