"""Buyer → topic: what changed, what is it to us, into the topic with it."""
