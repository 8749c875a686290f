"""A signature holds for what was signed, and for nothing else."""

import base64
import json
import re
from dataclasses import replace
from datetime import timedelta

import pytest
from securesystemslib.dsse import Envelope

from reports.lines import DamagedReport
from reports.signing.envelope import SignatureError


def test_a_signature_holds(signed, pair):
    """What is as it was signed is refused, or the line does not say who, for whom, what and until when."""
    assert str(signed.check()) == (
        f"SIGNED by {pair.key_id} for http://192.0.2.10:4545: FAILED, level=oracle, on 2026-12-01T12:00:00Z, "
        "until 2027-03-01T12:00:00Z"
    )


def test_a_report_without_evidence_can_be_signed(sign, sample):
    """A run that kept no exchanges cannot be signed or checked."""
    case = sign(replace(sample, evidence=None))._replace(evidence=None)
    assert case.check().statement["subject"][0]["name"] == "report.jsonl"


def test_the_same_is_signed_alike(sign, witnessed):
    """The same report, key and time give other bytes."""
    assert sign(witnessed).envelope == sign(witnessed).envelope


def test_it_is_an_envelope_that_others_can_open(signed, signer):
    """The library of in-toto does not take the envelope for one by this key."""
    opened = Envelope.from_dict(json.loads(signed.envelope))
    assert opened.verify([signer.public_key], 1).keys() == {signer.public_key.keyid}
    assert opened.payload_type == "application/vnd.in-toto+json"


def refused(case, after=timedelta(0)):
    """Why the check refuses."""
    with pytest.raises(SignatureError) as error:
        case.check(after)
    return str(error.value)


def altered(case, **members):
    """The case with members of its envelope changed."""
    return case._replace(envelope=json.dumps(json.loads(case.envelope) | members).encode())


def signed_as_well(case, *others):
    """The case with signatures of other cases around its own."""
    first, *rest = (json.loads(other.envelope)["signatures"][0] for other in others)
    return altered(case, signatures=[first, *json.loads(case.envelope)["signatures"], *rest])


def with_run(said, **members):
    """The statement with members of ours changed."""
    predicate = said["predicate"]
    return said | {"predicate": predicate | {"vimgate": predicate["vimgate"] | members}}


def test_another_key_is_said(sign, witnessed, stranger, pair):
    """A signature by somebody else holds, or nobody learns whose it is."""
    told = refused(sign(witnessed, by=stranger))
    assert told == f"it was signed by {stranger.public_key.keyid}, not by the key given, {pair.key_id}"


def test_a_name_alone_signs_nothing(sign, witnessed, stranger, pair):
    """Whoever writes the id of another's key beside a signature passes for them."""
    case = sign(witnessed, by=stranger)
    forged = case.envelope.replace(stranger.public_key.keyid.encode(), pair.key_id.encode())
    assert "was changed after it was signed" in refused(case._replace(envelope=forged))


def test_one_signature_of_several_is_enough(sign, witnessed, stranger):
    """A second signature, by somebody else or a broken one, does away with the first."""
    other = sign(witnessed, by=stranger)
    assert signed_as_well(sign(witnessed), other, other).check().signer
    assert "it was signed by" in refused(signed_as_well(other, other))


@pytest.mark.parametrize("name", [{}, {"keyid": ""}, {"keyid": None}, {"keyid": "release-key"}], ids=str)
def test_the_name_of_a_signature_is_a_hint(signed, name):
    """A signature by this key does not hold because a tool wrote no name beside it, or one of its own."""
    sig = json.loads(signed.envelope)["signatures"][0]["sig"]
    assert altered(signed, signatures=[name | {"sig": sig}]).check().signer


def test_a_statement_holds_until_it_ends(signed):
    """A statement ends before its time."""
    assert signed.check(timedelta(days=90, seconds=-1)).signer


def test_a_statement_ends(signed):
    """A statement holds for ever."""
    assert refused(signed, timedelta(days=90)).startswith("the statement expired on 2027-03-01T12:00:00Z; have the")


@pytest.mark.parametrize("expires", ["0000-01-01T00:00:00Z", "2027-12-31T23:59:60Z"])
def test_a_time_that_is_none_ends_at_once(sign, witnessed, expires):
    """A time that the format allows and no clock shows ends in another error."""
    told = refused(sign(witnessed, change=lambda said: with_run(said, expires=expires)))
    assert expires in told or "/predicate/vimgate/expires" in told


def test_another_report_is_said(sign, signed, witnessed):
    """The statement about one run holds for another."""
    other = sign(replace(witnessed, run=replace(witnessed.run, seed=43)))
    assert "another report.jsonl was signed" in refused(signed._replace(report=other.report))


@pytest.mark.parametrize(
    ("digest", "says"),
    [
        ("0" * 64, "evidence.zip is not the evidence of this report: it has another SHA-256 than the report says"),
        (None, "evidence.zip, which the report names as its evidence, is missing or cannot be read"),
    ],
)
def test_other_evidence_is_said(signed, digest, says):
    """A report is vouched for whose evidence is another, or is not there."""
    assert refused(signed._replace(evidence=digest)) == says


def test_evidence_that_was_not_signed_is_said(sign, sample, witnessed):
    """Evidence that came to a report later passes as signed, or more was signed than there is."""
    whole, bare = sign(witnessed), sign(replace(sample, evidence=None))
    assert "evidence.zip is not among what was signed" in refused(bare._replace(report=whole.report))
    told = refused(whole._replace(report=bare.report, evidence=None))
    assert "evidence.zip was signed as well, and the report does not name it" in told


