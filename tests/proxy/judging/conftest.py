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
PATIENCE = 60  # seconds; for a machine that is busy with something else


def _passage(number=1, *, method="GET", path=PATCH, query="", body=b"", status=404, answer=b"{}", **how):
    exchange = Exchange(method, path, status, query, JSON if body else (), body, JSON, answer, at=float(number))
    return Passage(number, exchange, started=number - 0.5, **how)


class Scene:
    """What a test has at hand beside the courier."""

    def __init__(self, courier, out, said):
        self.courier = courier
        self.out = out
        self.said = said

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
        said = []
        options.setdefault("budget", PATIENCE)

        async def whole():
            settings = DeskSettings(out=str(tmp_path), watch=watch, mode=mode, memory=memory)
            courier = Courier(settings, say=said.append, **options)
            async with asyncio.timeout(PATIENCE):
                setting = Scene(courier, tmp_path, said)
                try:
                    assert await courier.start() is start
                    await scene(setting)
                finally:
                    if finish:
                        await courier.finish()
            return setting

        return asyncio.run(whole())

    return run


@pytest.fixture
def passage():
    """Makes an exchange as it passed."""
    return _passage
