"""The Telegram shore: the only user of aiogram."""
