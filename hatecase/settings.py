"""Settings, read from the environment alone (docs/operations.md lists every variable).

Nothing is fetched or opened when this module is imported. A process says which database role
it is by `HATECASE_ROLE`: `app` (web), `worker` (Celery) or `owner` (migrations, commands).
"""

from __future__ import annotations

import datetime as dt
import os
import sys
from pathlib import Path
from typing import Any

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from hatecase import embedded, single_sign_on
from kernel.clamd import address_parse

env = environ.FileAwareEnv()

BASE_DIR = Path(__file__).resolve().parent.parent
HOME = embedded.home()
TESTING = bool(env("PYTEST_VERSION", default=""))

# Demo: only without a database of one's own, and never by accident.
DEMO = env.bool("HATECASE_DEMO", default=False)
if DEMO and env("DATABASE_URL", default=""):
    raise ImproperlyConfigured("HATECASE_DEMO cannot be used with DATABASE_URL: the demo has fixed passwords.")
HATECASE_NOW = env("HATECASE_NOW", default="")
if HATECASE_NOW and not (DEMO or TESTING):
    raise ImproperlyConfigured("HATECASE_NOW freezes the clock and is allowed only in the demo and in tests.")

DEBUG = False
EMBEDDED = not env("DATABASE_URL", default="")
SECRET_KEY = env("SECRET_KEY", default="") or embedded.secret_key("secret_key")
AUDIT_KEY = env("AUDIT_KEY", default="") or embedded.secret_key("audit_key")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "[::1]"])
if DEMO:
    ALLOWED_HOSTS = ["127.0.0.1", "localhost", "[::1]"]
BASE_URL = env("BASE_URL", default=f"http://127.0.0.1:{env('PORT', default='8000')}")
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "guardian",
    "rest_framework",
    "drf_spectacular",
    "csp",
    "kernel",
    "agencies",
    "victims",
    "perpetrators",
    "incidents",
    "hasbag",
    "strategy",
    "hatecase",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "kernel.middleware.PrivatePagesMiddleware",
    "kernel.middleware.NothingFoundMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "agencies.sessions.SignInMiddleware",
    "agencies.middleware.IdentityMiddleware",
    "hatecase.trace.TraceMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "agencies.sessions.SecondFactorMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]

ROOT_URLCONF = "hatecase.urls"
WSGI_APPLICATION = "hatecase.wsgi.application"
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "hatecase.context.site",
            ],
            "loaders": [
                (
                    "django.template.loaders.cached.Loader",
                    [
                        "django.template.loaders.filesystem.Loader",
                        "django.template.loaders.app_directories.Loader",
                    ],
                )
            ],
        },
    }
]

# --- Databases: one server, a role for each kind of process -----------------------------------
DATABASE_ROLE = env("HATECASE_ROLE", default="owner")


def _database(role: str) -> dict:
    config = env.db_url_config(embedded.database_url(role))
    config["ENGINE"] = "django.db.backends.postgresql"
    # A new connection plans every query anew, a page of a case for some 80 ms (docs/decisions/0015-prepared-queries.md).
    config["CONN_MAX_AGE"] = 600
    config["CONN_HEALTH_CHECKS"] = True
    # Times are compared inside policies: keep one time zone for every session.
    # The server keeps the plans of statements that come again (docs/decisions/0015-prepared-queries.md).
    prepared = {"server_side_binding": True, "prepare_threshold": 3}
    config["OPTIONS"] = {**prepared, **config.get("OPTIONS", {})}
    return config


