"""Worlds that predictions in playbooks are of."""

_CONTROLLERS = [{"name": f"controller-{number}", "personality": "controller"} for number in range(2)]
_STORAGE = [{"name": f"storage-{number}", "personality": "storage"} for number in range(2)]
_WORKERS = [{"name": f"compute-{number}", "personality": "worker"} for number in range(4)]

WORLDS = {
    # compute-0 and compute-1 have instances of one anti-affinity group; compute-2 and compute-3 are one busy aggregate.
    "standard": {
        "hosts": [*_CONTROLLERS, *_STORAGE, *_WORKERS],
        "instances": [
            {"name": f"vm-{number}", "uuid": f"vm-{number}", "host": f"compute-{number}"} for number in range(4)
        ],
        "instance_groups": [{"name": "web", "policies": ["anti-affinity"], "member_uuids": ["vm-0", "vm-1"]}],
        "host_groups": [{"name": "peers", "member_names": ["storage-0", "storage-1"]}],
        "host_aggregates": [{"name": "rack", "host_names": ["compute-2", "compute-3"]}],
    },
    "aio": {"hosts": [{"name": f"controller-{number}", "personality": "controller,worker"} for number in range(2)]},
}
