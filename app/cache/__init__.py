"""Memory that may vanish: losing all of it costs time, never truth.

An answer is kept under a name that holds everything it was made from, the account's version among
it. So nothing is ever invalidated, only outdated, and what a tier gives back for a name is right.
"""
