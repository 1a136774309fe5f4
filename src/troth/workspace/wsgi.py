"""What a WSGI server serves: ``granian --interface wsgi troth.workspace.wsgi:application``."""

from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "troth.workspace.settings")
application = get_wsgi_application()

from troth.workspace.desks.warming import warm_aside  # noqa: E402 - Django's apps have to be there first

warm_aside()
