"""Which path and method is which operation: a table by hand, and how it is put into the app."""

from collections.abc import Callable
from functools import partial
from typing import Any, Final

from flask import Flask, Response
from werkzeug.routing import BaseConverter, Rule

from reference_server import operations
from reference_server.engine.words import Kind
from reference_server.wirerules import WireRules

_PATCH: Final = "/api/orchestration/sw-patch"
_UPGRADE: Final = "/api/orchestration/sw-upgrade"

# operationId, method, path, function. One slash at the end of a path changes nothing (PUBLISHED.md).
ROUTES: Final[tuple[tuple[str, str, str, Callable[[], Response]], ...]] = (
    ("getRoot",                    "GET",    "/",                            operations.get_root),
    ("getApi",                     "GET",    "/api",                         operations.get_api),
    ("getOrchestration",           "GET",    "/api/orchestration",           operations.get_orchestration),
    ("getSwPatch",                 "GET",    _PATCH,                         operations.get_sw_patch),
    ("getSwUpgrade",               "GET",    _UPGRADE,                       operations.get_sw_upgrade),
    ("getSwPatchStrategy",         "GET",    f"{_PATCH}/strategy",           operations.get_sw_patch_strategy),
    ("createSwPatchStrategy",      "POST",   f"{_PATCH}/strategy",           operations.create_sw_patch_strategy),
    ("deleteSwPatchStrategy",      "DELETE", f"{_PATCH}/strategy",           operations.delete_sw_patch_strategy),
    ("actOnSwPatchStrategy",       "POST",   f"{_PATCH}/strategy/actions",   operations.act_on_sw_patch_strategy),
    ("getSwUpgradeStrategy",       "GET",    f"{_UPGRADE}/strategy",         operations.get_sw_upgrade_strategy),
    ("createSwUpgradeStrategy",    "POST",   f"{_UPGRADE}/strategy",         operations.create_sw_upgrade_strategy),
    ("deleteSwUpgradeStrategy",    "DELETE", f"{_UPGRADE}/strategy",         operations.delete_sw_upgrade_strategy),
    ("actOnSwUpgradeStrategy",     "POST",   f"{_UPGRADE}/strategy/actions", operations.act_on_sw_upgrade_strategy),
)  # fmt: skip

# What real servers route by accident (RELEASES.md 2): method, path below the kind, function.
_BY_NAME: Final[tuple[tuple[str, str, Callable[[Kind, str], Response]], ...]] = (
    ("GET",    "/strategy/<name:name>",         operations.get_by_uuid),
    ("POST",   "/strategy/<name:name>",         operations.create_by_name),
    ("DELETE", "/strategy/<name:name>",         operations.delete_by_name),
    ("POST",   "/strategy/actions/<name:name>", operations.act_by_name),
    ("POST",   "/strategy/<name:name>/actions", operations.act_by_name),
)  # fmt: skip


class _Name(BaseConverter):
    """Anything after `strategy` but `actions`, which has a route of its own."""

    regex = r"(?!actions$)[^/]+"
    part_isolating = True


class ExactRule(Rule):
    """A rule that answers its own methods only: Werkzeug would answer HEAD wherever it answers GET."""

    def __init__(self, string: str, **options: Any) -> None:
        """As Werkzeug's, less HEAD."""
        super().__init__(string, **options)
        if self.methods is not None:
            self.methods.discard("HEAD")

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:  # noqa: ARG002, FBT001, FBT002 - Werkzeug's signature
        """No URL is ever made from a route here, and compiling code for it is most of the time that an app takes.

        Werkzeug's own, private: should it be renamed, apps are made more slowly again, and nothing else changes.
        """
        return _no_url


def _no_url(rule: Rule, **values: object) -> tuple[str, str]:
    raise NotImplementedError(f"no URL is made from {rule.rule} with {values}")


def install(app: Flask, wire: WireRules) -> None:
    """Put the operations, and what else the release routes, into the app."""
    app.url_rule_class = ExactRule  # type: ignore[assignment] # Flask declares the class itself, not its type
    app.url_map.converters["name"] = _Name
    app.url_map.strict_slashes = False
    app.url_map.merge_slashes = False
    for operation_id, method, path, function in ROUTES:
        _add(app, operation_id, method, path, function)
    for document in wire.further_documents:
        _add(app, document, "GET", f"/api/{document}", partial(operations.get_further, document))
    if wire.strategy_by_uuid:
        for kind in Kind:
            for method, path, function_by_name in _BY_NAME:
                _add(
                    app,
                    f"{kind} {method} {path}",
                    method,
                    f"/api/orchestration/{kind}{path}",
                    partial(function_by_name, kind),
                )


def _add(app: Flask, endpoint: str, method: str, path: str, function: Callable[..., Response]) -> None:
    app.add_url_rule(path, endpoint, function, methods=[method], provide_automatic_options=False)
