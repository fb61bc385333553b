"""The API over incidents and cases: the same selectors and services as the pages, one module a noun."""
