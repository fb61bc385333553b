"""The benchmarks: a county of 100,000 cases, and what its pages, packs and idle memory take. `make bench` runs them."""
