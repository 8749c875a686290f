"""Pictures of strategies and of the state graph as numbers and words; the templates write them as SVG. Pure.

Lives here: what is where, how it looks, and what is told of it to who points or reads.
Never lives here: markup, colours.

Map
    lanes.py     what pictures over time are made of: bars, marks, lanes, lanes of hosts
    axis.py      from moments to places: an axis that may leave out the time in which nothing ran
    life.py      a strategy as traffic has shown it
    course.py    a strategy as its own document tells it; document.py: such a document read, whatever it holds
    layers.py    a directed graph in layers
    graph.py     the state graph: situations as cards, moves between them as arrows
"""