def test_every_complaint_is_told(sign, signed, witnessed):
    """Of several things that are wrong one alone is told."""
    other = sign(replace(witnessed, results=witnessed.results[4:]))
    told = refused(signed._replace(report=other.report, evidence=None), timedelta(days=900)).splitlines()
    assert [line.split()[0] for line in told] == ["another", "evidence.zip,", "the", "the"]


@pytest.mark.parametrize(
    "lie",
    [
        {"result": "PASSED"},
        {"failedTests": []},
        {"passedTests": ["VIM-ROOT-001", "VIM-LIFE-014"]},
        {"configuration": []},
    ],
    ids=str,
)
def test_whoever_has_the_key_cannot_say_what_the_report_does_not(sign, witnessed, lie):
    """A statement that was written by hand says better of a run than its report, and holds."""
    told = refused(sign(witnessed, change=lambda said: said | {"predicate": said["predicate"] | lie}))
    assert told == f"the statement does not say what the report comes to: {', '.join(lie)}"


def test_a_file_that_is_named_twice_is_said(sign, witnessed):
    """Of two digests of one file a reader may believe the first, another the second."""
    told = refused(sign(witnessed, change=lambda said: said | {"subject": [*said["subject"], said["subject"][0]]}))
    assert told == "the statement names one file twice"


def test_a_damaged_report_is_said(signed):
    """A report that cannot be believed is only told to be another one."""
    with pytest.raises(DamagedReport, match=r"report\.jsonl"):
        signed._replace(report=signed.report.replace(b'"fail"', b'"pass"')).check()


def encoded(text):
    """In base64."""
    return base64.b64encode(text.encode()).decode()


SIG = {"sig": encoded("x" * 64)}
DEEP = "[" * 100_000
ENVELOPE = {"payload": encoded("{}"), "payloadType": "application/vnd.in-toto+json", "signatures": [SIG]}


@pytest.mark.parametrize(
    "text",
    [
        "", "hello", "null", "[]", "{}", "\ufeff{}", DEEP, '{"a": NaN}', f'{{"a": {"9" * 5000}}}', '"\\ud800"',
        *(json.dumps({name: value for name, value in ENVELOPE.items() if name != gone}) for gone in ENVELOPE),
        *(json.dumps(ENVELOPE | {name: wrong}) for name in ENVELOPE for wrong in (None, 1, "\u00e9", {}, [1], "A===")),
        *(json.dumps(ENVELOPE | {"signatures": [each]}) for each in ({}, {"sig": 1}, {"sig": "?"}, SIG | {"keyid": 1})),
        json.dumps(ENVELOPE | {"signatures": [SIG] * 101}),
        json.dumps(ENVELOPE)[:-1] + ', "payload": "e30="}',
        json.dumps(ENVELOPE | {"payload": "e31="}),
    ],
    ids=lambda text: text[:50],
)  # fmt: skip
def test_what_is_no_envelope_is_said(signed, text):
    """A malformed envelope ends in another error, or holds."""
    assert refused(signed._replace(envelope=text.encode(errors="surrogatepass")))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda text: text.replace('"payload":', '"payload":"e30=","payload":'), "the member 'payload' stands twice"),
        (lambda text: text.replace('"payload":', '"more":NaN,"payload":'), "NaN is no number of JSON"),
        (lambda text: re.sub('(.)==(?="}])', lambda end: f"{chr(ord(end[1]) + 1)}==", text), "/signatures/0/sig: not"),
    ],
    ids=["a member twice", "no number", "spare bits in base64"],
)
def test_what_readers_may_take_for_different_things_is_refused(signed, change, says):
    """An envelope that holds for one reader says something else to another, or can be written in two ways."""
    turned = signed.envelope.decode().replace('"keyid"', '"more":[],"keyid"')
    text = json.dumps(json.loads(turned), separators=(",", ":"))
    assert signed._replace(envelope=text.encode()).check().signer
    assert says in refused(signed._replace(envelope=change(text).encode()))


def test_bytes_that_are_no_text_are_no_envelope(signed):
    """Bytes that are not UTF-8 end in another error."""
    assert "no DSSE envelope" in refused(signed._replace(envelope=b"\xff\xfe{}"))


def test_another_type_of_payload_is_said(signed):
    """A signature over something else than a statement holds."""
    told = refused(altered(signed, payloadType="application/vnd.cyclonedx+json"))
    assert told.startswith("the envelope has a payload of type 'application/vnd.cyclonedx+json'")


def test_no_signature_is_said(signed):
    """A statement without a signature holds."""
    assert refused(altered(signed, signatures=[])) == "the envelope has no signature"


@pytest.mark.parametrize(
    "change",
    [
        lambda said: {"was": said},
        lambda said: said | {"_type": "https://in-toto.io/Statement/v0.1"},
        lambda said: said | {"predicateType": "https://slsa.dev/provenance/v1"},
        lambda said: said | {"subject": [{"digest": {"sha256": "0" * 64}}]},
        lambda said: said | {"predicate": []},
        lambda said: {"predicate": said["predicate"] | {"vimgate": None}} | {"_type": said["_type"]},
        lambda said: with_run(said, expires="for ever"),
        lambda said: with_run(said, expires=None),
        lambda said: with_run(said, expires="2027-03-01T12:00:00+05:30"),
        lambda said: with_run(said, target=[]),
    ],
)
def test_a_signature_under_something_else_is_said(sign, witnessed, change):
    """What this key signed for another purpose passes as a statement about a report, or ends in another error."""
    assert refused(sign(witnessed, change=change)).startswith("what was signed is no statement about a report of vim")
