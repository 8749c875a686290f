"""What people write first: answers judged by a general validator inside mitmproxy; loaded by `mitmdump -s`."""
