"""The only package that knows SQL: one module an aggregate, on SQLite and PostgreSQL alike.

Each statement is an upper-case constant directly above the one function that binds it; every read
is on an index (a test explains them all); rows come out as domain types. Every table's key begins
with the account's integer key, so that the data can be distributed by account unchanged.
"""
