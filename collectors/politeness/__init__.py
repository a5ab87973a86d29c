"""Politeness between machines: the table of turns at hosts that all workers share."""
