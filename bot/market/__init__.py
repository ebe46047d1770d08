"""The shore of Yandex Market: its Partner API behind `bot.relay.ports.Market`, nothing decided."""
