"""The command line: parse, open the app, map errors to exit codes; no logic of its own."""
