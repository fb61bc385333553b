"""Commands that cut across the applications."""
