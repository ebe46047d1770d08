"""How much of the disk is left to others; a figure alone."""

LEFT_FREE = 200_000_000  # bytes (R34): below it no file is fetched and no new work is taken
