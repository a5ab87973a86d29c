from django.apps import AppConfig


class PolitenessConfig(AppConfig):
    name = "collectors.politeness"
    verbose_name = "Politeness"
