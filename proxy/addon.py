"""What `mitmdump -s $(vimgate proxy --addon-path)` loads: the gateway in a mitmdump of somebody else's.

    mitmdump --mode reverse:https://vim.example.com:4545 -s FILE --set vimgate_out=traffic --set vimgate_mode=annotate

Loaded by path, so its imports are absolute. `vimgate proxy` drains, counts and refuses more than this does.
"""

import gc
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from mitmproxy import ctx, exceptions
from mitmproxy.addonmanager import Loader

from proxy.deciding.policyfile import default_policy, read_policy
from proxy.gateway import wire
from proxy.gateway.addresses import AddressError, read_upstream
from proxy.gateway.contact import Contact
from proxy.gateway.embedding import needed
from proxy.gateway.hooks import Gateway
from proxy.gateway.terms import Terms
from proxy.judging.courier import CannotStore, Courier
from proxy.judging.settings import DeskSettings
from proxy.shadowing.messages import ShadowSettings
from proxy.shadowing.shadow import Shadow
from proxy.traffic import Mode
from reports.model import Level
from spec.documents import DocumentError
from spec.load import RELEASES, load_contract, load_ledger

# Name, default, words to choose from, and what it is.
_OPTIONS: Final[tuple[tuple[str, str | int | bool, Sequence[str] | None, str], ...]] = (
    ("vimgate_out", "", None, "Folder for findings, evidence, captures and the summary. Needed."),
    ("vimgate_mode", Mode.OBSERVE.value, [each.value for each in Mode], "What is done with what is noticed."),
    ("vimgate_release", "published", RELEASES, "What the traffic is held to."),
    ("vimgate_level", Level.ORCHESTRATION.value, [each.value for each in Level], "How deep to look."),
    ("vimgate_policy", "", None, "Policy file for enforce."),
    ("vimgate_fail", "open", ["open", "closed"], "What becomes of an exchange when the judge is lost or late."),
    ("vimgate_budget_ms", 250, None, "How long the judge is waited for, in milliseconds."),
    ("vimgate_max_body", 16 << 20, None, "Largest body that is judged, in bytes."),
    ("vimgate_shared", False, None, "Others change the deployment beside this traffic."),
    ("vimgate_har", False, None, "Keep every exchange, redacted, as HAR."),
    ("vimgate_shadow", "", None, "A second deployment: GET requests are repeated there, differences logged."),
    ("vimgate_shadow_release", "", ("", *RELEASES), "The release of the shadow, if it is another."),
    ("vimgate_shadow_with_token", False, None, "Send the tokens of callers to the shadow too."),
    ("vimgate_flows", False, None, "Keep every exchange, redacted, as mitmproxy flows."),
)


class Addon:
    """Adds the gateway when mitmdump runs, and lets its judge come to an end when mitmdump does."""

    def __init__(self) -> None:
        self._courier: Courier | None = None
        self._shadow: Shadow | None = None

    def load(self, loader: Loader) -> None:
        """Options, and HTTP/1 as the gateway speaks it."""
        for name, default, choices, text in _OPTIONS:
            loader.add_option(name, type(default), default, text, choices=choices)
        wire.install()

    async def running(self) -> None:
        """Start the judge, then take part."""
        options = ctx.options
        if not options.vimgate_out:
            raise exceptions.OptionsError("vimgate: name a folder with --set vimgate_out=FOLDER")
        mode = Mode(options.vimgate_mode)
        ledger = load_ledger(options.vimgate_release)
        try:
            policy = (
                read_policy(Path(options.vimgate_policy), ledger) if options.vimgate_policy else default_policy(ledger)
            )
        except DocumentError as error:
            raise exceptions.OptionsError(f"vimgate: {error}") from None
        ctx.options.update(**needed(mode, options.vimgate_max_body), keep_alt_svc_header=True)
        self._courier = Courier(_settings(), budget=options.vimgate_budget_ms / 1000, say=_say)
        try:
            await self._courier.start()
        except CannotStore as error:
            raise exceptions.OptionsError(f"vimgate: {error}; or name another folder") from None
        terms = Terms(
            mode=mode,
            largest=options.vimgate_max_body,
            fail_open=options.vimgate_fail == "open",
            tls=bool(options.certs),
        )
        contract = load_contract(options.vimgate_release)
        if options.vimgate_shadow:
            self._shadow = Shadow(_shadow_settings(), say=_say)
            await self._shadow.start()
        gateway = Gateway(terms, self._courier, policy, ledger=ledger, contract=contract, shadow=self._shadow, say=_say)
        ctx.master.addons.add(gateway, Contact(_say, tls=terms.tls))
        gc.collect()
        gc.freeze()

    async def done(self) -> None:
        """Let the judge come to its end; the summary is written then."""
        if self._shadow is not None:
            await self._shadow.finish()
        if self._courier is not None:
            if self._shadow is not None:
                self._courier.remark(self._shadow.counts.sentence)
            await self._courier.finish()


def _settings() -> DeskSettings:
    options = ctx.options
    return DeskSettings(
        out=options.vimgate_out,
        release=options.vimgate_release,
        level=options.vimgate_level,
        shared=options.vimgate_shared,
        mode=options.vimgate_mode,
        upstream=next((each.removeprefix("reverse:") for each in options.mode if each.startswith("reverse:")), ""),
        policy=options.vimgate_policy,
        har=options.vimgate_har,
        flows=options.vimgate_flows,
    )


def _shadow_settings() -> ShadowSettings:
    options = ctx.options
    try:
        url = str(read_upstream(options.vimgate_shadow))
    except AddressError as error:
        raise exceptions.OptionsError(f"vimgate: vimgate_shadow: {error}") from None
    settings = _settings()
    return ShadowSettings(
        url=url,
        out=settings.out,
        upstream=settings.upstream,
        release=settings.release,
        shadow_release=options.vimgate_shadow_release,
        with_token=options.vimgate_shadow_with_token,
    )


def _say(text: str) -> None:
    sys.stderr.write(f"vimgate: {text}\n")


addons = [Addon()]
