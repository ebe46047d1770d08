"""`python -m bot` does what `market-relay` does."""

from bot.cli.main import main

main()
