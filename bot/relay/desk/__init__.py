"""The desk: what staff ask of the relay by command."""
