"""Writes: making the published figures, and noting who read them."""

from __future__ import annotations

from strategy.services.figures import facts_refresh, figures_read

__all__ = ["facts_refresh", "figures_read"]
