"""The reference server asks a Keystone over TLS who calls, and believes none whose certificate is not trusted."""

import pytest

from reference_server import create_app
from reference_server.auth import Auth
from reference_server.auth.keystone import Keystone, Place


@pytest.mark.parametrize(
    ("which", "authority", "published", "stx"),
    [
        ("right", "authority", 200, 200),
        ("chain", "authority", 200, 200),
        ("right", "another authority", 503, 403),
        ("right", "", 503, 403),
        ("expired", "authority", 503, 403),
        ("wrong host", "authority", 503, 403),
    ],
)
def test_only_a_keystone_that_is_trusted_is_believed(
    keystone, keystone_tls, certificates, which, authority, published, stx
):
    """Else nobody is let in, as while Keystone is away."""
    source = Keystone(Place(keystone_tls(which), ca=str(certificates[authority]) if authority else ""))
    token = keystone.token()
    answers = [
        create_app(release=release, auth=Auth(source)).test_client().get("/api", headers={"X-Auth-Token": token})
        for release in ("published", "stx-3.0")
    ]
    assert [each.status_code for each in answers] == [published, stx]
