"""The reference server over a store, in a process that is going to be killed (test_kill.py)."""

import logging
import os
import signal
from pathlib import Path

from waitress import create_server

from reference_server.app import create_app
from reference_server.rulebooks import load_release
from reference_server.storage.store import Store
from reference_server.worlds.file import parse_world

WORLD = {
    "hosts": [
        {"name": "controller-0", "personality": "controller"},
        {"name": "controller-1", "personality": "controller", "software_load": "2"},
        {"name": "compute-0", "personality": "worker"},
        {"name": "compute-1", "personality": "worker"},
    ],
    "local_host_name": "controller-1",
    "instances": [{"name": "vm-0", "host": "compute-0"}],
    "patches": [{"name": "P1"}],
    "upgrade": {"state": "upgrading-controllers", "from_release": "1", "to_release": "2"},
    "durations": {"sw-patch-hosts": 60, "lock-hosts": 7},
    "faults": [{"step": "unlock-hosts", "host": "compute-1", "ends": "late", "seconds": 30}],
}

load_release("stx-3.0")  # once, before the servers are forked


def serve(path, seed, pipe, statement):
    """Serve that file on a free port, which goes into the pipe; die at the SQL statement of that number."""
    store = Store.open(Path(path))
    if statement is not None:
        die_at(statement, store._connection)  # noqa: SLF001 - to die in the middle of its work
    world = parse_world(WORLD, "world") if store.load() is None else None
    app = create_app(world, "stx-3.0", seed=seed, store=store)
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # a queue of one is no news
    server = create_server(app, host="127.0.0.1", port=0, threads=1)
    pipe.send(server.effective_port)
    pipe.close()
    server.run()


def die_at(number, connection):
    """Kill this process from within, as hard as from outside, when it is about to run that statement."""
    left = number

    def count(_statement):
        nonlocal left
        left -= 1
        if not left:
            os.kill(os.getpid(), signal.SIGKILL)

    connection.set_trace_callback(count)
