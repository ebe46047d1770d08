"""What the relay says of its own troubles, unasked: once, and once that they are over."""
