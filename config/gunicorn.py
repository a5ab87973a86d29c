"""gunicorn: threads, because pages wait for the database, not for the processor."""

from config import env

wsgi_app = "config.wsgi"
bind = env.text("WEB_BIND", "127.0.0.1:8000")
worker_class = "gthread"
workers = env.whole_number("WEB_WORKERS", 1, at_least=1)
threads = 16
graceful_timeout = 20
control_socket_disable = True
accesslog = None
errorlog = "-"
loglevel = "warning"
