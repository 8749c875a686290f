"""What people are told of releases: one of them, and what changes from one to another.

Lives here: words, tables' rows and JSON documents, made of what `spec` says. Never here: what a release does, or what
counts as a change (`spec.comparison`), and nothing that is printed.

  loading.py      everything that is known of a release, for the commands
  phrases.py      names of operations, lists of words and ids as a sentence has them
  showing.py      a release, and one operation of it, as labels and rows
  concerning.py   which deviations have to do with an operation
  changes.py      a change as a sentence
  document.py     all changes as one JSON value; its schema is changes.schema.json
  openapifile.py  what a release does as one plain OpenAPI file
"""
