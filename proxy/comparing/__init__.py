"""What changed for clients between two deployments: exchanges in, differences in words out. Pure.

Lives here: what of an answer is noise, which exchanges ask the same in the same situation, and what is said of answers
that are otherwise. Never lives here: what is right (`conformance/`): of two answers that differ both may be.

Map, in the order of the work
    noise.py       texts and paths without what is another in each deployment
    standing.py    where the strategies of one history stood when something was asked
    asking.py      the question of an exchange: what asks the same in the same situation
    answering.py   the answer in a normal form
    documents.py   the members, types, words and links of documents, pooled
    plans.py       the stages and steps of a strategy, without hosts
    gathered.py    one side: everything that its exchanges have shown, bounded
    difference.py  what a difference is, and all of them
    holding.py     two sides held against each other: answers
    shapes.py      the same for documents; planned.py: for plans; bodies.py: for members of create requests
    expecting.py   which differences two releases explain, and by which numbers: by_contract.py, a table over
                   knowing.py, what a contract knows; by_words.py, what deviations say
    telling.py     a comparison as a JSON value (comparison.schema.json) and as lines
"""
