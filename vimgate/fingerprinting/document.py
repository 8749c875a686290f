"""A fingerprint as a JSON value. Its schema is `fingerprint.schema.json`."""

from typing import Any, Final

from conformance.fingerprint.table import Sign
from conformance.fingerprint.weighing import Fingerprint, Outcome, Seen

FORMAT: Final = "vimgate-fingerprint"
VERSION: Final = 1


def document(found: Fingerprint, subject: str, exchanges: int, following: str) -> dict[str, Any]:
    """The fingerprint of the subject, a target or a recording; `following` is the command to go on with."""
    told = found.told if found.outcome is Outcome.TOLD else ()
    return {
        "format": FORMAT,
        "version": VERSION,
        "subject": subject,
        "exchanges": exchanges,
        "outcome": found.outcome,
        "releases": list(told),
        "confidence": round(found.confidence, 4) if told else 0.0,
        "none": round(found.none, 4),
        "candidates": [
            {
                "release": release,
                "confidence": round(found.likelihoods[release], 4),
                "against": [seen.sign.id for seen in found.seen if seen.fits(release) is False],
            }
            for release in found.candidates
        ],
        "seen": [_seen(found, each) for each in found.seen],
        "unseen": [_unseen(found, each) for each in found.unseen],
        "telling": [sign.id for sign in found.telling()] if told else [],
        "inseparable": [list(each) for each in found.inseparable()] if told else [],
        "next": following,
    }


def _seen(found: Fingerprint, seen: Seen) -> dict[str, Any]:
    return {
        **_sign(seen.sign),
        "where": seen.where,
        "times": seen.times,
        "value": seen.value,
        "others": list(seen.others),
        "fits": [release for release in found.table.releases if seen.fits(release)],
        "contradicts": [release for release in found.table.releases if seen.fits(release) is False],
    }


def _unseen(found: Fingerprint, sign: Sign) -> dict[str, Any]:
    return {
        **_sign(sign),
        "needs": found.table.needs[sign.needs],
        "shows": {release: list(values) for release, values in sign.shows.items()},
    }


def _sign(sign: Sign) -> dict[str, Any]:
    return {"id": sign.id, "sign": sign.text, "asked": sign.asked, "source": sign.source}
