"""The ledger behind `bot.relay.ports.Ledger`: SQLite or PostgreSQL, nothing decided here."""
