
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Schedule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('every', models.CharField(choices=[('day', 'day'), ('week', 'week'), ('month', 'month')], max_length=10)),
                ('weekday', models.PositiveSmallIntegerField(default=0)),
                ('day', models.PositiveSmallIntegerField(default=1)),
                ('local_time', models.TimeField()),
                ('as_of_rule', models.CharField(choices=[('start', 'start'), ('yesterday', 'yesterday'), ('last week', 'last week'), ('last month', 'last month')], max_length=20)),
                ('on', models.BooleanField(default=True)),
                ('worked_until', models.DateTimeField()),
                ('made_by_name', models.CharField(max_length=200)),
                ('made_at', models.DateTimeField()),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('every__in', ['day', 'week', 'month'])), name='schedule_cadence_is_known'), models.CheckConstraint(condition=models.Q(('as_of_rule__in', ['start', 'yesterday', 'last week', 'last month'])), name='schedule_as_of_is_known'), models.CheckConstraint(condition=models.Q(('weekday__lte', 6)), name='schedule_weekday_is_one'), models.CheckConstraint(condition=models.Q(('day__gte', 1), ('day__lte', 31)), name='schedule_day_is_one')],
            },
        ),
        migrations.CreateModel(
            name='Run',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('requested_by_name', models.CharField(max_length=200)),
                ('requested_at', models.DateTimeField(db_index=True)),
                ('asked', models.CharField(blank=True, max_length=40)),
                ('as_of', models.DateTimeField(null=True)),
                ('state', models.CharField(choices=[('queued', 'waiting'), ('running', 'running'), ('published', 'published'), ('failed', 'failed'), ('cancelled', 'cancelled')], default='queued', max_length=10)),
                ('step', models.CharField(blank=True, max_length=200)),
                ('share', models.FloatField(null=True)),
                ('steps', models.JSONField(default=list)),
                ('message', models.TextField(blank=True)),
                ('place', models.TextField(blank=True)),
                ('mend', models.TextField(blank=True)),
                ('started_at', models.DateTimeField(null=True)),
                ('ended_at', models.DateTimeField(null=True)),
                ('heartbeat_at', models.DateTimeField(null=True)),
                ('process', models.PositiveBigIntegerField(null=True)),
                ('cancel_asked_at', models.DateTimeField(null=True)),
                ('study', models.PositiveIntegerField(null=True)),
                ('new', models.BooleanField(null=True)),
                ('requested_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('schedule', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='runs', to='studies.schedule')),
            ],
            options={
                'indexes': [models.Index(fields=['state', 'requested_at'], name='studies_run_state')],
                'constraints': [models.CheckConstraint(condition=models.Q(('state__in', ['queued', 'running', 'published', 'failed', 'cancelled'])), name='run_state_is_known'), models.UniqueConstraint(condition=models.Q(('state', 'running')), fields=('state',), name='one_run_at_a_time'), models.UniqueConstraint(condition=models.Q(('state', 'queued')), fields=('asked',), name='one_run_waits_for_an_as_of'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'published'), _negated=True), ('study__isnull', False), _connector='OR'), name='run_published_a_study')],
            },
        ),
    ]
