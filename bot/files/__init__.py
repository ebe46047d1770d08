"""Files on their way: where they lie, and what pictures show; spoken to through the ports."""
