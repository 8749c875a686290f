"""The page to look at under `/_status`: the strategy as a timeline picture. It can only be read.

Lives here: what of a strategy is drawn and how; the page around it; its style and script, written into it.
Never here: a way to change anything, a file or address beside the page, a rule of the engine.
Names of hosts, worlds and reasons come from files of people: everything is escaped, and the page forbids itself any
style and script but its own.

  picture.py    a strategy -> phases, rows and bars, in percent of their phase's time; long ones are drawn together
  page.py       the blueprint: picture and surroundings -> HTML, with the headers that guard it
  page.html.j2, page.css, page.js
"""

from reference_server.statuspage.page import PREFIX, blueprint

__all__ = ["PREFIX", "blueprint"]
