from typing import Any

from django.db import migrations, models

# A later migration that changes this table has to make the triggers again: SQLite makes a changed table anew, without them.
GUARDS = {
    "sqlite": (
        """CREATE TRIGGER timeline_entry_no_update BEFORE UPDATE ON timeline_entry
           BEGIN SELECT RAISE(ABORT, 'an entry of the timeline stays as it was written'); END""",
        """CREATE TRIGGER timeline_entry_no_delete BEFORE DELETE ON timeline_entry
           BEGIN SELECT RAISE(ABORT, 'an entry of the timeline stays as it was written'); END""",
    ),
    "postgresql": (
        """CREATE FUNCTION timeline_entry_written_once() RETURNS trigger LANGUAGE plpgsql AS $$
           BEGIN RAISE EXCEPTION 'an entry of the timeline stays as it was written' USING ERRCODE = 'integrity_constraint_violation'; END $$""",
        """CREATE TRIGGER timeline_entry_no_change BEFORE UPDATE OR DELETE ON timeline_entry
           FOR EACH ROW EXECUTE FUNCTION timeline_entry_written_once()""",
        """CREATE TRIGGER timeline_entry_no_truncate BEFORE TRUNCATE ON timeline_entry
           FOR EACH STATEMENT EXECUTE FUNCTION timeline_entry_written_once()""",
    ),
}


def guard(apps: Any, schema_editor: Any) -> None:
    for statement in GUARDS[schema_editor.connection.vendor]:
        schema_editor.execute(statement)


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Entry",
            fields=[
                ("number", models.PositiveBigIntegerField(primary_key=True, serialize=False)),
                ("at", models.DateTimeField(db_index=True)),
                ("actor_id", models.BigIntegerField(db_index=True, null=True)),
                ("actor_name", models.CharField(max_length=200)),
                ("actor_role", models.CharField(blank=True, max_length=200)),
                ("verb", models.CharField(db_index=True, max_length=60)),
                ("thing_kind", models.CharField(max_length=60)),
                ("thing_id", models.CharField(max_length=200)),
                ("thing_words", models.CharField(max_length=300)),
                ("before", models.TextField(blank=True)),
                ("after", models.TextField(blank=True)),
                ("address", models.CharField(blank=True, max_length=45)),
                ("previous", models.CharField(max_length=64, unique=True)),
                ("digest", models.CharField(max_length=64, unique=True)),
            ],
            options={"indexes": [models.Index(fields=["thing_kind", "thing_id"], name="timeline_thing")]},
        ),
        migrations.RunPython(guard, elidable=False),
    ]
