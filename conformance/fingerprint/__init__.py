"""Which release a deployment behaves like: what can be seen of it, and how likely that makes each release.

Lives here: the signs that tell releases apart, how each is read off an exchange, and what they come to together. Never
lives here: how a request reaches a target, what is right or wrong of an answer.

Map
    signs.yaml        the table: each sign, how it is asked, and what each release shows
    signs.schema.json its schema
    table.py          the table as frozen values
    exchanges.py      where an exchange lies in the API, and what it says about itself
    strategies.py     what a strategy document says about itself
    readings.py       READINGS: the name of a reading -> how it reads a sign off an exchange
    answers.py        readings of documents, and of how plain looks are answered
    plans.py          readings of strategies
    refusals.py       readings of refusals: of callers, and of changes
    words.py          words that readings share with the table
    weighing.py       what was seen -> how likely each release is, and what would tell the rest apart
"""
