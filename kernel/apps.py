from __future__ import annotations

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class KernelConfig(AppConfig):
    name = "kernel"

    def ready(self) -> None:
        from kernel.grants import grants_apply

        post_migrate.connect(grants_apply, sender=self, dispatch_uid="kernel.grants")
