"""Telling those who wait that an account has changed, without asking for each of them."""
