"""The synthetic county: the demo cast, and believable cases over years with their ground truth (docs/county.md).

Nobody in it exists. It is for demonstrations, tests and benchmarks, and never for a database with real cases.
"""
