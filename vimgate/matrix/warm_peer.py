"""What a process of the pool has ready before it plays the peer. Importing this is its work, as with `warm`."""

import gc

from vimgate.matrix import peer, warm  # noqa: F401 - what is warm already

peer.rehearse()
gc.collect()
gc.freeze()
