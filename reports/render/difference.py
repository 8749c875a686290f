"""A difference of two reports as text, Markdown, one offline page, or a JSON value. Facts of the runs come first."""

from collections.abc import Callable, Iterator
from typing import Any, Final

from reports.difference import Change, Compared, Difference
from reports.model import Result
from reports.render import differencewords as words
from reports.render.columns import labelled, titled
from reports.render.markdown import cell
from reports.render.page import fill
from reports.render.words import printable

FORMAT: Final = "vimgate-difference"
VERSION: Final = 1


def text(difference: Difference) -> str:
    """The difference as plain text, ending in a newline."""
    return printable("\n".join(_text(difference))) + "\n"


def _text(difference: Difference) -> Iterator[str]:
    yield f"{words.HEADLINES[difference.exit_code]}: {words.because(difference)}"
    yield ""
    yield "  ".join(f"{change.value} {count}" for change, count in words.counts(difference))
    if difference.facts:
        yield from titled("What else differs, and may explain it")
        for fact in difference.facts:
            yield from labelled(f"{fact.label:<18}", f"{fact.old} → {fact.new}", indent=0)
    for _, title, rows in words.sections(difference):
        yield from titled(title)
        for row in rows:
            yield ""
            yield f"{row.verdicts}  {row.requirement}  {row.about}".rstrip()
            for label, told in (("", row.text), ("", row.worse), ("before  ", row.before), ("after   ", row.after)):
                if told:
                    yield from labelled(label, told)


def markdown(difference: Difference) -> str:
    """The difference as Markdown of a page of a CI job, ending in a newline."""
    return printable("\n".join(_markdown(difference))) + "\n"


def _markdown(difference: Difference) -> Iterator[str]:
    yield f"## {words.HEADLINES[difference.exit_code].capitalize()}"
    yield f"\n{words.because(difference)}\n"
    yield ", ".join(f"**{count}** {change.value}" for change, count in words.counts(difference))
    if difference.facts:
        yield "\nWhat else differs, and may explain it:\n"
        yield "| | before | after |\n| --- | --- | --- |"
        for fact in difference.facts:
            yield f"| {cell(fact.label)} | {cell(fact.old)} | {cell(fact.new)} |"
    for _, title, rows in words.sections(difference):
        yield f"\n### {title} ({len(rows)})\n"
        yield "| requirement | verdicts | before | after |\n| --- | --- | --- | --- |"
        for row in rows:
            after = " ".join(filter(None, (row.worse, row.after)))
            yield f"| {cell(row.requirement)} | {cell(row.verdicts)} | {cell(row.before)} | {cell(after)} |"


def html(difference: Difference) -> str:
    """The difference as an HTML document, ending in a newline."""
    return fill(
        "difference",
        styles=("palette", "page", "findings", "boards", "narrow", "print"),
        scripts=(),
        filters={},
        difference=difference,
        headline=words.HEADLINES[difference.exit_code],
        outcome=words.OUTCOMES[difference.exit_code],
        because=words.because(difference),
        counts=words.counts(difference),
        sections=words.sections(difference),
    )


FORMS: Final[dict[str, Callable[[Difference], str]]] = {"text": text, "markdown": markdown, "html": html}


def value(difference: Difference) -> dict[str, Any]:
    """The difference as a JSON value, for programs. Format: difference.schema.json."""
    return {
        "format": FORMAT,
        "version": VERSION,
        "exit_code": difference.exit_code,
        "because": words.because(difference),
        "counts": {change.value: count for change, count in words.counts(difference)},
        "differs": {fact.label: [fact.old, fact.new] for fact in difference.facts},
        "requirements": [_member(each) for each in difference.compared if each.change is not Change.UNCHANGED],
    }


def _member(each: Compared) -> dict[str, Any]:
    return {
        "requirement": each.requirement,
        "change": each.change.value,
        "worse": each.is_worse,
        "lost": each.is_lost,
        "old": _side(each.old),
        "new": _side(each.new),
    }


def _side(result: Result | None) -> dict[str, str] | None:
    if result is None:
        return None
    first = result.findings[0] if result.findings else None
    names = ("message", "where", "expected", "actual", "origin")
    finding = {name: getattr(first, name) for name in names} if first is not None else {}
    return {"verdict": result.verdict.word, "reason": result.reason} | finding
