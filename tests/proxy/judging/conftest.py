"""A courier with a judge's process of its own, and exchanges to tell it of."""

import asyncio
import os
import signal
from pathlib import Path

import pytest

from conformance.exchange import Exchange
from proxy.judging.courier import Courier, DeskSettings
from proxy.traffic import Passage

PATCH = "/api/orchestration/sw-patch/strategy"
JSON = (("Content-Type", "application/json"),)
PATIENCE = 300  # seconds; for a machine that is busy with something else


def _passage(number=1, *, method="GET", path=PATCH, query="", body=b"", status=404, answer=b"{}", **how):
    exchange = Exchange(method, path, status, query, JSON if body else (), body, JSON, answer, at=float(number))
    return Passage(number, exchange, started=number - 0.5, **how)


class Scene:
    """What a test has at hand beside the courier; `now` is the time by which the judge is silent."""

    patience = PATIENCE

    def __init__(self, out):
        self.out = out
        self.said = []
        self.now = 0.0
        self.courier = None

    async def at_once(self, true):
        """Wait until it is true, and go on before the gateway hears anything else."""
        while not true():
            await asyncio.sleep(0)

    async def until(self, true):
        """Wait until the gateway has heard what makes it true."""
        while not true():
            await asyncio.sleep(0.005)

    def kill(self, signal=signal.SIGKILL):
        """Send the process a signal."""
        os.kill(self.courier.pid, signal)

    def go(self):
        """Let a watch go on that waits."""
        (self.out / "go").touch()


@pytest.fixture
def play(tmp_path, monkeypatch):
    """Plays a scene: an async function of a scene whose judge is started before it, and finished after it."""
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent))

    def run(scene, *, watch="befalling:Befallen", memory=512 << 20, mode="observe", start=True, finish=True, **options):
        setting = Scene(tmp_path)
        options.setdefault("budget", PATIENCE)

        async def whole():
            settings = DeskSettings(out=str(tmp_path), watch=watch, mode=mode, memory=memory)
            courier = setting.courier = Courier(settings, say=setting.said.append, clock=lambda: setting.now, **options)
            async with asyncio.timeout(PATIENCE):
                try:
                    assert await courier.start() is start
                    await scene(setting)
                finally:
                    if finish:
                        await courier.finish(PATIENCE)
            return setting

        return asyncio.run(whole())

    return run


@pytest.fixture
def passage():
    """Makes an exchange as it passed."""
    return _passage
