"""Django's settings as the type checker reads them: a workspace on the flights example that writes nothing."""

from __future__ import annotations

import os
from pathlib import Path

os.environ.setdefault("TROTH_PROJECT", str(Path(__file__).resolve().parents[1] / "examples" / "flights"))
os.environ.setdefault("TROTH_SECRET_KEY", "signs nothing")
os.environ.setdefault("TROTH_DATABASE", "postgresql:///unused")

from troth.workspace.settings import *  # noqa: F403 - after the variables it reads
