"""Worlds: a fleet, its pace and what goes wrong in it, as files that people write. Ready ones are the YAML files here.

Lives here: reading, writing, checking and guessing world documents. Never here: what becomes of a world in motion
(`simulation`), a server, a strategy of ours.

Map
    *.yaml             ready worlds; shipped.py knows their names
    world.schema.json  the JSON Schema of worlds and of faults; schema.py loads it
    file.py            world files -> World
    fields.py          fields of a world document <-> values of a fleet
    check.py           what the fields of a world must be to one another
    review.py          what is wrong with a world file, and what is lawful but surprising
    surmise/           from strategies to a world in which they would be planned again
"""
