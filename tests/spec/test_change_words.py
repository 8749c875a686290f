"""Changes between releases as sentences: what a client sees, what it was before, and where."""

import pytest

from spec.comparison import Area, Change, Edition, What, compare
from spec.load import load_contract, load_law, load_ledger, load_release
from vimgate.releases.changes import sentence, where
from vimgate.releases.phrases import ids, listed

B, E, C = What
PATCH, UPGRADE = "createSwPatchStrategy", "createSwUpgradeStrategy"
SIDE = {"needed": "no", "null": True, "words": [], "types": ["text"], "range": None, "default": None}
TWO = {"needed": "yes", "null": False, "words": ["a", "b"], "types": [], "range": None, "default": "a"}
WIDE = {"needed": "no", "null": False, "words": [], "types": ["integer"], "range": [2, 5], "default": 2}
KIND = {"operations": ["a", "b"], "mandatory": ["x"], "optional": []}
DEVIATION = {"group": "silent", "level": "wire", "document": "One thing.", "deployment": "Another."}


def change(area, what, names, old=None, new=None, aspect="", part="", subjects=()):
    """A change."""
    return Change(Area(area), what, tuple(subjects), part, tuple(names.split()), aspect, old, new)


SAID = [
    (change("kinds", B, "k", new=KIND), "k comes, with a and b; a create needs `x`, and may have nothing"),
    (change("kinds", E, "k", old=KIND), "k goes, with a and b"),
    (change("operations", B, "getRoot", new="GET /"), "getRoot comes: GET /"),
    (change("operations", E, "getRoot", old="GET /"), "getRoot goes: GET /"),
    (change("operations", C, "", "optional", "required", "body"), "a request body is mandatory now, optional before"),
    (change("operations", C, "", 200, 201, "success"), "success is 201 now, 200 before"),
    (change("callers", B, "OIDC-Token", new=True, part="header"), "a token is read from OIDC-Token, too"),
    (change("callers", E, "X", old=True, part="header"), "a token is not read from X any more"),
    (change("callers", B, "read", new=["a"], part="roles"), "read: roles a"),
    (change("callers", C, "read", ["a"], ["a", "b"], part="roles"), "read: roles a or b now, a before"),
    (change("requests", B, "x", new=SIDE), "`x`: known now; optional, text or null"),
    (change("requests", B, "x", new=TWO), "`x`: known now; mandatory, a or b, a when left out"),
    (change("requests", B, "x y", new=WIDE), "`x` and `y`: known now; optional, integer, 2 to 5, 2 when left out"),
    (change("requests", E, "x", old=TWO), "`x`: unknown now, and refused; mandatory before"),
    (change("requests", C, "x", "no", "yes", "needed"), "`x`: mandatory now, optional before"),
    (change("requests", C, "x", "no", "with a", "needed"), "`x`: mandatory with a now, optional before"),
    (change("requests", C, "x", old=False, new=True, aspect="null"), "`x`: null is allowed now"),
    (change("requests", C, "x", old=True, new=False, aspect="null"), "`x`: null is not allowed any more"),
    (change("requests", C, "x", ["a"], ["a", "b"], "words"), "`x`: also b now"),
    (change("requests", C, "x", ["a", "b"], ["c", "b"], "words"), "`x`: also c now, not a any more"),
    (change("requests", C, "x", [], ["a"], "words"), "`x`: a now, open before"),
    (change("requests", C, "x", ["text"], ["list"], "types"), "`x`: list now, text before"),
    (change("requests", C, "x", None, [2, 10], "range"), "`x`: 2 to 10 now, no bound before"),
    (change("requests", C, "x", [2, None], [None, 3], "range"), "`x`: 3 or less now, 2 or more before"),
    (change("requests", C, "x", new=False, aspect="default"), "`x`: when left out, false now, nothing is said before"),
    (change("statuses", B, "500 501", new="silent"), "may answer 500 or 501"),
    (change("statuses", E, "500", old="silent"), "does not answer 500 any more"),
    (change("answers", B, "x", new=SIDE, part="phase"), "phase `x`: there now, not always; text or null"),
    (change("answers", E, "x", old=SIDE, part="phase"), "phase `x`: gone; not always before"),
    (change("answers", C, "x", "no", "yes", "needed", part="step"), "step `x`: always now, not always before"),
    (change("links", B, "x", new=True), "links to x"),
    (change("links", E, "x", old=True), "does not link to x any more"),
    (
        change("lifecycle", C, "refused", [400], [400, 500], part="answers"),
        "what is refused is answered 400 or 500 now, 400 before",
    ),
    (
        change("lifecycle", B, "abort-stage", new="abort", part="null-stage"),
        "null as `stage-id` of abort-stage means abort",
    ),
    (change("lifecycle", C, "a", ["b"], [], part="states"), "after a comes no state now, b before"),
    (change("lifecycle", C, "abort", "refused", "either", part="requests"), "abort: either now, refused before"),
    (change("plans", B, "a b", new=True, part="stages"), "stages: also a, b"),
    (change("plans", E, "a", old=True, part="steps"), "steps: no longer a"),
    (
        change("plans", C, "", old=False, new=True, aspect="generic"),
        "plans are not judged any more, their words are an open set",
    ),
    (
        change("deviations", B, "D3-01", new=DEVIATION),
        "D3-01 (silent) begins. The document: One thing. Deployments: Another.",
    ),
    (
        change("deviations", E, "D3-01", old=DEVIATION),
        "D3-01 (silent) ends. The document: One thing. Deployments: Another.",
    ),
    (change("requirements", B, "VIM-A-001 VIM-A-002"), "asked: VIM-A-001 and -002"),
    (change("requirements", E, "VIM-A-001"), "not asked any more: VIM-A-001"),
    (change("requirements", C, "VIM-A-001", aspect="demand"), "asked otherwise: VIM-A-001"),
]


