"""Django settings. Every value that an operator may set is read here, through `config.env`.

`.env.example` lists them all with a comment; docs/runbook.md says which ones matter when.
"""

from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from config import env
from config.broker import DRAMATIQ, LOCAL, broker_namespace, broker_url
from config.databases import TIME_LIMITS, with_options
from config.logs import LEVELS, logging_config
from config.storage import file_storages

BASE_DIR = env.BASE_DIR
SAMPLE_KEY = "insecure-sample-key-for-development-and-tests-only-0123456789"

ENVIRONMENT = env.choice("ENVIRONMENT", "development", ("development", "production"))
IS_PRODUCTION = ENVIRONMENT == "production"
DEBUG = env.switch("DEBUG", default=False)
SECRET_KEY = env.text("SECRET_KEY", SAMPLE_KEY)
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", "127.0.0.1,localhost,[::1]")
CSRF_TRUSTED_ORIGINS = env.words("CSRF_TRUSTED_ORIGINS")
if IS_PRODUCTION and DEBUG:
    raise ImproperlyConfigured("DEBUG=1 shows secrets to visitors: set DEBUG=0 in production.")
if IS_PRODUCTION and (SECRET_KEY == SAMPLE_KEY or len(SECRET_KEY) < 50):
    raise ImproperlyConfigured(
        "SECRET_KEY is missing, short, or the sample one: set it to at least 50 random characters."
    )

# What jobs do ---------------------------------------------------------------------------------
PROBE_KINDS = env.switch("PROBE_KINDS", default=False)
PROBE_EVIDENCE = env.folder("PROBE_EVIDENCE", "var/evidence.jsonl")
KIND_REGISTRIES = ["collectors.registry.KINDS", "scheduling.maintenance.KINDS"]
if PROBE_KINDS:
    KIND_REGISTRIES.append("collectors.registry.PROBES")
RUN_HTTP = "collectors.http.open_client"
RUN_ARCHIVE = "collectors.archive.open_archive"
DATA_DIR = env.folder("DATA_DIR", "var")
REVISION = env.text("REVISION")
INSTALLATION_ID = env.text("INSTALLATION_ID")
if len(INSTALLATION_ID) > 36:
    raise ImproperlyConfigured("INSTALLATION_ID is longer than 36 characters, the most there are.")
SOURCES = env.choice("SOURCES", "replay", ("replay", "live"))
REPLAY_URL = env.text("REPLAY_URL", "http://127.0.0.1:8765")
REPLAY_INTERVAL_SECONDS = env.number("REPLAY_INTERVAL_SECONDS", 0.02)
COLLECT_CONTACT = env.text("COLLECT_CONTACT")
if SOURCES == "live" and not COLLECT_CONTACT:
    raise ImproperlyConfigured(
        "SOURCES=live asks real sites for documents: set COLLECT_CONTACT to a mail address or a "
        "page by which their operators can reach you."
    )

# How runs are executed ------------------------------------------------------------------------
EXECUTION = env.choice("EXECUTION", LOCAL, (LOCAL, DRAMATIQ))
BROKER_URL = broker_url(env.text("BROKER_URL"), execution=EXECUTION)
BROKER_NAMESPACE = broker_namespace(env.text("BROKER_NAMESPACE", "rollcall"))
RESEND_SECONDS = env.number("RESEND_SECONDS", 30, at_least=1)
MAX_RUNNING = env.whole_number("MAX_RUNNING", 16, at_least=1)
RUN_MEMORY_LIMIT_MB = env.whole_number("RUN_MEMORY_LIMIT_MB", 2048, at_least=64)
CHILD_ATTEMPTS = env.whole_number("CHILD_ATTEMPTS", 1000, at_least=1)
STOP_GRACE_SECONDS = env.number("STOP_GRACE_SECONDS", 10)
TERM_GRACE_SECONDS = env.number("TERM_GRACE_SECONDS", 30)
DRAIN_SECONDS = env.number("DRAIN_SECONDS", 20)
LEASE_SECONDS = env.number("LEASE_SECONDS", 15, at_least=1, at_most=20)
STORM_BURST = env.whole_number("STORM_BURST", 50, at_least=1)
STORM_PER_MINUTE = env.whole_number("STORM_PER_MINUTE", 60, at_least=1)

# Django ---------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django_htmx",
    "template_partials",
    "csp",
    "django_apscheduler",
    "scheduling",
    "collectors.disclosures",
    "collectors.politeness",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "scheduling.views.context.engine_strip",
            ],
            "builtins": ["template_partials.templatetags.partials"],
        },
    }
]
DATABASE_POOLED = env.switch("DATABASE_POOLED", default=False)
DATABASES = {
    "default": with_options(
        env.database("DATABASE_URL", "sqlite:///var/rollcall.sqlite3"),
        BASE_DIR,
        is_pooled=DATABASE_POOLED,
    )
}
DATABASE_TIME_LIMITS = TIME_LIMITS
DIRECT_DATABASE = None
if env.text("DATABASE_DIRECT_URL"):
    DIRECT_DATABASE = with_options(env.database("DATABASE_DIRECT_URL", ""), BASE_DIR)
IS_POSTGRES = DATABASES["default"]["ENGINE"].endswith("postgresql")
POLITENESS = env.choice("POLITENESS", "auto", ("auto", "files", "database"))
if POLITENESS == "auto":
    POLITENESS = "database" if IS_POSTGRES else "files"
if POLITENESS == "database" and not IS_POSTGRES:
    raise ImproperlyConfigured(
        "POLITENESS=database needs PostgreSQL. With SQLite there is one machine: use files."
    )
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("MinimumLengthValidator", "CommonPasswordValidator", "NumericPasswordValidator")
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "jobs"
LOGOUT_REDIRECT_URL = "login"
LANGUAGE_CODE = "en"
USE_TZ = True
TIME_ZONE = env.text("TIME_ZONE", "UTC")

STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles" if IS_PRODUCTION else None
STATICFILES_DIRS = [BASE_DIR / "templates" / "static"]
STORAGE_URL = env.text("STORAGE_URL")
STORAGES = {
    **file_storages(
        STORAGE_URL,
        credentials={
            "access_key": env.text("AWS_ACCESS_KEY_ID"),
            "secret_key": env.text("AWS_SECRET_ACCESS_KEY"),
            "security_token": env.text("AWS_SESSION_TOKEN"),
        },
    ),
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if IS_PRODUCTION
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = not IS_PRODUCTION
MEDIA_ROOT = DATA_DIR / "artifacts"

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "object-src": [NONE],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
if IS_PRODUCTION:
    SECURE_SSL_REDIRECT = True
    SECURE_HSTS_SECONDS = 31_536_000
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True
    if env.switch("BEHIND_PROXY", default=False):
        SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

LOGGING_CONFIG = None
LOG_DIR = env.folder("LOG_DIR", "logs")
logging_config(LOG_DIR, level=env.choice("LOG_LEVEL", "INFO", LEVELS))
