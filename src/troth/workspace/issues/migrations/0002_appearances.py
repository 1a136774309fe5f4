from typing import Any

from django.db import migrations, models
from django.db.models.functions import Coalesce


def first_known(apps: Any, schema_editor: Any) -> None:
    """Of what was opened before this, the earliest opening on record is that of the visit before the last."""
    Opened = apps.get_model('issues', 'Opened')
    Opened.objects.update(first_at=Coalesce('before_at', 'visit_at'))


class Migration(migrations.Migration):

    dependencies = [
        ('issues', '0001_decisions'),
    ]

    operations = [
        migrations.CreateModel(
            name='Appearance',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=20)),
                ('key', models.CharField(max_length=64)),
                ('study', models.PositiveIntegerField()),
                ('at', models.DateTimeField()),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('kind', 'key'), name='appeared_once')],
            },
        ),
        migrations.AddField(
            model_name='opened',
            name='first_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.RunPython(first_known, migrations.RunPython.noop),
        migrations.AlterField(
            model_name='opened',
            name='first_at',
            field=models.DateTimeField(),
        ),
    ]
