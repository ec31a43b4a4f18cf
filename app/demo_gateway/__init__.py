"""A ProjectX gateway with an invented trader behind it, for tests and for looking around.

It speaks the real one's language, with its limits and its oddities; `docs` of the real one and the
clients that others wrote say what those are. Nothing here is used by the service itself.
"""
