"""Both services over HTTP on loopback, in memory: what the demo and the tests run against."""
