import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("reports", "0005_ads"),
    ]

    operations = [
        migrations.AddField(
            model_name="metricsimport",
            name="account",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="reports.adaccount",
                verbose_name="conta escolhida",
            ),
        ),
        migrations.AddField(
            model_name="metricsimport",
            name="file_format",
            field=models.CharField(
                choices=[("csv", "CSV"), ("xlsx", "XLSX")], default="csv", max_length=4, verbose_name="formato"
            ),
        ),
        migrations.AddField(
            model_name="metricsimport",
            name="note",
            field=models.CharField(blank=True, max_length=300, verbose_name="como foi lido"),
        ),
    ]
