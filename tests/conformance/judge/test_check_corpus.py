"""Plans that real deployments of every release have made are lawful."""

import gzip
import json
import os
from pathlib import Path

import pytest

from conformance.exchange import Exchange


def _plans(release):
    folder = os.environ.get("VIMGATE_CORPUS")
    path = Path(folder or ".") / f"plans-{release}.jsonl.gz"
    if not folder or not path.exists():
        pytest.skip("VIMGATE_CORPUS is not set: no recorded plans")
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


@pytest.mark.parametrize("release", ["3.0", "4.0", "5.0", "6.0", "7.0", "8.0", "9.0"])
def test_plans_of_known_deployments_are_lawful(bench, release):
    """No plan of a known deployment is found fault with, whatever its release."""
    plans = _plans(release)
    for plan in plans:
        bench.monitor = bench.judge.begin("main")
        path = f"/api/orchestration/{plan['kind']}/strategy"
        headers = (("Content-Type", "application/json"),)
        body = json.dumps(plan["expect"]).encode()
        bench.judge.judge(Exchange("GET", path, 200, response_headers=headers, response_body=body))
    assert len(plans) >= 250
    assert bench.broken() == set()
