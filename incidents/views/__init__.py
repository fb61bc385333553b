"""Pages: get, form, service, redirect. One module a noun."""
