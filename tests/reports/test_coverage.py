"""The state graph is told in counts that a reader can trust: choices, not alternatives."""

from dataclasses import replace

from reports import coverage
from reports.folder import REPRODUCERS, reproducers, write
from reports.model import Standing
from vimgate.summary import summary


def test_the_sentence_counts_choices(sample):
    """Two edges of which a server can have one count once, and what is unlawful counts beside them."""
    assert coverage.sentence(sample.coverage) == "2 of 3 lawful edges seen, 1 unlawful"


def test_a_report_without_a_graph_says_nothing_about_it(sample):
    """Where nothing was to be seen there is no sentence and no row."""
    bare = replace(sample, coverage=())
    assert (coverage.sentence(bare.coverage), coverage.rows(bare.coverage)) == ("", ())
    assert "graph" not in summary(bare)


def test_the_rows_name_what_is_missing(sample):
    """One row per kind and situation, with the edges that were not seen."""
    row = coverage.rows(sample.coverage)[1]
    assert (row.situation, row.seen, row.total) == ("building", 1, 2)
    assert [coverage.told(edge) for edge in row.unseen] == ["itself → build-timeout"]


def test_unseen_edges_never_change_the_verdict(sample):
    """Coverage is evidence of depth: the verdict is the same without any."""
    blind = tuple(replace(edge, standing=Standing.UNSEEN) for edge in sample.coverage)
    assert replace(sample, coverage=blind).verdict is sample.verdict


def test_the_summary_tells_it(sample):
    """Whoever reads the end of a run learns how much of the graph was seen, and where the scripts are."""
    assert "State graph: 2 of 3 lawful edges seen, 1 unlawful" in summary(sample).splitlines()
    assert f"play it again: {REPRODUCERS}/VIM-LIFE-014.sh" in summary(sample)


def having_tests(sample):
    """The sample, its failure with a test."""
    results = tuple(
        replace(result, findings=tuple(replace(each, test="def test_it(): ...\n") for each in result.findings))
        for result in sample.results
    )
    return replace(sample, results=results)


def test_what_failed_gets_its_scripts_alone_for_its_owner(sample, tmp_path):
    """A requirement that failed has a shell script that runs and a test; nobody else may read them."""
    write(having_tests(sample), tmp_path)
    modes = {path.name: path.stat().st_mode & 0o777 for path in (tmp_path / REPRODUCERS).iterdir()}
    assert modes == {"VIM-LIFE-014.sh": 0o700, "test_vim_life_014.py": 0o600}


def test_scripts_of_an_earlier_run_go(sample, tmp_path):
    """What does not fail any more has no script any more, and what others put there stays."""
    write(having_tests(sample), tmp_path)
    (tmp_path / REPRODUCERS / "mine.txt").touch()
    write(replace(sample, results=sample.results[:1]), tmp_path)
    assert [path.name for path in (tmp_path / REPRODUCERS).iterdir()] == ["mine.txt"]


def test_an_id_that_is_no_file_name_gets_no_script(sample):
    """An id out of a foreign report never names a path."""
    failed = next(result for result in sample.results if result.requirement == "VIM-LIFE-014")
    assert reproducers(replace(failed, requirement="VIM-../../x")) == {}
