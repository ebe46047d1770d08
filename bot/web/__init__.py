"""The HTTP side of the relay, by aiohttp: what is asked of it, and nothing that it decides."""
