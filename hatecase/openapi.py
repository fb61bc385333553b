"""Completing the OpenAPI schema: what every operation may answer besides its result."""

from __future__ import annotations

from typing import Any

_PROBLEM = {
    "type": "object",
    "description": "An RFC 9457 problem document.",
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "errors": {"description": "What is wrong, by field.", "type": "object", "additionalProperties": True},
    },
    "required": ["type", "title", "status", "detail"],
}
_MEANINGS = {
    "400": "What was sent is not right; `errors` says what, by field.",
    "401": "No token, or one that is not valid.",
    "403": "The caller may see this but not do it.",
    "404": "Nothing here, or nothing that the caller may see: the answer is the same.",
    "409": "The Idempotency-Key was used before with another request.",
    "412": "Somebody else changed it first; nothing was saved. Read it again.",
    "413": "The request is too large.",
    "415": "The body is not of the kind that the operation takes.",
    "428": "If-Match is missing.",
}
_KEY = {
    "in": "header",
    "name": "Idempotency-Key",
    "schema": {"type": "string", "maxLength": 120},
    "description": "The same key and body find the first result again, for 24 hours.",
}
_METHODS = frozenset({"get", "post", "patch", "delete"})


def problems_add(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """Add the problem documents, and the Idempotency-Key of every POST, to a generated schema."""
    result["components"]["schemas"]["Problem"] = _PROBLEM
    for path, operations in result["paths"].items():
        for method, operation in operations.items():
            if method in _METHODS and "/schema/" not in path:
                _complete(path, method, operation)
    return result


def _complete(path: str, method: str, operation: dict[str, Any]) -> None:
    statuses = {"400", "401", "403"}
    if "{" in path or method == "post":
        statuses.add("404")
    if method == "post":
        statuses |= {"409", "413", "415"}
        operation.setdefault("parameters", []).append(_KEY)
    if method in {"patch", "delete"}:
        statuses |= {"413", "415"}
    if any(parameter["name"] == "If-Match" for parameter in operation.get("parameters", ())):
        statuses |= {"412", "428"}
    for status in sorted(statuses):
        operation["responses"].setdefault(
            status,
            {
                "description": _MEANINGS[status],
                "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
            },
        )
