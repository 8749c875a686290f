"""World files that are shipped, and the JSON Schema of all; data only, read by `reference_server.worldfile`."""