DATABASES = {"default": _database(DATABASE_ROLE), "stats": _database("stats")}
DATABASES["stats"]["TEST"] = {"MIRROR": "default"}
# A second connection sees nothing of what a test has not committed.
STATS_DATABASE = "default" if TESTING else "stats"
# How often an answer of a prepared query is compared with the same built anew, the first among them (kernel/prepared.py).
PREPARED_CHECKED_EACH = 8 if TESTING else 0
# What finds nothing is answered no sooner than this: whether it is hidden or not there takes the database different times.
NOTHING_FOUND_SECONDS = 0.0 if TESTING else 0.03
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Who signs in ------------------------------------------------------------------------------
AUTH_USER_MODEL = "agencies.User"
AUTHENTICATION_BACKENDS = ["agencies.backends.SessionBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "agencies.password.LengthValidator"},
    {"NAME": "agencies.password.DenyListValidator"},
    {"NAME": "agencies.password.SimilarityValidator"},
]
PASSWORD_RESET_TIMEOUT = 3 * 24 * 3600
LOGIN_URL = "/accounts/login/"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/accounts/login/"
GUARDIAN_RAISE_403 = False
# Guardian keeps grants; it does not decide (docs/decisions/0002).
SILENCED_SYSTEM_CHECKS = ["guardian.W001"]
ANONYMOUS_USER_NAME = None
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
# How long a sign-in lasts is the server's own account (agencies/sessions.py). The cookie outlives it by a little, so
# that a form which comes too late is still known to be somebody's.
SIGN_IN_IDLE = dt.timedelta(minutes=15)
# From the first RESTRICTED case that is opened in a sign-in.
SIGN_IN_IDLE_RESTRICTED = dt.timedelta(minutes=10)
SIGN_IN_WARNING = dt.timedelta(minutes=2)
SIGN_IN_LONGEST = dt.timedelta(hours=10)
SIGN_IN_CONFIRMED = dt.timedelta(minutes=5)
# The demo's sign-ins always work, however long nobody came.
ACCOUNTS_SLEEP = not DEMO
SESSION_COOKIE_AGE = 12 * 3600
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "hatecase.pages.csrf_failure"

# The agencies' own sign-in services, with their secrets: from the environment or files alone (docs/operations.md).
SINGLE_SIGN_ON = single_sign_on.providers(env("OIDC_PROVIDERS", default=""))
SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": single_sign_on.apps(SINGLE_SIGN_ON)}}
SOCIALACCOUNT_ADAPTER = "agencies.single_sign_on.SingleSignOnAdapter"
SOCIALACCOUNT_STORE_TOKENS = False
SOCIALACCOUNT_EMAIL_AUTHENTICATION = False

# --- Hard outside ------------------------------------------------------------------------------
_HTTPS = BASE_URL.startswith("https://")
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
if _HTTPS:
    # Only behind a proxy that sets the header itself (docs/operations.md).
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_SSL_REDIRECT = _HTTPS
SECURE_REDIRECT_EXEMPT = [r"^health/"]
SECURE_HSTS_SECONDS = 31536000 if _HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = _HTTPS
SECURE_HSTS_PRELOAD = _HTTPS
SESSION_COOKIE_SECURE = _HTTPS
CSRF_COOKIE_SECURE = _HTTPS
if _HTTPS:
    # Browsers take such a cookie only over HTTPS, from this very host, for all of it.
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-sessionid", "__Host-csrftoken"
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF, *single_sign_on.origins(SINGLE_SIGN_ON)],
        "frame-ancestors": [NONE],
        "base-uri": [SELF],
    }
}

# --- Language, time, files ---------------------------------------------------------------------
LANGUAGE_CODE = "en-gb"
TIME_ZONE = "Europe/London"
USE_I18N = True
USE_TZ = True
STATIC_URL = "/static/"
STATIC_ROOT = Path(env("STATIC_ROOT", default=str(HOME / "static")))
STATICFILES_DIRS = [p for p in (BASE_DIR / "static" / "build",) if p.is_dir()]
STORAGES: dict[str, dict[str, Any]] = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if TESTING
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = TESTING
# Tests make a client each, and a client would list the files anew.
WHITENOISE_AUTOREFRESH = TESTING
MEDIA_ROOT = HOME / "files"

# Evidence: outside what a web server hands out, readable to this user alone (docs/operations.md).
EVIDENCE_ROOT = Path(env("EVIDENCE_ROOT", default=str(MEDIA_ROOT / "evidence")))
STORAGES["evidence"] = {
    "BACKEND": "django.core.files.storage.FileSystemStorage",
    "OPTIONS": {
        "location": EVIDENCE_ROOT,
        "file_permissions_mode": 0o600,
        "directory_permissions_mode": 0o700,
    },
}
EVIDENCE_MEGABYTES = env.int("EVIDENCE_MEGABYTES", default=25)
EVIDENCE_LARGEST = EVIDENCE_MEGABYTES * 1024 * 1024
EVIDENCE_AT_ONCE = 10
# The malware scanner, ClamAV's daemon: unix:/path/to/socket or tcp://host:port. Without one files are not scanned.
CLAMD = env("HATECASE_CLAMD", default="")
if CLAMD:
    try:
        address_parse(CLAMD)
    except ValueError as error:
        raise ImproperlyConfigured(f"HATECASE_CLAMD: {error}") from None
