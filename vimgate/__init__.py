"""THE FRONT DOOR: one command, thin. It parses, wires rooms together and prints.

Lives here: options, progress, signals, tokens and rulebooks of a run, exit codes. Never lives here: a rule of any kind.

  cli.py           the command line and its ways out
  lazily.py        groups of commands that import a subcommand on use
  completing.py    what a shell completes beside commands and options
  commands/        one file per subcommand, a folder where it has several of its own
  asking/          what a certification may be asked: options, and the values that they make
  explaining/      what is known of a requirement, and an example of its violation
  contractpages/   requirements and states as pages for people
  releases/        a release, and what changes from one to another, in words, as JSON and as one OpenAPI file
  auditing/        which recordings are audited, the processes that do it, and what is said of them
  comparing/       how a comparison comes by its two sides
  fingerprinting/  which release a deployment behaves like: asked, and told
  ci/              what the CI system around a certification reads, and how it is handed over
  pool.py          processes that start warm, one task each
  matrix/          the judge, and a peer, on each mutant
  exits.py         exit codes, and the errors that carry them
  progress.py      how far a certification is, on stderr
  bar.py           where bars are drawn
  session/         the suite as a session of pytest: `pytest --pyargs conformance.suite --target URL`
  summary.py       what a certification says on stdout
  serving.py       output, socket and signals of `serve`
  tables.py        tables on the terminal
  worldview.py     a world as tables for people
  health/          what `doctor` looks at
  settings.py      options that stand in vimgate.toml
  waiverfile.py    the file of waivers
  runheader.py     the header of a run, before it begins
  leftovers.py     the run file of a certification, and what an earlier one has left
  evidencing.py    where the evidence of a certification gathers, and where it lies in the end
  surroundings.py  rulebook, tokens and signals, put back after a run
  placing.py       where the requirements of a report are written down
  embedded.py      the reference server under a rulebook file, as a target
"""
