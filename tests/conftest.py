"""What every test of every room runs under."""

from hypothesis import settings

# The same examples on every machine and run, and no clock on a machine that others use too.
settings.register_profile("vimgate", deadline=None, derandomize=True, database=None)
settings.load_profile("vimgate")