# Whatever is sent goes straight to disk, into a folder of ours, and never whole into memory.
FILE_UPLOAD_HANDLERS = ["kernel.files.DiskUploadHandler"]
# (Not Django's FILE_UPLOAD_TEMP_DIR: that must be there before anything starts; this one is made when it is needed.)
INCOMING_ROOT = EVIDENCE_ROOT.parent / "incoming"
FILE_UPLOAD_PERMISSIONS = 0o600
# Somewhat more than is taken, so that the form itself can say how many may be sent.
DATA_UPLOAD_MAX_NUMBER_FILES = 2 * EVIDENCE_AT_ONCE

# --- Mail --------------------------------------------------------------------------------------
if env("EMAIL_URL", default=""):
    vars().update(env.email_url("EMAIL_URL"))
else:
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = str(HOME / "mail")
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = env("DEFAULT_FROM_EMAIL", default="Hatecase <no-reply@hatecase.example>")

# --- Redis, Celery -----------------------------------------------------------------------------
REDIS_URL = embedded.redis_url()
# Throttling must count across processes and survive a missing Redis: it lives in the database.
# Counts of failed sign-ins stand in it: nobody may push another's out by filling the few places that are the default.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "kernel_cache",
        "OPTIONS": {"MAX_ENTRIES": 20_000},
    }
}
CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_TIME_LIMIT = 300
CELERY_TASK_SOFT_TIME_LIMIT = 240
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TIMEZONE = TIME_ZONE
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# A publish must not hold a page when the broker is down: one quick try, then the sweep.
CELERY_TASK_PUBLISH_RETRY = False
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 900,
    "socket_connect_timeout": 2,
    "socket_timeout": 5,
    "max_retries": 0,
}
CELERY_BEAT_SCHEDULE_FILENAME = str(HOME / "beat" / "schedule")
# Every sweep finds work by query, so a missed run only delays it (docs/deadlines.md).
CELERY_BEAT_SCHEDULE = {
    "audit-seal": {"task": "kernel.tasks.audit_seal", "schedule": 5.0},
    "reminders": {"task": "incidents.tasks.reminders_sweep", "schedule": 60.0},
    "mail": {"task": "agencies.tasks.mail_sweep", "schedule": 60.0},
    "digests": {"task": "agencies.tasks.digest_sweep", "schedule": 60.0},
    "sign-ins": {"task": "agencies.tasks.sign_in_sweep", "schedule": 300.0},
    "people": {"task": "agencies.tasks.people_sweep", "schedule": 3600.0},
    "agreements": {"task": "agencies.tasks.agreement_sweep", "schedule": 900.0},
    "access": {"task": "incidents.tasks.access_sweep", "schedule": 300.0},
    "sharing": {"task": "incidents.tasks.sharing_sweep", "schedule": 60.0},
    "drafts": {"task": "incidents.tasks.retention_sweep", "schedule": 3600.0},
    "evidence": {"task": "incidents.tasks.evidence_sweep", "schedule": 60.0},
    "files": {"task": "incidents.tasks.files_sweep", "schedule": 3600.0},
    "audit-sample": {"task": "incidents.tasks.audit_sample", "schedule": 3600.0},
    "searches": {"task": "incidents.tasks.searches_sweep", "schedule": 900.0},
    "hasbag": {"task": "hasbag.tasks.hasbag_sweep", "schedule": 60.0},
    "facts": {"task": "strategy.tasks.facts_refresh", "schedule": 600.0},
}

