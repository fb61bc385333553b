"""The agencies' own sign-in services (OpenID Connect), as the environment names them; no secret is kept elsewhere."""

from __future__ import annotations

import ipaddress
import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

_NEEDED = ("id", "agency", "name", "server_url", "client_id", "domains")
_KNOWN = frozenset({*_NEEDED, "client_secret", "client_secret_file", "second_factor", "form_origins"})
_LOCAL = frozenset({"localhost"})


def providers(text: str) -> dict[str, dict[str, Any]]:
    """The providers by their id. Raises ImproperlyConfigured, with what is wrong, so that nothing starts half-open.

    `second_factor` names the values of `acr` or `amr` by which the provider says that it asked for a second step;
    without it our own is asked for.
    """
    if not text.strip():
        return {}
    try:
        rows = json.loads(text)
    except json.JSONDecodeError as error:
        raise ImproperlyConfigured(f"OIDC_PROVIDERS is not JSON: {error}") from error
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise ImproperlyConfigured("OIDC_PROVIDERS is a list of objects.")
    found = {row.get("id", ""): _provider(row) for row in rows}
    if len(found) != len(rows):
        raise ImproperlyConfigured("OIDC_PROVIDERS names an id twice.")
    return found


def apps(found: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The same for allauth."""
    return [
        {
            "provider_id": key,
            "name": one["name"],
            "client_id": one["client_id"],
            "secret": one["client_secret"],
            "settings": {
                "server_url": one["server_url"],
                "oauth_pkce_enabled": True,
                "scope": ["openid", "email"],
                "auth_params": _auth_params(one["second_factor"]),
            },
        }
        for key, one in found.items()
    ]


def origins(found: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Where our sign-in page's form may lead on to, for the content security policy."""
    named = {origin for one in found.values() for origin in one["form_origins"]}
    return sorted(named | {"{0.scheme}://{0.netloc}".format(urlsplit(one["server_url"])) for one in found.values()})


def _provider(row: dict[str, Any]) -> dict[str, Any]:
    key = str(row.get("id", ""))
    missing = [name for name in _NEEDED if not row.get(name)]
    unknown = sorted(row.keys() - _KNOWN)
    if missing or unknown:
        wrong = f"lacks {', '.join(missing)}" if missing else f"does not know {', '.join(unknown)}"
        raise ImproperlyConfigured(f"OIDC_PROVIDERS, {key or 'one without id'}: {wrong}.")
    if not re.fullmatch(r"[a-z0-9-]{1,30}", key):
        raise ImproperlyConfigured(f"OIDC_PROVIDERS, {key}: an id has small letters, figures and hyphens.")
    if not _is_safe(str(row["server_url"])):
        raise ImproperlyConfigured(f"OIDC_PROVIDERS, {key}: server_url must begin with https://.")
    second = row.get("second_factor") or {}
    if not isinstance(second, dict) or second.keys() - {"acr", "amr"}:
        raise ImproperlyConfigured(f"OIDC_PROVIDERS, {key}: second_factor holds lists under acr or amr.")
    return {
        **{name: row[name] for name in _NEEDED if name != "id"},
        "server_url": str(row["server_url"]).rstrip("/"),
        "domains": frozenset(str(domain).lower() for domain in row["domains"]),
        "client_secret": _secret(key, row),
        "second_factor": {name: frozenset(values) for name, values in second.items()},
        "form_origins": list(row.get("form_origins", [])),
    }


def _secret(key: str, row: dict[str, Any]) -> str:
    path = row.get("client_secret_file")
    if path and not os.access(path, os.R_OK):
        raise ImproperlyConfigured(f"OIDC_PROVIDERS, {key}: client_secret_file cannot be read.")
    secret = Path(path).read_text().strip() if path else str(row.get("client_secret", ""))
    if not secret:
        raise ImproperlyConfigured(f"OIDC_PROVIDERS, {key}: client_secret or client_secret_file is needed.")
    return secret


def _is_safe(url: str) -> bool:
    """Over TLS, or on this very machine."""
    parts = urlsplit(url)
    if parts.scheme == "https" or parts.hostname in _LOCAL:
        return parts.scheme in ("https", "http")
    try:
        return parts.scheme == "http" and ipaddress.ip_address(parts.hostname or "").is_loopback
    except ValueError:
        return False


def _auth_params(second_factor: Mapping[str, frozenset[str]]) -> dict[str, str]:
    """Ask the provider to say how it made sure of the person, where that counts."""
    if not second_factor:
        return {}
    # As a wish: who cannot be asked for it there is asked for our own second step here.
    asked = {name: {"values": sorted(values)} if name == "acr" else None for name, values in second_factor.items()}
    return {"claims": json.dumps({"id_token": asked}, sort_keys=True)}
