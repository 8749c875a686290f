"""One file per form of a report, each with `render(report) -> str`: the same report gives the same bytes.

Lives here: how a report looks. Never lives here: what a report means (that is `reports.gate`), a file, a clock, the
network.

Map
    text.py      for terminals and logs
    html.py      one offline page, from report.html.j2, report.css and report.js
    traffic.py   a report of traffic as such a page, from traffic.html.j2 and traffic.css besides
    traffictext.py   the same as plain text; trafficwords.py: the sentences that both share
    timeline.py  a strategy as a picture over time
    page.py      what all pages share: templates, policy; shared.html.j2: their macros
    columns.py   lines of plain text
    junit.py     JUnit XML for CI systems
    brief.py     the short of it as one JSON value, for programs
    words.py     labels and sentences that all forms share, and text made printable
"""
