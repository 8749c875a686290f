"""Words that several readings share with the table of signs."""

from typing import Final

THERE: Final = "there"
ABSENT: Final = "absent"
