"""Who may call: the first thing that is asked about a request to the published API (RELEASES.md 6).

Lives here: where it is known whom a token belongs to, and the question whether that caller may do what is asked for.
Never here: what a release answers to those who may not, and which roles it wants; that is in its wire rules.
A token stands in no message, record or text of an error; what is kept of it in memory is a digest.

  gate.py             Auth: the check of one request; Source, OidcSource and Identity: what a place that knows tokens
                      has to offer
  tokenfile.py        TokenFile: a source that is a file
  tokens.schema.json  the public format of that file
  keystone.py         Keystone: a source that is an identity service; imported by those who ask one

A further source is one more file with a class that has `identify`, and `identify_oidc` if it knows such tokens.
"""

from reference_server.auth.gate import Auth, Identity, NobodyToAskError, OidcSource, Source
from reference_server.auth.tokenfile import TokenFile

__all__ = ["Auth", "Identity", "NobodyToAskError", "OidcSource", "Source", "TokenFile"]
