"""The outside: a broker's API as typed answers in this service's terms, within its limits."""
