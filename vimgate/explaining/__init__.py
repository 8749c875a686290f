"""What is known of a requirement, for whoever is told that a server breaks it.

Lives here: bringing together what ledger, checks, mutants and releases say, and saying it. Never here: a rule.

  choosing.py      which requirements a person means
  facts.py         everything that is known of one
  words.py         sources and parameters, as people say them
  violations.py    an example of a violation for each requirement that is checked
  violations.json  these examples, as the judge found them in exchanges that were written for it
  showing.py       the text, and the JSON value
"""
