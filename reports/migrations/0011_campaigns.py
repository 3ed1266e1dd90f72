import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('reports', '0010_balance_stages'),
    ]

    operations = [
        migrations.AddField(
            model_name='adaccount',
            name='campaigns_from',
            field=models.DateField(blank=True, editable=False, null=True, verbose_name='campanhas desde'),
        ),
        migrations.AddField(
            model_name='adaccount',
            name='campaigns_next_at',
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name='adaccount',
            name='campaigns_problem',
            field=models.CharField(blank=True, editable=False, max_length=200, verbose_name='problema nas campanhas'),
        ),
        migrations.AddField(
            model_name='adaccount',
            name='campaigns_read_at',
            field=models.DateTimeField(blank=True, editable=False, null=True, verbose_name='campanhas lidas em'),
        ),
        migrations.AddField(
            model_name='adaccount',
            name='campaigns_until',
            field=models.DateField(blank=True, editable=False, null=True, verbose_name='campanhas até'),
        ),
        migrations.CreateModel(
            name='CampaignDay',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('date', models.DateField(verbose_name='dia')),
                ('numbers', models.BinaryField()),
                ('account', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='campaign_days', to='reports.adaccount', verbose_name='conta')),
            ],
            options={
                'verbose_name': 'campanhas do dia',
                'verbose_name_plural': 'campanhas por dia',
                'constraints': [models.UniqueConstraint(fields=('account', 'date'), name='one_campaign_row_per_day')],
            },
        ),
    ]
