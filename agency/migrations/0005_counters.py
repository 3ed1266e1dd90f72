from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("agency", "0004_delivery"),
    ]

    operations = [
        migrations.RemoveIndex(model_name="client", name="client_counters"),
        migrations.AddIndex(
            model_name="client",
            index=models.Index(
                condition=models.Q(archived_at=None),
                fields=[
                    "agency",
                    "number_state",
                    "use_agency_number",
                    "attention_if_agency_up",
                    "attention_if_agency_down",
                    "has_low_balance",
                    "archived_at",
                ],
                name="client_counters",
            ),
        ),
    ]
