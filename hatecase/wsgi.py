"""The door of the web server."""

from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hatecase.settings")
# The web never owns the tables, whatever its environment forgot.
os.environ.setdefault("HATECASE_ROLE", "app")

application = get_wsgi_application()
