"""What an operator is told of connections."""

import asyncio

import pytest
from mitmproxy.connection import Server
from mitmproxy.proxy.server_hooks import ServerConnectionHookData
from mitmproxy.test.tflow import tclient_conn

from proxy.gateway.contact import Contact


@pytest.mark.parametrize(
    ("error", "is_told"), [("client disconnected", False), ("[Errno 111] Connection refused", True)]
)
def test_a_client_that_does_not_wait_says_nothing_of_the_server(error, is_told):
    """Its connection to the server is given up as well, and nobody knows what would have become of it."""
    told = []
    server = Server(address=("127.0.0.1", 9))
    server.error = error
    data = ServerConnectionHookData(server=server, client=tclient_conn())
    asyncio.run(Contact(told.append, tls=False).server_connect_error(data))
    assert bool(told) == is_told
