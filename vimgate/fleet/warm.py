"""What a process has ready before it judges a target. Importing this is its work, as with `vimgate.matrix.warm`."""

import gc

from vimgate.fleet import inside  # noqa: F401 - what runs there
from vimgate.matrix import warm  # noqa: F401 - what is warm already

gc.collect()
gc.freeze()
