"""How `vimgate compare` comes by its two sides; what is a difference is said by `proxy.comparing`.

sides.py     what a text names: a target, recordings or a report
reads.py     a target, asked: documents, strategies, and harmless errors
captures.py  recordings, read
"""
