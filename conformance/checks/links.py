"""Links of the link documents: relations, hosts, and whether they lead anywhere."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from conformance.checks.context import Context, Deviation, show
from conformance.circumstances import is_aside, takes_json
from conformance.exchange import Exchange
from conformance.known import hrefs_of, path_of

_DEFAULT_PORTS: Final = frozenset({"80", "443"})
_LOST: Final = frozenset({404, 405, 410})


def links_are_listed(
    exchange: Exchange, context: Context, *, operation: str, links: Mapping[str, str]
) -> Iterable[Deviation] | None:
    """The links have the relations of the example; their hrefs end as there, with or without `/api`.

    Mutants: orchestration-link-missing, upgrade-links-to-patch, orchestration-upgrade-to-patch, links-as-object,
    self-leads-up, links-lost-behind-a-slash and 1 more.
    """
    if not context.is_of(operation) or not exchange.succeeded or not isinstance(exchange.response_json, dict):
        return None
    return _missing(exchange.response_json, links)


def _missing(document: Mapping[str, Any], links: Mapping[str, str]) -> Iterator[Deviation]:
    found = list(_links_of(document))
    for relation, tail in links.items():
        hrefs = [href for rel, href in found if rel == relation]
        if not hrefs:
            yield Deviation(f"there is no link {relation}", relation, show(sorted({rel for rel, _ in found})), "/links")
        elif not any(_ends(path_of(href), tail) for href in hrefs):
            yield Deviation(f"the link {relation} leads elsewhere", f"…{tail}", show(hrefs[0]), "/links")


def _ends(path: str, tail: str) -> bool:
    """The path ends as the example's does; a missing slash at its very end makes no difference."""
    return (path if path.endswith("/") else path + "/").endswith(tail)


def _links_of(document: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    versions = document.get("versions")
    for holder in (document, *(versions if isinstance(versions, list) else ())):
        links = holder.get("links") if isinstance(holder, dict) else None
        for link in links if isinstance(links, list) else ():
            if isinstance(link, dict) and isinstance(link.get("rel"), str) and isinstance(link.get("href"), str):
                yield link["rel"], link["href"]


def links_stay_on_host(exchange: Exchange, context: Context, *, operation: str) -> Iterable[Deviation] | None:
    """The hrefs point to the host that was asked."""
    host = exchange.request_header("Host")
    hrefs = hrefs_of(exchange.response_json)
    if not context.is_of(operation) or not exchange.succeeded or not host or not hrefs:
        return None
    return [
        Deviation(
            "the href points to another host",
            host,
            show(href),
            "/links",
            "build hrefs from the Host header of the request",
        )
        for href in hrefs
        if _host_of(href) not in ("", _host_of(f"//{host}"))
    ]


def _host_of(href: str) -> str:
    """Host and port of a URL, without a port that goes without saying; empty for a path, `?` for what is no URL."""
    try:
        host = urlsplit(href).netloc.lower()
    except ValueError:
        return "?"
    name, _, port = host.rpartition(":")
    return name if port in _DEFAULT_PORTS else host


def links_can_be_followed(
    exchange: Exchange, context: Context, *, operation: str = "", operations: Iterable[str] = ()
) -> Iterable[Deviation] | None:
    """An href that was shown can be followed: a plain GET of its path finds something."""
    shown_by = context.known.links.get(exchange.path, frozenset())
    if (
        exchange.method != "GET"
        or exchange.request_body
        or exchange.query
        or not takes_json(exchange)
        or is_aside(exchange)
    ):
        return None
    if not shown_by & {operation, *operations}:
        return None
    no_strategy = context.role is not None and exchange.status == 404  # noqa: PLR2004 - the path is one that is served
    if exchange.status not in _LOST or no_strategy:
        return ()
    hint = "link to paths that the service serves (with /api)"
    return (Deviation(f"the href {exchange.path} leads nowhere", "a document", str(exchange.status), "status", hint),)
