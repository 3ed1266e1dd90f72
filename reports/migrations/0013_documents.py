from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    """What goes with a report, and when it is drawn."""

    dependencies = [
        ('agency', '0008_uptime_strip'),
        ('reports', '0007_schedules'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='report',
            name='documents_due',
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name='report',
            name='documents_tries',
            field=models.PositiveSmallIntegerField(default=0, editable=False),
        ),
        migrations.AddField(
            model_name='report',
            name='with_chart',
            field=models.BooleanField(default=False, editable=False, verbose_name='com gráfico'),
        ),
        migrations.AddField(
            model_name='report',
            name='with_pdf',
            field=models.BooleanField(default=False, editable=False, verbose_name='com PDF'),
        ),
        migrations.AddField(
            model_name='reportsettings',
            name='with_chart',
            field=models.BooleanField(default=False, verbose_name='enviar o gráfico'),
        ),
        migrations.AddField(
            model_name='reportsettings',
            name='with_page',
            field=models.BooleanField(default=False, verbose_name='enviar o link da página'),
        ),
        migrations.AddField(
            model_name='reportsettings',
            name='with_pdf',
            field=models.BooleanField(default=False, verbose_name='enviar o PDF'),
        ),
        migrations.AddIndex(
            model_name='report',
            index=models.Index(condition=models.Q(('documents_due__isnull', False)), fields=['documents_due'], name='report_documents'),
        ),
    ]
