"""Where the database and Redis answer: embedded under ``HATECASE_HOME``, or where the environment says.

Both embedded servers listen on Unix sockets alone, in a directory that only the shell user who runs Hatecase may
enter. Settings read these functions, so they open no connection and import nothing outside the standard library;
``hatecase.embedded.servers`` starts and stops what is described here.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from pathlib import Path
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

PROJECT = Path(__file__).resolve().parent.parent.parent
DATABASE = "hatecase"
ROLES = ("owner", "app", "worker", "stats")
# sun_path holds 108 bytes, the last of them a NUL.
SOCKET_PATH_LIMIT = 107
LONGEST_SOCKET_NAME = ".s.PGSQL.5432"


class MissingSecretError(RuntimeError):
    """A secret that a server with its own database must be given is absent from the environment."""


def home() -> Path:
    """Answers the absolute directory of embedded data, stored files and logs (``HATECASE_HOME``, default ``var/``)."""
    return Path(os.environ.get("HATECASE_HOME") or PROJECT / "var").absolute()


def socket_directory() -> Path:
    """Answers the directory of both servers' sockets: ``run/`` in the home, or a short one if that is too long."""
    nearby = home() / "run"
    if len(os.fsencode(nearby / LONGEST_SOCKET_NAME)) <= SOCKET_PATH_LIMIT:
        return nearby
    digest = hashlib.sha256(os.fsencode(home())).hexdigest()[:12]
    return Path(f"/tmp/hatecase-{os.getuid()}-{digest}")  # noqa: S108 - its owner and mode are checked before use


def own_database() -> bool:
    """Answers whether the environment names a database; without, it is the embedded one."""
    return bool(_given("DATABASE_URL"))


def own_redis() -> bool:
    """Answers whether the environment names a Redis; without, it is the embedded one."""
    return bool(_given("REDIS_URL"))


def database_url(role: str = "owner") -> str:
    """Answers the connection URL for ``owner``, ``app``, ``worker`` or ``stats``.

    With ``DATABASE_URL`` set, that server: each other role's own variable (``DATABASE_APP_URL`` …), else the same URL
    with the role's name for the user. Raises ValueError for a role that cannot sign in.
    """
    if role not in ROLES:
        raise ValueError(f"{role!r} is none of {', '.join(ROLES)}")
    given = _given("DATABASE_URL")
    if not given:
        return f"postgresql://hatecase_{role}@/{DATABASE}?{_where()}"
    if role == "owner":
        return _acting_as_owner(given)
    return _given(f"DATABASE_{role.upper()}_URL") or _with_user(given, f"hatecase_{role}")


def administrator_url() -> str:
    """Answers the URL that creates roles: ``DATABASE_URL`` as given, or the embedded cluster's own superuser."""
    given = _given("DATABASE_URL")
    return given or f"postgresql://postgres@/{DATABASE}?{_where()}"


def redis_url() -> str:
    """Answers the URL of Redis (``REDIS_URL``, else the embedded one), a socket in Celery's own spelling."""
    return _given("REDIS_URL") or f"redis+socket://{quote(str(socket_directory() / 'redis.sock'))}"


def redis_client_url(url: str) -> str:
    """Answers the same address as the Redis client library spells it."""
    return "unix://" + url.removeprefix("redis+socket://") if url.startswith("redis+socket://") else url


def pulse_key(part: str) -> str:
    """Answers the key in Redis under which a part (``worker``, ``beat``) leaves its pulse."""
    return f"hatecase:pulse:{part}"


def secret_key(name: str) -> str:
    """Answers the embedded system's own secret of this name, made at the first call and kept in ``keys/`` of the home.

    Raises MissingSecretError where ``DATABASE_URL`` is set: such a server is given its secrets, so that several
    machines share them and none is lost with a container.
    """
    if own_database():
        raise MissingSecretError(f"Set {name.upper()}: a server with a DATABASE_URL is given its secrets.")
    path = home() / "keys" / name
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Written beside and linked into place, so that of two first starts one wins and both read the same key.
        draft = path.with_name(f".{name}.{os.getpid()}")
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_urlsafe(64))
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text()


def _given(name: str) -> str:
    """Answers a variable's value, or what stands in the file that ``<name>_FILE`` names, as containers' secrets do."""
    value = os.environ.get(name, "")
    path = os.environ.get(f"{name}_FILE", "")
    return Path(path).read_text().strip() if path and not value else value


def _where() -> str:
    return urlencode({"host": str(socket_directory())}, quote_via=quote, safe="/")


def _with_user(url: str, user: str) -> str:
    parts = urlsplit(url)
    credentials, at, address = parts.netloc.rpartition("@")
    password = credentials.partition(":")[2] if at else ""
    return urlunsplit(parts._replace(netloc=f"{user}{':' if password else ''}{password}@{address}"))


def _acting_as_owner(url: str) -> str:
    """Answers a URL whose session acts as hatecase_owner, so that no table belongs to an administrator."""
    parts = urlsplit(url)
    if parts.username == "hatecase_owner":
        return url
    query = [*parse_qsl(parts.query), ("options", "-c role=hatecase_owner")]
    return urlunsplit(parts._replace(query=urlencode(query, quote_via=quote)))
