"""Reads: one function a page or question, its queries named in the docstring."""
