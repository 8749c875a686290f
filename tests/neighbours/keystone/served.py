"""Serves a Keystone on loopback: SQLite, fernet tokens, and nothing of it outside one folder.

    python served.py FOLDER PID < people.json

`people.json` says who is to be known: user -> [project, role]; each has the password `USER-pw`, and so has `admin`. The
one line of the output is JSON: `url` (ends in /v3), and `expired`, which has for each user a token whose time is over.
It ends, and its folder goes, when process PID ends: whoever started it need not be the one that uses it last.

What has to be known of Keystone: it reads `sys.argv`; what sets it up fills a registry that may not be there when it
serves, so each act is a child's; without its cache it takes a hundred times longer; two requests at once that write
to SQLite, as a refused log-in does, may end in 500, so one is served after the other.
"""

import json
import os
import select
import shutil
import socket
import sys
import threading
from pathlib import Path

import keystone.conf
from keystone.cmd import cli
from keystoneauth1 import session
from keystoneauth1.identity import v3
from waitress.server import create_server

CONFIGURATION = """
[DEFAULT]
log_file = {home}/keystone.log
[database]
connection = sqlite:///{home}/keystone.db
[token]
provider = fernet
[fernet_tokens]
key_repository = {home}/fernet
[fernet_receipts]
key_repository = {home}/fernet
[credential]
key_repository = {home}/credential
[cache]
enabled = true
backend = dogpile.cache.memory
[identity]
password_hash_rounds = 4
"""
OWNER = ("--keystone-user", str(os.getuid()), "--keystone-group", str(os.getgid()))


def main():
    """Set it up, serve it, and clear up."""
    home, process = Path(sys.argv[1]), int(sys.argv[2])
    listener = socket.create_server(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{listener.getsockname()[1]}/v3"
    configuration = home / "keystone.conf"
    configuration.write_text(CONFIGURATION.format(home=home), encoding="utf-8")
    threading.Thread(target=clear_up_after, args=(process, home), daemon=True).start()
    bootstrap = ("bootstrap", "--bootstrap-password", "admin-pw", "--bootstrap-public-url", url)
    for words in (("fernet_setup", *OWNER), ("credential_setup", *OWNER), ("db_sync",), bootstrap):
        in_a_child(["keystone-manage", "--config-file", str(configuration), *words])
    sys.argv = ["keystone"]
    os.environ["OS_KEYSTONE_CONFIG_FILES"] = str(configuration)
    from keystone.wsgi.api import application  # noqa: PLC0415 - importing it makes the application

    server = create_server(application, sockets=[listener], threads=1)
    threading.Thread(target=server.run, daemon=True).start()
    people = json.load(sys.stdin)
    introduce(people, url)
    expired = {user: expired_token(user, project) for user, (project, _) in people.items()}
    print(json.dumps({"url": url, "expired": expired}), flush=True)
    threading.Event().wait()  # until the process ends that this is for


def introduce(people, url):
    """Have it know people, projects and roles, and a service `vim` of the type `nfv` that is nowhere yet."""
    domain = {"user_domain_name": "Default", "project_domain_name": "Default"}
    admin = session.Session(
        auth=v3.Password(url, username="admin", password="admin-pw", project_name="admin", **domain)
    )

    def made(what, **members):
        return admin.post(f"{url}/{what}s", json={what: members}).json()[what]["id"]

    def known(what):
        return {each["name"]: each["id"] for each in admin.get(f"{url}/{what}s").json()[f"{what}s"]}

    roles, projects = known("role"), known("project")
    for user, (project, role) in people.items():
        if role not in roles:
            roles[role] = made("role", name=role)
        if project not in projects:
            projects[project] = made("project", name=project, domain_id="default")
        person = known("user").get(user) or made("user", name=user, domain_id="default", password=f"{user}-pw")
        admin.put(f"{url}/projects/{projects[project]}/users/{person}/roles/{roles[role]}")
    made("service", type="nfv", name="vim")


def in_a_child(words):
    """Have `keystone-manage` do something, in a process of its own."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            sys.argv = words
            cli.main(argv=words)
            code = 0
        finally:
            os._exit(code)
    if os.waitpid(child, 0)[1]:
        raise SystemExit(f"{' '.join(words)} failed; see the log")


def expired_token(user, project):
    """A real token of a real user, whose time was over when it was made."""
    from keystone.common import provider_api  # noqa: PLC0415 - there is none before the application

    providers = provider_api.ProviderAPIs
    of_user = providers.identity_api.get_user_by_name(user, "default")["id"]
    of_project = providers.resource_api.get_project_by_name(project, "default")["id"]
    keystone.conf.CONF.set_override("expiration", 0, "token")
    try:
        return providers.token_provider_api.issue_token(of_user, ["password"], project_id=of_project).id
    finally:
        keystone.conf.CONF.clear_override("expiration", "token")


def clear_up_after(process, home):
    """Wait for the end of a process without ever looking at a clock."""
    select.select([os.pidfd_open(process)], [], [])
    leave(home)


def leave(home):
    """Nothing is left behind."""
    shutil.rmtree(home, ignore_errors=True)
    os._exit(0)


if __name__ == "__main__":
    main()
