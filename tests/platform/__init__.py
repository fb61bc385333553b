"""Tests of what the product stands on: servers, roles, set-up, supervision."""
