"""Hatecase: multi-agency case management for hate incidents. This package is the composition root."""

from __future__ import annotations
