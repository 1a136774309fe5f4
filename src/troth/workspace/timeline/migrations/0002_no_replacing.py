from typing import Any

from django.db import migrations

# SQLite asks no trigger on UPDATE or DELETE where INSERT OR REPLACE takes a row's place. PostgreSQL's ON CONFLICT DO UPDATE is an update,
# which the guards of 0001 refuse. A row may be replaced through any key of its table, SQLite's own rowid among them.
NO_REPLACING = """CREATE TRIGGER timeline_entry_no_replace BEFORE INSERT ON timeline_entry
    WHEN EXISTS (
        SELECT 1 FROM timeline_entry
        WHERE number = NEW.number OR digest = NEW.digest OR previous = NEW.previous OR rowid = NEW.rowid
    )
    BEGIN SELECT RAISE(ABORT, 'an entry of the timeline stays as it was written'); END"""


def guard(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute(NO_REPLACING)


def unguard(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute("DROP TRIGGER timeline_entry_no_replace")


class Migration(migrations.Migration):
    dependencies = [("timeline", "0001_entries")]

    operations = [migrations.RunPython(guard, unguard, elidable=False)]
