from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ('reports', '0008_groups'),
    ]

    operations = [
        migrations.AddField(
            model_name='reportsettings',
            name='comment',
            field=models.CharField(blank=True, max_length=300, verbose_name='mensagem da agência'),
        ),
        migrations.AddField(
            model_name='reportsettings',
            name='comment_once',
            field=models.BooleanField(default=True, verbose_name='só no próximo envio'),
        ),
        migrations.AddField(
            model_name='reportsettings',
            name='free_text',
            field=models.CharField(blank=True, max_length=1000, verbose_name='texto livre'),
        ),
        migrations.AddField(
            model_name='reportsettings',
            name='goals',
            field=models.JSONField(blank=True, default=dict, verbose_name='metas'),
        ),
        migrations.AddField(
            model_name='reportsettings',
            name='goals_currency',
            field=models.CharField(default='BRL', max_length=3, verbose_name='moeda das metas'),
        ),
        migrations.AddField(
            model_name='reportsettings',
            name='layout',
            field=models.JSONField(blank=True, default=list, verbose_name='blocos'),
        ),
        migrations.AddField(
            model_name='reportsettings',
            name='template',
            field=models.CharField(choices=[('general', 'Geral'), ('messages', 'Mensagens'), ('leads', 'Leads'), ('ecommerce', 'E-commerce'), ('traffic', 'Tráfego'), ('google', 'Google')], default='general', max_length=12, verbose_name='modelo'),
        ),
        migrations.AddField(
            model_name='reportsettings',
            name='title',
            field=models.CharField(blank=True, max_length=80, verbose_name='título'),
        ),
    ]