# --- API ---------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["agencies.api_auth.BearerTokenAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "hatecase.problems.problem_handler",
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Hatecase API",
    "VERSION": "1.0.0",
    "DESCRIPTION": "Multi-agency hate incident case management. Bearer token; errors are RFC 9457 problem documents.",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "COMPONENT_SPLIT_REQUEST": True,
    "SCHEMA_PATH_PREFIX": r"/api/v1",
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "hatecase.openapi.problems_add",
    ],
    "ENUM_NAME_OVERRIDES": {
        "Band": "incidents.choices.Band",
        "CaseStatus": "incidents.choices.CaseStatus",
        "Classification": "incidents.choices.Classification",
        "ClockKind": "incidents.choices.ClockKind",
        "ClockState": "incidents.choices.ClockState",
        "ContactMethod": "victims.choices.ContactMethod",
        "CustodyKind": "incidents.choices.CustodyKind",
        "EvidenceKind": "incidents.choices.EvidenceKind",
        "FieldGroup": "incidents.choices.FieldGroup",
        "Known": "incidents.choices.online.Known",
        "Level": "incidents.choices.Level",
        "PackState": "hasbag.choices.PackState",
        "AttendanceState": "hasbag.choices.AttendanceState",
        "PerpetratorStatus": "perpetrators.choices.PerpetratorStatus",
        "PriorityEnum": "incidents.choices.Priority",
        "ReporterKind": "incidents.choices.ReporterKind",
        "TaskState": "incidents.choices.TaskState",
        "Wish": "victims.choices.Wish",
        "YesNoUnknown": "victims.choices.YesNoUnknown",
    },
}

# --- allauth -----------------------------------------------------------------------------------
ACCOUNT_ADAPTER = "agencies.adapters.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_PREVENT_ENUMERATION = "strict"
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_LOGOUT_REDIRECT_URL = LOGOUT_REDIRECT_URL
ACCOUNT_FORMS = {
    "login": "agencies.account_forms.SignInForm",
    "reset_password": "agencies.account_forms.PasswordResetForm",
    "reset_password_from_key": "agencies.account_forms.PasswordFromKeyForm",
    "change_password": "agencies.account_forms.PasswordChangeForm",
    "reauthenticate": "agencies.account_forms.ReauthenticateForm",
}
ACCOUNT_REAUTHENTICATION_TIMEOUT = int(SIGN_IN_CONFIRMED.total_seconds())

# The demo's fixed sign-ins go without a second step, and so do the tests that are about something else.
SECOND_FACTOR_DEMANDED = not (DEMO or TESTING)
MFA_ADAPTER = "agencies.second_factor.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_TOTP_ISSUER = "Hatecase"
# A clock may be half a minute slow or fast.
MFA_TOTP_TOLERANCE = 1
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_WEBAUTHN_USER_VERIFICATION = "preferred"
MFA_FORMS = {
    "authenticate": "agencies.account_forms.CodeForm",
    "reauthenticate": "agencies.account_forms.CodeAgainForm",
    "activate_totp": "agencies.account_forms.AppSetUpForm",
    "deactivate_totp": "agencies.account_forms.AppRemoveForm",
    "add_webauthn": "agencies.account_forms.PasskeyAddForm",
    "edit_webauthn": "agencies.account_forms.PasskeyNameForm",
    "authenticate_webauthn": "agencies.account_forms.PasskeyForm",
    "reauthenticate_webauthn": "agencies.account_forms.PasskeyAgainForm",
    "generate_recovery_codes": "agencies.account_forms.RecoveryCodesForm",
}
# A whole agency may share one address: the limit for one account from one address is the tight one, and a device that
# has been signed in on has attempts of its own (agencies/devices.py). Behind a proxy the address is the one that the
# last of so many proxies saw (docs/operations.md).
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXIES", default=0)
ACCOUNT_RATE_LIMITS = {
    "login": "300/m/ip",
    "login_failed": "40/5m/ip,5/5m/key",
    "login_failed_anywhere": "100/h/key",
    "login_failed_known": "10/5m/key",
    "reset_password": "20/m/ip,5/5m/key",
    "reset_password_from_key": "20/m/ip",
    "change_password": "5/m/user",
    "reauthenticate": "5/m/user",
}
if DEMO or TESTING:
    # The fixed demo sign-ins are exercised by machines; the limits of a real server have tests of their own.
    ACCOUNT_RATE_LIMITS = {
        "login": "600/m/ip",
        "login_failed": "60/m/ip,20/m/key",
        "login_failed_anywhere": "600/h/key",
        "login_failed_known": "20/m/key",
        "reauthenticate": "60/m/user",
    }

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "handlers": {"stdout": {"class": "logging.StreamHandler", "formatter": "line", "stream": sys.stdout}},
    "root": {"handlers": ["stdout"], "level": "INFO"},
    "loggers": {
        "django.server": {"level": "WARNING"},
        "fontTools": {"level": "ERROR"},
        "weasyprint": {"level": "ERROR"},
    },
}
os.environ.setdefault("PGTZ", "Europe/London")
