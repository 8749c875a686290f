"""The signature of a report: an in-toto statement of what it came to, in a DSSE envelope. Pure: no file, no clock.

Map
    keys.py       ed25519 keys: made, and read from PEM and OpenSSH
    statement.py  report -> in-toto Statement with a test-result predicate, and back from its text
    envelope.py   statement -> signed envelope, and back for whoever has the public key
    check.py      envelope, key, report, evidence and time -> who signed what until when, or every complaint
    document.py   a JSON document of somebody else, read strictly
    statement.schema.json  the shape of envelope and statement
"""
