"""Every route of the product, and what each is asked: one home for the matrix, the sweep and the audit's tests."""

from __future__ import annotations

from collections.abc import Iterator

from django.urls import URLPattern, URLResolver


def routes(resolver: URLResolver, namespace: str = "") -> Iterator[tuple[str, URLPattern]]:
    """Every route by its full name. The configuration pages are Django's own and have a test of their own."""
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            if entry.namespace == "admin":
                continue
            inner = f"{namespace}{entry.namespace}:" if entry.namespace else namespace
            yield from routes(entry, inner)
        else:
            yield f"{namespace}{entry.name}", entry


def methods(name: str, route: URLPattern) -> tuple[str, ...]:
    """GET and POST for pages; for the API what the view answers, and GET to see that it is refused."""
    view = getattr(route.callback, "view_class", None) or getattr(route.callback, "cls", None)
    if name.startswith("api:") and view is not None:
        own = [m for m in ("get", "post", "patch", "delete") if hasattr(view, m)]
        return tuple(dict.fromkeys(["get", *own]))
    return ("get", "post")
