"""One file per form of a report, each with `render(report) -> str`: the same report gives the same bytes.

Lives here: how a report looks. Never lives here: what a report means (that is `reports.gate`), a file, a clock, the
network.

Map
    text.py      for terminals and logs
    html.py      one offline page, from report.html.j2, report.css and report.js
    junit.py     JUnit XML for CI systems
    brief.py     the short of it as one JSON value, for programs
    words.py     labels and sentences that all forms share, and text made printable
"""
