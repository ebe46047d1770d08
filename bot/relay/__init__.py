"""The product: what happens to a message. Standard library only: no network, no database."""
