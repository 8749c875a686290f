"""One file per form of a report, each with `render(report) -> str`: the same report gives the same bytes.

Lives here: how a report looks. Never lives here: what a report means (that is `reports.gate`), a file, a clock, the
network.

Map
    text.py      for terminals and logs
    html.py      one offline page; depths.py: how deep a run has looked, level by level
    traffic.py   a report of traffic as such a page
    traffictext.py   the same as plain text; trafficwords.py: the sentences that both share
    page.py      what all pages share: templates filled and escaped, the policy of the page
    pages/       the templates: one per page, one per part of it; frame and pictures are macros that both pages use
    styles/, scripts/   what goes into a page, in parts; a page says which
    pictures/    strategies over time and the state graph, as numbers for the templates
    difference.py   two reports held against each other, in every form; differencewords.py: its sentences
    overview.py  several reports as one table, in every form
    fleet.py     the merged report of a fleet, in every form; fleetwords.py: its sentences
    columns.py   lines of plain text
    junit.py     JUnit XML for CI systems
    sarif.py     SARIF for code scanning
    markdown.py  a page for the summary of a CI job
    annotations.py   workflow commands of GitHub Actions
    badge.py     a small picture, from badge.svg.j2
    severity.py  how grave a verdict is, in the words that these forms share
    brief.py     the short of it as one JSON value, for programs
    words.py     labels and sentences that all forms share, and text made printable
"""
