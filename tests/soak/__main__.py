"""`python -m tests.soak`. Nothing is imported at the top: every process that is forked reads it."""

if __name__ == "__main__":
    import sys

    from tests.soak.whole import main

    sys.exit(main(sys.argv[1:]))
