"""The journey, scene by scene."""
