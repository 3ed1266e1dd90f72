import datetime

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

import reports.fields


class Migration(migrations.Migration):
    """A weekday becomes a set of one: as text, 3 is "3" on either database."""

    dependencies = [
        ("agency", "0006_reach_people"),
        ("reports", "0006_import_exports"),
    ]

    operations = [
        migrations.RenameField("reportsettings", "weekday", "weekdays"),
        migrations.AlterField(
            "reportsettings",
            "weekdays",
            reports.fields.WeekdaysField(default=(0,), verbose_name="dias da semana"),
        ),
        migrations.CreateModel(
            name='AgencyPause',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('first_day', models.DateField(verbose_name='primeiro dia')),
                ('last_day', models.DateField(verbose_name='último dia')),
                ('note', models.CharField(blank=True, max_length=40, verbose_name='motivo')),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name='criada em')),
            ],
            options={
                'verbose_name': 'pausa da agência',
                'verbose_name_plural': 'pausas da agência',
                'ordering': ['first_day', 'last_day'],
            },
        ),
        migrations.AddField(
            model_name='reportsettings',
            name='agency_pauses',
            field=models.JSONField(blank=True, default=list, editable=False, verbose_name='pausas da agência'),
        ),
        migrations.AddField(
            model_name='reportsettings',
            name='made_up_from',
            field=models.DateField(blank=True, editable=False, null=True, verbose_name='compensa desde'),
        ),
        migrations.AddField(
            model_name='reportsettings',
            name='skip_holidays',
            field=models.BooleanField(default=False, verbose_name='pular feriados'),
        ),
        migrations.AddField(
            model_name='reportsettings',
            name='skipped_on',
            field=models.DateField(blank=True, editable=False, null=True, verbose_name='envio pulado'),
        ),
        migrations.AddField(
            model_name='reportsettings',
            name='week_of',
            field=models.DateField(default=datetime.date(2024, 1, 1), help_text='Quinzenal: um dia de uma semana em que sai.', verbose_name='semanas contadas de'),
        ),
        migrations.AddField(
            model_name='reportsettings',
            name='when_closed',
            field=models.CharField(choices=[('skip', 'Pular'), ('postpone', 'Próximo dia útil')], default='skip', max_length=8, verbose_name='em feriado ou pausa'),
        ),
        migrations.AlterField(
            model_name='reportsettings',
            name='day_of_month',
            field=models.PositiveSmallIntegerField(choices=[(1, 'Dia 1'), (2, 'Dia 2'), (3, 'Dia 3'), (4, 'Dia 4'), (5, 'Dia 5'), (6, 'Dia 6'), (7, 'Dia 7'), (8, 'Dia 8'), (9, 'Dia 9'), (10, 'Dia 10'), (11, 'Dia 11'), (12, 'Dia 12'), (13, 'Dia 13'), (14, 'Dia 14'), (15, 'Dia 15'), (16, 'Dia 16'), (17, 'Dia 17'), (18, 'Dia 18'), (19, 'Dia 19'), (20, 'Dia 20'), (21, 'Dia 21'), (22, 'Dia 22'), (23, 'Dia 23'), (24, 'Dia 24'), (25, 'Dia 25'), (26, 'Dia 26'), (27, 'Dia 27'), (28, 'Dia 28'), (31, 'Último dia')], default=1, verbose_name='dia do mês'),
        ),
        migrations.AlterField(
            model_name='reportsettings',
            name='frequency',
            field=models.CharField(choices=[('daily', 'Diário'), ('weekly', 'Semanal'), ('biweekly', 'Quinzenal'), ('monthly', 'Mensal'), ('manual', 'Manual')], default='daily', max_length=10, verbose_name='frequência'),
        ),
        migrations.AddConstraint(
            model_name='reportsettings',
            constraint=models.CheckConstraint(condition=models.Q(('weekdays', ()), _negated=True), name='report_on_some_weekday'),
        ),
        migrations.AddField(
            model_name='agencypause',
            name='agency',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='report_pauses', to='agency.agency', verbose_name='agência'),
        ),
        migrations.AddConstraint(
            model_name='agencypause',
            constraint=models.CheckConstraint(condition=models.Q(('last_day__gte', models.F('first_day'))), name='pause_ends_after_it_begins', violation_error_message='O último dia vem antes do primeiro.'),
        ),
        migrations.AddConstraint(
            model_name='agencypause',
            constraint=models.UniqueConstraint(fields=('agency', 'first_day', 'last_day'), name='pause_once_per_agency', violation_error_message='Esta pausa já está na lista.'),
        ),
    ]
