from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("incidents", "0123_told_by")]

    operations = [
        migrations.AlterField(
            model_name="casegrant",
            name="basis",
            field=models.CharField(
                blank=True,
                choices=[
                    ("wish", "The victim agreed"),
                    ("not_asked", "The victim was not asked; policy allows it"),
                    ("override", "Against the victim’s wish, confirmed by a supervisor"),
                    ("succession", "Against the victim’s wish: no other agency leads the case"),
                ],
                max_length=10,
            ),
        ),
    ]
