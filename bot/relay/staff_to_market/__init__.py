"""Staff → buyer: is it meant for the buyer, send it once, find out what became of it."""