@pytest.mark.parametrize(("told", "said"), SAID, ids=[said[:40] for _, said in SAID])
def test_a_change_is_a_sentence(told, said):
    """A change is told in other words than a reader was promised."""
    assert sentence(told) == said


def edition(release):
    """Everything that is known of a release."""
    return Edition(load_release(release), load_contract(release), load_law(release), load_ledger(release))


PLACES = [
    ([PATCH], "create of sw-patch"),
    ([PATCH, UPGRADE], "create of every kind"),
    ([PATCH, "deleteSwPatchStrategy"], "create and delete of sw-patch"),
    ([PATCH, UPGRADE, "getSwPatchStrategy"], "create of every kind; read of sw-patch"),
    (["getRoot", "actOnSwUpgradeStrategy"], "getRoot; action of sw-upgrade"),
    (["getSwPatch", "getSwUpgrade"], "document of every kind"),
    (["sw-patch", "sw-upgrade"], "every kind"),
    (["sw-upgrade"], "sw-upgrade"),
    ([], "the service"),
]


@pytest.mark.parametrize(("subjects", "told"), PLACES)
def test_where_it_is(subjects, told):
    """Operations and kinds that change alike are not told together."""
    both = edition("published")
    assert where(change("requests", B, "x", new=SIDE, subjects=subjects), both, both) == told


@pytest.mark.parametrize(
    ("named", "told"),
    [
        (["VIM-A-001", "VIM-B-002"], "VIM-A-001, VIM-B-002"),
        ([f"VIM-A-00{number}" for number in range(1, 5)], "VIM-A-001, -002, -003 and -004"),
        ([f"VIM-A-00{number}" for number in range(1, 7)], "VIM-A-001 to -006 (6)"),
    ],
)
def test_ids_are_short(named, told):
    """Ids of one area are written out one by one, or a list of them is hidden in a count."""
    assert ids(named) == told


def test_a_list_of_nothing_is_told():
    """An empty list is an empty sentence."""
    assert (listed([]), listed(["a"]), listed("abc", "or")) == ("nothing", "a", "a, b or c")


@pytest.mark.parametrize(("old", "new"), [("published", "stx-3.0"), ("stx-3.0", "published")])
def test_every_change_of_a_release_has_a_sentence(old, new):
    """A change has no words, or a sentence holds what stands for nothing in Python, or stands twice."""
    before, after = edition(old), edition(new)
    told = [f"{where(each, before, after)}: {sentence(each)}" for each in compare(before, after)]
    assert [text for text in told if "None" in text or "  " in text] == []
    assert len(set(told)) == len(told)
