"""Files that traders have: one module a format, bytes -> fills or named bad lines.

A bad line is returned, not raised, so that a file tells all of them at once.
"""
