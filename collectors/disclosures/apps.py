from django.apps import AppConfig


class DisclosuresConfig(AppConfig):
    name = "collectors.disclosures"
    verbose_name = "Disclosures"
