"""ROOM 2, THE VERDICT: what a run came to, kept, shown and turned into an exit code.

Lives here: verdicts and findings as frozen values, the report's public format, the gate,
redaction, one renderer per form.
Never lives here: HTTP, a transport, the contract, a check, a clock. A requirement id is a plain string in this room.

Map
    model.py            Verdict, Strength, Level, Changes, Finding, Place, Result, Run, Report, Outcome
    gate.py             report -> outcome -> exit code, and the VERDICT line; pure
    causes.py           what two findings of one cause have in common; pure
    difference.py       two reports held against each other; pure
    overview.py         several reports as one table; pure
    baseline.py         an older report whose failures are known and do not count; pure
    waivers.py          known deviations that do not count for now, laid over a report; pure
    redact.py           secrets never reach a report: headers, free text, URLs, whole reports; pure
    places.py, spellings.py, embedded.py   where a secret stands, how a known one is spelled, texts inside texts; pure
    lines.py            report <-> JSON lines with header, footer and digest; pure; every complaint names its line
    report.schema.json  the public format of each kind of line
    waivers.schema.json, brief.schema.json   the public formats of a file of waivers, and of what --json prints
    kept.py             a file of lines that one process at a time keeps
    stream.py           the files: atomic write, incremental writer, read
    difference.schema.json, overview.schema.json   the public formats of what `report diff` and `matrix` print
    traffic.py          what was seen of traffic, live or recorded: one JSON object and back; pure
    traffic.schema.json   its public format
    agreement.py        where a report says something else than another of the same run, in sentences; pure
    coverage.py         how much of the state graph was seen: rows and a sentence; pure
    fleet/              what each target of many came to, and all of them together; pure
    fleet.schema.json   the public format of that
    signing/            a signed statement of what a report comes to, and whether a signature holds; pure
    folder.py           a report folder: the lines and every rendered form beside them, and the scripts of what failed
    render/             one file per form, each `render(report) -> str`; same report, same bytes
"""
