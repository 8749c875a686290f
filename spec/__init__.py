"""ROOM 1, THE CONTRACT: what is promised.

Here lives what the published API promises and what may be seen of a strategy: hand-written YAML, and frozen values.
Here never lives anything that sends, answers or judges: no server, client, test, verdict, clock or randomness.
Looks at no other room; everybody may look at it, through `load`.

    openapi.yaml         the published API: 13 operations, schemas, codes, links, the 17 documents of the reference
    control.yaml         the control API of simulated targets, for those who implement it; no part of the published API
    requirements.yaml    the ledger: what is required, how strongly, where it is said, what tests it
    lifecycle.yaml       the law: what may be seen of a strategy, and what may follow what
    releases/*.yaml      what deployments of a release do otherwise: an OpenAPI Overlay, and numbered deviations; each
                         file says what differs from its neighbour
    *.schema.json        the shapes of the YAML files beside them
    reference/           numbers and hashes of the lines of the API reference

    load.py              finds the files above and reads each once: load_contract(), load_ledger(), load_law(),
                         each of a release; load_release(), load_control()
    digests.py           what a verdict was judged by, as digests of the files
    release.py           a release: its neighbour, its overlays, and its deviations
    effects.py           what becomes of the ledger under a release
    kinds.py             the kinds of strategy of all releases: letters of their requirements, and operations
    overlay.py           applies the actions of an overlay to a parsed document
    renaming.py          replaces words throughout a JSON value
    contract.py          Contract, Operation, Example: which operation a request is, what a body may look like
    openapi.py           makes the contract from the parsed openapi.yaml
    schema.py            a JSON Schema compiled once, its violations in words
    values.py            what may stand in one place of a body, for people
    members.py           the members of bodies, for people
    comparison.py        what a client sees change from one release to another
    vocabulary.py        which words members of bodies may hold, and where they stand
    fitting.py           whether contract, ledger and law speak of the same kinds and operations
    crosscheck.py        the second opinion of openapi-core and openapi-spec-validator; slow, never used in judging
    ledger.py, law.py    the ledger and the law as frozen values
    graph.py             the state graph: every edge that the law allows
    lawfile.py           reads the law and says where it contradicts itself
    places.py            in which line each requirement and its operations stand
    documents.py         reads a hand-written YAML or JSON file; errors name file, line and what to write instead
"""
