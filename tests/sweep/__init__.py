"""The sweep: every route and API method, asked by the whole cast about planted cases, searched for what must not stand
there and for what must (docs/permissions.md, "The sweep").
"""
