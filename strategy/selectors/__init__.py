"""Reads: the facts that figures are made from (the worker alone), and the figures as they are published."""
