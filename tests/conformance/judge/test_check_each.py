"""Every requirement with a check is seen kept and seen broken."""


def test_the_check_looks_and_finds_nothing(bench, requirement, good):
    """An exchange that keeps the requirement is looked at, and nothing is found against it."""
    broken = bench.play(good)
    assert requirement in bench.looked_at()
    assert requirement not in broken
    assert bench.crashes() == []


def test_the_check_finds_the_fault(bench, requirement, bad):
    """An exchange that breaks the requirement is found."""
    assert requirement in bench.play(bad)
    assert bench.crashes() == []
