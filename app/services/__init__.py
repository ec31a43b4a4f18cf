"""Use cases: plain functions whose first argument is the Resources that they work with.

They know neither Flask nor a database driver; what they answer with is in `bodies`.
"""
