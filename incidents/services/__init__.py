"""Writes: one verb a function, one transaction, one audit event. One module a noun."""
