"""What a WSGI server serves: ``granian --interface wsgi troth.workspace.wsgi:application``."""

from __future__ import annotations

import gc
import os

collecting = gc.isenabled()
gc.disable()  # what is loaded here stays for as long as the process: there is nothing to collect

from django.core.wsgi import get_wsgi_application  # noqa: E402

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "troth.workspace.settings")
application = get_wsgi_application()

from troth.workspace.desks.warming import warm_aside  # noqa: E402 - Django's apps have to be there first

if collecting:
    gc.freeze()
    gc.enable()
warm_aside()
