"""Mutants: changes of the code, one at a time, that some test or the types have to find.

`make mutants` makes them, asks the types, puts the others to the tests and tells what was found.
"""
