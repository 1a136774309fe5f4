"""Django's settings, from the project folder and a few variables (docs/settings.md lists them)."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from troth.terms.errors import SettingError
from troth.workspace.configuration import DATABASE, Configuration, from_environment, is_this_machine


def _secret(configuration: Configuration) -> str:
    """The key that signs sessions: given, or made once and readable by this user alone."""
    if configuration.secret:
        return configuration.secret
    file = configuration.home / "secret-key"
    if not file.is_file():
        configuration.home.mkdir(parents=True, exist_ok=True)
        draft = file.with_name(f".secret-key.{secrets.token_hex(6)}")
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_urlsafe(64), encoding="utf-8")
        try:
            file.hardlink_to(draft)  # two processes starting at once: the first one's key stands
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return file.read_text(encoding="utf-8")


def _database(configuration: Configuration) -> dict[str, Any]:
    """SQLite that survives a power cut, or PostgreSQL by one setting."""
    if not configuration.database:
        configuration.home.mkdir(parents=True, exist_ok=True)
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": configuration.home / "workspace.sqlite3",
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 10,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;",
            },
            "CONN_MAX_AGE": 60,
        }
    address = urlsplit(configuration.database)
    if address.scheme not in {"postgres", "postgresql"} or not address.path.strip("/"):
        raise SettingError(
            "this is no database the workspace knows.",
            place=DATABASE,
            mend="write postgresql://user:password@host:port/name, or leave it out for SQLite.",
        )
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(address.path.strip("/")),
        "USER": unquote(address.username or ""),
        "PASSWORD": unquote(address.password or ""),
        "HOST": unquote(address.hostname or ""),
        "PORT": str(address.port or ""),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
    }


CONFIGURATION = from_environment()
TROTH_PROJECT: Path = CONFIGURATION.project
TROTH_DATA: Path | None = CONFIGURATION.data

DEBUG = False
SECRET_KEY = _secret(CONFIGURATION)
ALLOWED_HOSTS = [CONFIGURATION.host, *(["127.0.0.1", "localhost", "[::1]"] if is_this_machine(CONFIGURATION.host) else [])]
ROOT_URLCONF = "troth.workspace.urls"
WSGI_APPLICATION = "troth.workspace.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATABASES = {"default": _database(CONFIGURATION)}

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "troth.workspace.parts",
    "troth.workspace.timeline",
    "troth.workspace.people",
    "troth.workspace.studies",
    "troth.workspace.charter",
    "troth.workspace.issues",
    "troth.workspace.desks",
    "troth.workspace.api",
]
AFTER_STUDY = ["troth.workspace.charter.noting.after_study", "troth.workspace.issues.noting.after_study"]
"""Called by the worker, with the instant, once a study is published."""
MIDDLEWARE = [
    "troth.workspace.parts.turns.in_turn",
    "django.middleware.security.SecurityMiddleware",
    "troth.workspace.parts.headers.ContentPolicy",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "troth.workspace.parts.methods.Methods",
    "django.middleware.csrf.CsrfViewMiddleware",
    "troth.workspace.people.doorkeeper.Visitors",
    "troth.workspace.people.doorkeeper.Doorkeeper",
    "troth.workspace.parts.errors.ErrorPages",
    "troth.workspace.studies.reading.lends_studies",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "builtins": ["django.templatetags.static", "troth.workspace.parts.templatetags.parts"],
            "context_processors": ["troth.workspace.people.rights.reader"],
        },
    }
]

# People and sessions
AUTH_USER_MODEL = "people.Person"
AUTHENTICATION_BACKENDS = ["troth.workspace.people.doorkeeper.ByPerson"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("name", "email")},
    },
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "people:arrive"
# The cookie is signed, and names a row of people.models.Session, so that a session can be listed and ended.
SESSION_ENGINE = "django.contrib.sessions.backends.signed_cookies"
SESSION_COOKIE_AGE = 14 * 24 * 60 * 60
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_TRUSTED_ORIGINS = [CONFIGURATION.origin.rstrip("/")]
CSRF_FAILURE_VIEW = "troth.workspace.people.signed_out.forged"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = CONFIGURATION.over_tls
# A name that starts with __Host- is one the browser only takes over https, for this host alone.
SESSION_COOKIE_NAME = "__Host-troth" if CONFIGURATION.over_tls else "troth"
CSRF_COOKIE_NAME = "__Host-troth-form" if CONFIGURATION.over_tls else "troth-form"

# Headers (the content policy stands in parts/headers.py)
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60 if CONFIGURATION.over_tls else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if CONFIGURATION.over_tls else None

# Files of the design system: gathered at start, named by their content, kept by browsers for good.
STATIC_URL = "/static/"
STATIC_ROOT = CONFIGURATION.home / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
WHITENOISE_AUTOREFRESH = False
WHITENOISE_USE_FINDERS = False

# Words and time: the texts are ours and English; times are shown in the project's zone, which each study names.
LANGUAGE_CODE = "en"
USE_I18N = False
USE_TZ = True
TIME_ZONE = "UTC"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    # A Host header that is not ours is answered with 400; its traceback would tell the operator nothing.
    "loggers": {"django.security.DisallowedHost": {"handlers": [], "level": "CRITICAL", "propagate": False}},
}
