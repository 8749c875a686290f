"""Which path and method is which operation: a table by hand, and how it is put into the app."""

from collections.abc import Callable
from functools import partial
from typing import Any, Final

from flask import Flask, Response
from werkzeug.routing import BaseConverter, Rule

from reference_server import operations
from reference_server.engine.words import Kind
from reference_server.wirerules import CURRENT, WireRules

_ORCHESTRATION: Final = "/api/orchestration"

# operationId, method, path, function. One slash at the end of a path changes nothing (PUBLISHED.md).
DOCUMENTS: Final[tuple[tuple[str, str, str, Callable[[], Response]], ...]] = (
    ("getRoot",          "GET", "/",            operations.get_root),
    ("getApi",           "GET", "/api",         operations.get_api),
    ("getOrchestration", "GET", _ORCHESTRATION, operations.get_orchestration),
)  # fmt: skip

# What each kind of a release has: operationId with the kind in it, method, path below the kind, function of the kind.
OF_A_KIND: Final[tuple[tuple[str, str, str, Callable[[Kind], Response]], ...]] = (
    ("get{}",            "GET",    "",                  operations.get_kind),
    ("get{}Strategy",    "GET",    "/strategy",         operations.get_strategy),
    ("create{}Strategy", "POST",   "/strategy",         operations.create_strategy),
    ("delete{}Strategy", "DELETE", "/strategy",         operations.delete_strategy),
    ("actOn{}Strategy",  "POST",   "/strategy/actions", operations.act_on_strategy),
)  # fmt: skip

# What a release with current-strategy has, the last three by accident (RELEASES.md 2).
OF_THE_CURRENT: Final[tuple[tuple[str, str, str, Callable[..., Response]], ...]] = (
    ("getCurrentStrategy",         "GET",    "",                      partial(operations.get_kind, CURRENT)),
    ("getCurrentStrategyStrategy", "GET",    "/strategy",             operations.get_current_strategy),
    ("current DELETE",             "DELETE", "/strategy",             operations.delete_current_strategy),
    ("current POST",               "POST",   "/strategy/actions",     operations.act_on_current_strategy),
    ("current GET by uuid",        "GET",    "/strategy/<name:name>", partial(operations.get_by_uuid, CURRENT)),
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
    for operation_id, method, path, function in DOCUMENTS:
        _add(app, operation_id, method, path, function)
    for document in wire.further_documents:
        _add(app, document, "GET", f"/api/{document}", partial(operations.get_further, document))
    for kind in wire.kinds:
        _install_kind(app, kind, wire)
    if wire.current_strategy:
        for operation_id, method, path, of_current in OF_THE_CURRENT:
            _add(app, operation_id, method, f"{_ORCHESTRATION}/{CURRENT}{path}", of_current)


def _install_kind(app: Flask, kind: Kind, wire: WireRules) -> None:
    for form, method, path, of_kind in OF_A_KIND:
        _add(app, operation_id(form, kind), method, f"{_ORCHESTRATION}/{kind}{path}", partial(of_kind, kind))
    if wire.strategy_by_uuid:
        for method, path, by_name in _BY_NAME:
            _add(app, f"{kind} {method} {path}", method, f"{_ORCHESTRATION}/{kind}{path}", partial(by_name, kind))


def operation_id(form: str, kind: Kind) -> str:
    """The operationId of a kind, such as `getFwUpdateStrategy`."""
    return form.format("".join(part.capitalize() for part in kind.split("-")))


def _add(app: Flask, endpoint: str, method: str, path: str, function: Callable[..., Response]) -> None:
    app.add_url_rule(path, endpoint, function, methods=[method], provide_automatic_options=False)
