"""The steps from one schema to the next, one file each; a released one is never changed.

On SQLite only additive steps are safe (a table, a nullable column or one with `db_default`, an
index, a rename): tortoise remakes the table for anything else, and loses constraints on the way.
"""
