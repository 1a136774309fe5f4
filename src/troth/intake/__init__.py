"""From a project folder to our tables: read, map, check, set aside. Never computes a finding, never imports the engine."""

from troth.intake.accounting import SourceTally
from troth.intake.checks import Kind, Remark, check
from troth.intake.examples import Example
from troth.intake.folder import Folder, Settings, read_folder
from troth.intake.readers.files import Fingerprint
from troth.intake.settings import SETTINGS
from troth.intake.starter import TO_DECIDE, init
from troth.intake.take import Intake, take
from troth.terms import queries as queries

__all__ = [
    "SETTINGS",
    "TO_DECIDE",
    "Example",
    "Fingerprint",
    "Folder",
    "Intake",
    "Kind",
    "Remark",
    "Settings",
    "SourceTally",
    "check",
    "init",
    "read_folder",
    "take",
]
